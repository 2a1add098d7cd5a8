#include "dsp/math/large_fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "dsp/math/fftw_api.h"
#include "dsp/math/large_fft_kernels.h"

namespace acq {
namespace {

// exp(2 pi i k / size) with the sign of the direction.
template <typename Real>
std::complex<Real> turn_of(std::size_t k, std::size_t size, FftDirection direction) noexcept {
  const double turns = static_cast<double>(k % size) / static_cast<double>(size);
  const double sign = direction == FftDirection::kForward ? -1 : 1;
  return std::complex<Real>(std::polar(1.0, sign * 2 * std::numbers::pi * turns));
}

// Rows of a size: the divisor next to its root; whole tiles first.
std::size_t rows_of(std::size_t size, std::size_t tile) noexcept {
  std::size_t best = 1;
  bool is_whole = false;
  for (std::size_t rows = 1; rows * rows <= size; ++rows) {
    if (size % rows != 0) continue;
    const bool fits = rows % tile == 0 && size / rows % tile == 0;
    if (is_whole && !fits) continue;
    best = rows;
    is_whole = fits;
  }
  return best;
}

// `width` transforms of `size` values each, whose results lie side by side. The values of one are `stride`
// apart, the transforms `distance`.
template <typename Real>
Result<detail::PlanHandle> plan_tile(std::size_t size, std::size_t width, std::size_t stride,
                                     std::size_t distance, FftDirection direction,
                                     const PlanOptions& options) {
  using Value = std::complex<Real>;
  return detail::make_plan<Real>(size, options, [&](int n, unsigned flags) {
    const detail::PlanRoom<Value> in((size - 1) * stride + (width - 1) * distance + 1);
    const detail::PlanRoom<Value> out(size * width);
    const int side = static_cast<int>(width);
    return detail::Fftw<Real>::many(1, &n, side, detail::fftw_cast(in.data()), nullptr,
                                    static_cast<int>(stride), static_cast<int>(distance),
                                    detail::fftw_cast(out.data()), nullptr, side, 1,
                                    detail::sign_of(direction), flags);
  });
}

}  // namespace

template <typename Real>
bool LargeFft<Real>::serves(std::size_t size) noexcept {
  // What a core's own cache of the second level does not hold, and rows that it does.
  constexpr std::size_t kLeastBytes = std::size_t{2} << 20;
  constexpr std::size_t kMostRowBytes = std::size_t{1} << 18;
  if (size * sizeof(Value) < kLeastBytes || size > kMaxFftSize || !has_small_factors(size)) {
    return false;
  }
  return size / rows_of(size, kTile) * sizeof(Value) <= kMostRowBytes;
}

template <typename Real>
Result<LargeFft<Real>> LargeFft<Real>::plan(std::size_t size, FftDirection direction,
                                            const PlanOptions& options) {
  ACQ_CHECK(serves(size));
  LargeFft made;
  made.rows_ = rows_of(size, kTile);
  made.columns_ = size / made.rows_;
  const std::size_t tiles = (made.columns_ + kTile - 1) / kTile;
  made.stride_ = (tiles + 1) * kTile;  // so that equal places of rows do not meet in one cache set
  auto of_columns = plan_tile<Real>(made.rows_, kTile, kTile, 1, direction, options);
  if (!of_columns) return tl::unexpected(of_columns.error());
  auto of_rows = plan_tile<Real>(made.columns_, kTile, 1, made.stride_, direction, options);
  if (!of_rows) return tl::unexpected(of_rows.error());
  made.of_columns_ = std::move(*of_columns);
  made.of_rows_ = std::move(*of_rows);
  made.steps_.resize(tiles * made.rows_);
  made.turns_.resize(made.rows_ * kTile);
  for (std::size_t row = 0; row < made.rows_; ++row) {
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      made.steps_[tile * made.rows_ + row] = turn_of<Real>(row * tile * kTile, size, direction);
    }
    for (std::size_t c = 0; c < kTile; ++c) {
      made.turns_[row * kTile + c] = turn_of<Real>(row * c, size, direction);
    }
  }
  made.tile_.resize(made.rows_ * kTile);
  made.made_.resize(std::max(made.rows_, made.columns_) * kTile);
  made.between_.resize((made.rows_ + kTile - 1) / kTile * kTile * made.stride_);
  return made;
}

template <typename Real>
void LargeFft<Real>::run(const Value* in, Value* out) noexcept {
  for (std::size_t first = 0; first < columns_; first += kTile) {
    const std::size_t count = std::min(kTile, columns_ - first);
    for (std::size_t row = 0; row < rows_; ++row) {
      std::copy_n(in + row * columns_ + first, count, tile_.data() + row * kTile);
    }
    detail::Fftw<Real>::run_c2c(detail::plan_cast<Real>(of_columns_),
                                detail::fftw_cast(tile_.data()), detail::fftw_cast(made_.data()));
    turn_tile(made_.data(), steps_.data() + first / kTile * rows_, turns_.data(), rows_,
              between_.data() + first, stride_);
  }
  for (std::size_t first = 0; first < rows_; first += kTile) {
    const std::size_t count = std::min(kTile, rows_ - first);
    detail::Fftw<Real>::run_c2c(detail::plan_cast<Real>(of_rows_),
                                detail::fftw_cast(between_.data() + first * stride_),
                                detail::fftw_cast(made_.data()));
    for (std::size_t k = 0; k < columns_; ++k) {
      std::copy_n(made_.data() + k * kTile, count, out + k * rows_ + first);
    }
  }
}

template class LargeFft<float>;
template class LargeFft<double>;

template <typename Real>
Result<HalvedFft<Real>> HalvedFft<Real>::plan(std::size_t size, FftDirection direction,
                                              const PlanOptions& options) {
  auto halves = LargeFft<Real>::plan(size / 2, direction, options);
  if (!halves) return tl::unexpected(halves.error());
  HalvedFft made;
  made.half_ = size / 2;
  made.halves_ = std::move(*halves);
  const std::complex<Real> quarter(0, Real{-0.5});
  made.coarse_.resize(made.half_ / kFineTurns + 1);
  made.fine_.resize(kFineTurns);
  for (std::size_t k = 0; k < made.coarse_.size(); ++k) {
    made.coarse_[k] = quarter * turn_of<Real>(k * kFineTurns, size, FftDirection::kForward);
  }
  for (std::size_t k = 0; k < kFineTurns; ++k) {
    made.fine_[k] = turn_of<Real>(k, size, FftDirection::kForward);
  }
  return made;
}

template <typename Real>
void HalvedFft<Real>::run(const Real* in, Value* out) noexcept {
  halves_.run(reinterpret_cast<const Value*>(in), out);
  join_halves<Real>({coarse_.data(), fine_.data()}, half_, out);
}

template <typename Real>
void HalvedFft<Real>::run(const Value* in, Real* out) noexcept {
  auto* const values = reinterpret_cast<Value*>(out);
  part_halves<Real>({coarse_.data(), fine_.data()}, half_, in, values);
  halves_.run(values, values);
}

template class HalvedFft<float>;
template class HalvedFft<double>;

}  // namespace acq
