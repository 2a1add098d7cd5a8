#include "dsp/math/large_fft.h"

#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "dsp/math/fftw_api.h"
#include "dsp/math/large_fft_kernels.h"

namespace acq {
namespace {

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

template <typename T>
HugePages<T>::HugePages(std::size_t count) {
  const std::size_t bytes = (count * sizeof(T) + kPage - 1) / kPage * kPage;
  void* const memory = ::operator new(bytes, std::align_val_t{kPage});
  madvise(memory, bytes, MADV_HUGEPAGE);  // a wish: small pages do, too
  values_.reset(static_cast<T*>(memory));
  std::uninitialized_value_construct_n(values_.get(), count);
}

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
      made.steps_[tile * made.rows_ + row] =
          detail::turn_of<Real>(row * tile * kTile, size, direction);
    }
    for (std::size_t c = 0; c < kTile; ++c) {
      made.turns_[row * kTile + c] = detail::turn_of<Real>(row * c, size, direction);
    }
  }
  made.tile_.resize(made.rows_ * kTile);
  made.made_.resize(std::max(made.rows_, made.columns_) * kTile);
  made.between_ = HugePages<Value>((made.rows_ + kTile - 1) / kTile * kTile * made.stride_);
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

}  // namespace acq
