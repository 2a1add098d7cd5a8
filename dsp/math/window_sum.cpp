#include "dsp/math/window_sum.h"

#include <algorithm>
#include <utility>

#include "dsp/base/result.h"
#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/window_sum.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void AddValues(const double* a, const double* b, std::size_t count, double* sum) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, sum + i);
  }
  for (; i < count; ++i) sum[i] = a[i] + b[i];
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(AddValues);

namespace {

void add(const double* a, const double* b, std::size_t count, double* sum) noexcept {
  if (count > 0) HWY_DYNAMIC_DISPATCH(AddValues)(a, b, count, sum);
}

}  // namespace

WindowSum::WindowSum(std::size_t length) : length_(length), work_(4 * kTile) {
  ACQ_CHECK(length >= 1);
  bool has_digit = false;
  for (std::size_t digit = 1; digit <= length; digit *= 2) {
    const bool is_set = (length & digit) != 0;
    combining_.push_back({AlignedVector<double>(is_set && has_digit ? digit : 0)});
    if (2 * digit <= length) doubling_.push_back({AlignedVector<double>(digit)});
    has_digit = has_digit || is_set;
  }
}

void WindowSum::run(const double* x, std::size_t count, double* sums) noexcept {
  for (std::size_t at = 0; at < count; at += kTile) {
    run_tile(x + at, std::min(kTile, count - at), sums + at);
  }
}

void WindowSum::reset() noexcept {
  for (auto* delays : {&doubling_, &combining_}) {
    for (Delay& delay : *delays) std::fill(delay.past.begin(), delay.past.end(), 0.0);
  }
}

// sum[i] = newer[i] + older[i - delay]. `sum` overlaps neither.
void WindowSum::add_delayed(Delay& delay, const double* newer, const double* older,
                            std::size_t count, double* sum) noexcept {
  const std::size_t lag = delay.past.size();
  const std::size_t before = std::min(lag, count);
  const std::size_t to_end = std::min(before, lag - delay.at);
  double* const past = delay.past.data();
  add(newer, past + delay.at, to_end, sum);
  add(newer + to_end, past, before - to_end, sum + to_end);
  add(newer + before, older, count - before, sum + before);
  // The newest values in place of those just read.
  const double* const last = older + (count - before);
  std::copy_n(last, to_end, past + delay.at);
  std::copy_n(last + to_end, before - to_end, past);
  delay.at = (delay.at + before) % lag;
}

void WindowSum::run_tile(const double* x, std::size_t count, double* sums) noexcept {
  double* doubled[2] = {work_.data(), work_.data() + kTile};
  double* window[2] = {work_.data() + 2 * kTile, work_.data() + 3 * kTile};
  const double* power = x;         // sums over as many values as the digit says
  const double* so_far = nullptr;  // over the digits met
  for (std::size_t k = 0; k < combining_.size(); ++k) {
    if (!combining_[k].past.empty()) {
      add_delayed(combining_[k], power, so_far, count, window[0]);
      so_far = window[0];
      std::swap(window[0], window[1]);
    } else if ((length_ >> k & 1U) != 0) {
      std::copy_n(power, count, window[0]);
      so_far = window[0];
      std::swap(window[0], window[1]);
    }
    if (k == doubling_.size()) break;
    add_delayed(doubling_[k], power, power, count, doubled[0]);
    power = doubled[0];
    std::swap(doubled[0], doubled[1]);
  }
  std::copy_n(so_far, count, sums);
}

}  // namespace acq
#endif
