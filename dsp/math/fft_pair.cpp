#include "dsp/math/fft_pair.h"

#include <algorithm>
#include <utility>

namespace acq {

Result<FftPair> FftPair::plan(std::size_t size, const PlanOptions& options) {
  auto forward = RealFft<double>::plan(size, options);
  if (!forward) return tl::unexpected(forward.error());
  auto inverse = RealInverseFft<double>::plan(size, options);
  if (!inverse) return tl::unexpected(inverse.error());
  FftPair made;
  made.forward_ = std::move(*forward);
  made.inverse_ = std::move(*inverse);
  made.values_.resize(size);
  return made;
}

void FftPair::forward(std::span<const double> x, Bins& to) noexcept {
  if (forward_.keeps_input() && x.size() == size()) {
    forward_.run_from(x.data(), to.data());
    return;
  }
  if (x.data() != values_.data()) std::copy(x.begin(), x.end(), values_.begin());
  std::fill(values_.begin() + static_cast<std::ptrdiff_t>(x.size()), values_.end(), 0.0);
  forward_.run(values_.data(), to.data());
}

std::span<const double> FftPair::inverse(Bins& from) noexcept {
  inverse_.run(from.data(), values_.data());
  return values_;
}

}  // namespace acq
