#include "dsp/math/zero_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dsp/base/planes.h"
#include "dsp/math/sos_kernel.h"

namespace acq {
namespace {

constexpr std::size_t kTile = 4096;  // stays in the cache from its copy to its filter

// Runs the sections over x, some of them at a time, each from rest or from the state that the first value
// would have led to. `y` may be `x`.
void run_sections(std::span<const Section> sections, bool is_settled, std::span<const double> x,
                  std::span<double> y) noexcept {
  if (x.empty()) return;
  if (sections.empty()) std::copy(x.begin(), x.end(), y.begin());
  for (std::size_t from = 0; from < sections.size(); from += kSosPadding) {
    const std::size_t count = std::min(kSosPadding, sections.size() - from);
    alignas(kPlaneAlign) std::array<double, 5 * kSosPadding> coefficients{};
    alignas(kPlaneAlign) std::array<double, kSosDelays * kSosPadding> state{};
    std::fill_n(coefficients.begin(), kSosPadding, 1.0);
    double value = is_settled ? x.front() : 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Section& s = sections[from + i];
      const double of[] = {s.b0, s.b1, s.b2, s.a1, s.a2};
      for (std::size_t k = 0; k < 5; ++k) coefficients[k * kSosPadding + i] = of[k];
      state[i] = state[kSosPadding + i] = value;
      value *= (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2);
      state[2 * kSosPadding + i] = state[3 * kSosPadding + i] = value;
    }
    for (std::size_t at = 0; at < x.size(); at += kTile) {
      const std::span<const double> in = x.subspan(at, std::min(kTile, x.size() - at));
      double* const out = y.data() + at;
      if (in.data() != out) std::copy(in.begin(), in.end(), out);
      sos_run(coefficients.data(), count, kSosPadding, state.data(), out, in.size(), 1, in.size());
    }
    x = y;  // of the sections that follow
  }
}

}  // namespace

std::size_t default_padding(std::span<const Section> sections) noexcept {
  const auto count = [&](double Section::* c) {
    return std::count_if(sections.begin(), sections.end(),
                         [c](const Section& s) { return s.*c == 0; });
  };
  const auto spare = std::min(count(&Section::b2), count(&Section::a2));
  return 3 * (2 * sections.size() + 1 - static_cast<std::size_t>(spare));
}

Result<ZeroPhaseFilter> ZeroPhaseFilter::make(std::span<const Section> sections, std::size_t count,
                                              std::size_t padding) {
  if (padding >= count) {
    return fail(
        Code::kInvalid,
        fmt::format("a padding of {} needs more than the {} values there are", padding, count),
        "padding", count == 0 ? "a longer record" : fmt::format("0 to {}", count - 1));
  }
  ZeroPhaseFilter filter;
  filter.sections_.assign(sections.begin(), sections.end());
  filter.padding_ = padding;
  filter.values_.resize(count + 2 * padding);
  return filter;
}

void ZeroPhaseFilter::pass() noexcept {
  run_sections(sections_, true, values_, values_);
}

void ZeroPhaseFilter::run(std::span<const double> x, std::span<double> y) noexcept {
  const std::size_t count = x.size();
  if (count == 0) return;
  for (std::size_t i = 0; i < padding_; ++i) {
    values_[i] = 2 * x[0] - x[padding_ - i];
    values_[padding_ + count + i] = 2 * x[count - 1] - x[count - 2 - i];
  }
  std::copy(x.begin(), x.end(), values_.begin() + static_cast<std::ptrdiff_t>(padding_));
  for (int turn = 0; turn < 2; ++turn) {
    pass();
    std::reverse(values_.begin(), values_.end());
  }
  std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(padding_), count, y.begin());
}

std::vector<double> filter_zero_phase(std::span<const Section> sections,
                                      std::span<const double> x) {
  std::vector<double> y(x.size());
  if (x.empty()) return y;
  const std::size_t padding = std::min(default_padding(sections), x.size() - 1);
  auto filter = ZeroPhaseFilter::make(sections, x.size(), padding);
  filter->run(x, y);
  return y;
}

void filter_sections(std::span<const Section> sections, std::span<const double> x,
                     std::span<double> y) noexcept {
  run_sections(sections, false, x, y);
}

}  // namespace acq
