#include "dsp/math/halved_fft.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dsp/math/fftw_api.h"
#include "dsp/math/large_fft_kernels.h"

namespace acq {
namespace {

constexpr std::size_t kLeastSize = 64;
// Turns in one table up to here; of more bins as products of two, which saves memory.
constexpr std::size_t kMostFineBits = 14;

}  // namespace

template <typename Real>
bool HalvedFft<Real>::serves(std::size_t size) noexcept {
  return size >= kLeastSize && size <= kMaxFftSize && size % 2 == 0 && has_small_factors(size);
}

template <typename Real>
Result<HalvedFft<Real>> HalvedFft<Real>::plan(std::size_t size, FftDirection direction,
                                              const PlanOptions& options) {
  ACQ_CHECK(serves(size));
  auto halves = ComplexFft<Real>::plan(size / 2, direction, options);
  if (!halves) return tl::unexpected(halves.error());
  HalvedFft made;
  made.half_ = size / 2;
  made.halves_ = std::move(*halves);
  made.fine_bits_ =
      std::min<std::size_t>(kMostFineBits, static_cast<std::size_t>(std::bit_width(size / 4)));
  const std::size_t fine = std::size_t{1} << made.fine_bits_;
  made.coarse_.resize(size / 4 / fine + 1);
  made.fine_.resize(fine);
  const std::complex<Real> quarter(0, Real{-0.5});
  for (std::size_t k = 0; k < made.coarse_.size(); ++k) {
    made.coarse_[k] = quarter * detail::turn_of<Real>(k * fine, size, FftDirection::kForward);
  }
  for (std::size_t k = 0; k < fine; ++k) {
    made.fine_[k] = detail::turn_of<Real>(k, size, FftDirection::kForward);
  }
  return made;
}

template <typename Real>
void HalvedFft<Real>::run(Real* in, Value* out) noexcept {
  if (keeps_input()) return run_from(in, out);
  halves_.run(reinterpret_cast<Value*>(in), out);
  join_halves<Real>({coarse_.data(), fine_.data(), fine_bits_}, half_, out);
}

template <typename Real>
void HalvedFft<Real>::run(Value* in, Real* out) noexcept {
  if (keeps_input()) return run_from(in, out);
  part_halves<Real>({coarse_.data(), fine_.data(), fine_bits_}, half_, in, in);
  halves_.run(in, reinterpret_cast<Value*>(out));
}

template <typename Real>
void HalvedFft<Real>::run_from(const Real* in, Value* out) noexcept {
  halves_.run_from(reinterpret_cast<const Value*>(in), out);
  join_halves<Real>({coarse_.data(), fine_.data(), fine_bits_}, half_, out);
}

template <typename Real>
void HalvedFft<Real>::run_from(const Value* in, Real* out) noexcept {
  auto* const values = reinterpret_cast<Value*>(out);
  part_halves<Real>({coarse_.data(), fine_.data(), fine_bits_}, half_, in, values);
  halves_.run_from(values, values);
}

template class HalvedFft<float>;
template class HalvedFft<double>;

}  // namespace acq
