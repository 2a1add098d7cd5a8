#include "dsp/base/cycles.h"

#include "dsp/base/clock.h"

namespace acq {
namespace {

double measure_ns_per_tick() noexcept {
  constexpr std::int64_t kMeasure_ns = 20'000'000;
  const Clock& clock = system_clock();
  const std::int64_t start_ns = clock.now_ns();
  const std::uint64_t start = cycles();
  std::int64_t now_ns = start_ns;
  while (now_ns - start_ns < kMeasure_ns) now_ns = clock.now_ns();
  return static_cast<double>(now_ns - start_ns) / static_cast<double>(cycles() - start);
}

}  // namespace

std::uint64_t cycles_to_ns(std::uint64_t ticks) noexcept {
  static const double ns_per_tick = measure_ns_per_tick();
  return static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick);
}

}  // namespace acq
