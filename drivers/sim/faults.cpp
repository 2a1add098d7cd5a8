#include "drivers/sim/faults.h"

#include <algorithm>
#include <cmath>

#include "drivers/sim/noise.h"
#include "dsp/base/result.h"

namespace acq::sim {
namespace {

// Sample `first` + `samples`, or never when that is beyond every run.
std::uint64_t later(std::uint64_t first, double samples) noexcept {
  constexpr double kBeyond = 1e18;
  if (samples >= kBeyond || first >= static_cast<std::uint64_t>(kBeyond))
    return FaultSchedule::kNever;
  return first + static_cast<std::uint64_t>(std::llround(samples));
}

}  // namespace

FaultSchedule::FaultSchedule(std::vector<FaultPlan> plans, Rational rate_hz, std::uint64_t seed,
                             std::uint64_t first)
    : rate_hz_(rate_hz.value()), seed_(mix(seed ^ 0xfa17)) {
  for (FaultPlan& plan : plans) {
    const std::uint64_t at = later(first, plan.at_s * rate_hz_);
    lines_.push_back({.plan = plan, .next = at, .runs_left = plan.runs, .begun_at = at});
  }
}

std::uint64_t FaultSchedule::next_at() const noexcept {
  std::uint64_t at = kNever;
  for (const Line& line : lines_) at = std::min(at, line.next);
  return at;
}

Fault FaultSchedule::take() noexcept {
  const auto line = std::min_element(lines_.begin(), lines_.end(),
                                     [](const Line& a, const Line& b) { return a.next < b.next; });
  ACQ_CHECK(line != lines_.end() && line->next != kNever);
  Fault fault{line->plan.kind, line->next, line->plan.samples, &line->plan};
  if (line->plan.is_random) fault.samples = 1 + draw(*line, 1) % (2 * line->plan.samples - 1);
  advance(*line, fault.samples);
  return fault;
}

std::uint64_t FaultSchedule::draw(const Line& line, std::uint64_t salt) const noexcept {
  const auto number = static_cast<std::uint64_t>(&line - lines_.data());
  return mix(seed_ ^ mix(number * 2 + salt) ^ mix(line.taken * 65536 + line.runs_left));
}

// Sets when the line's next fault comes, after one that lasted `samples`.
void FaultSchedule::advance(Line& line, std::uint64_t samples) noexcept {
  const FaultPlan& plan = line.plan;
  if (plan.kind == FaultKind::kBurst && --line.runs_left > 0) {
    line.next += samples + plan.samples;
    return;
  }
  line.runs_left = plan.runs;
  ++line.taken;
  if (plan.every_s <= 0 || (plan.count > 0 && line.taken >= plan.count)) {
    line.next = kNever;
    return;
  }
  double interval = plan.every_s * rate_hz_;
  if (plan.is_random)
    interval *= -std::log((static_cast<double>(draw(line, 0) >> 12) + 0.5) * 0x1p-52);
  line.begun_at = later(line.begun_at, std::max(interval, 1.0));
  line.next = line.begun_at;
}

}  // namespace acq::sim
