#include "dsp/math/any_size_fft.h"

#include <algorithm>
#include <cstdint>
#include <numbers>
#include <utility>

namespace acq {
namespace {

using Value = std::complex<double>;

// operator* looks for infinities, which costs more than the product.
Value times(Value a, Value b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

Result<AnySizeFft> AnySizeFft::plan(std::size_t size, FftDirection direction,
                                    const PlanOptions& options) {
  AnySizeFft made;
  made.size_ = size;
  if (!has_small_factors(size)) {
    if (const auto done = made.plan_chirp(direction, options); !done) {
      return tl::unexpected(done.error());
    }
    return made;
  }
  auto forward = ComplexFft<double>::plan(size, direction, options);
  if (!forward) return tl::unexpected(forward.error());
  made.forward_ = std::move(*forward);
  made.values_.resize(size);
  made.out_.resize(size);
  return made;
}

// nk = (n^2 + k^2 - (k - n)^2) / 2 makes the transform a convolution between two products with a chirp.
Result<void> AnySizeFft::plan_chirp(FftDirection direction, const PlanOptions& options) {
  const std::size_t whole = quick_fft_size(2 * size_ - 1);
  auto forward = ComplexFft<double>::plan(whole, FftDirection::kForward, options);
  if (!forward) return tl::unexpected(forward.error());
  auto inverse = ComplexFft<double>::plan(whole, FftDirection::kInverse, options);
  if (!inverse) return tl::unexpected(inverse.error());
  forward_ = std::move(*forward);
  inverse_ = std::move(*inverse);
  values_.resize(whole);
  out_.resize(whole);
  chirp_.resize(size_);
  response_.resize(whole);
  const double sign = direction == FftDirection::kForward ? -1 : 1;
  for (std::uint64_t n = 0; n < size_; ++n) {
    const auto turns = static_cast<double>(n * n % (2 * size_)) / static_cast<double>(size_);
    chirp_[n] = std::polar(1.0, sign * std::numbers::pi * turns);
  }
  const double scale = 1 / static_cast<double>(whole);
  for (std::size_t n = 0; n < size_; ++n) {
    values_[n] = values_[n == 0 ? 0 : whole - n] = scale * std::conj(chirp_[n]);
  }
  forward_.run(values_.data(), out_.data());
  std::copy(out_.begin(), out_.end(), response_.begin());
  return {};
}

const std::complex<double>* AnySizeFft::run() noexcept {
  if (chirp_.empty()) {
    forward_.run(values_.data(), out_.data());
    return out_.data();
  }
  for (std::size_t n = 0; n < size_; ++n) values_[n] = times(values_[n], chirp_[n]);
  std::fill(values_.begin() + static_cast<std::ptrdiff_t>(size_), values_.end(), Value{});
  forward_.run(values_.data(), out_.data());
  for (std::size_t k = 0; k < out_.size(); ++k) out_[k] = times(out_[k], response_[k]);
  inverse_.run(out_.data(), values_.data());
  for (std::size_t k = 0; k < size_; ++k) out_[k] = times(values_[k], chirp_[k]);
  return out_.data();
}

}  // namespace acq
