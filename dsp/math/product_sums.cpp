#include "dsp/math/product_sums.h"

#include "dsp/base/result.h"
#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/product_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void AddProducts(const double* const* rows, std::size_t row_count, std::size_t count,
                 double* sums) {
  const hn::ScalableTag<double> d;
  constexpr std::size_t kStep = hn::MaxLanes(d);
  constexpr std::size_t kVectors = ProductSums::kLanes / kStep;
  static_assert(kVectors * kStep == ProductSums::kLanes);
  double* sum = sums;
  for (std::size_t k = 0; k < row_count; ++k) {
    for (std::size_t j = 0; j <= k; ++j, sum += ProductSums::kLanes) {
      hn::Vec<decltype(d)> total[kVectors];
      for (std::size_t v = 0; v < kVectors; ++v) total[v] = hn::LoadU(d, sum + v * kStep);
      for (std::size_t i = 0; i < count; i += ProductSums::kLanes) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          total[v] = hn::MulAdd(hn::LoadU(d, rows[k] + i + v * kStep),
                                hn::LoadU(d, rows[j] + i + v * kStep), total[v]);
        }
      }
      for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(total[v], d, sum + v * kStep);
    }
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(AddProducts);

ProductSums::ProductSums(std::size_t rows) noexcept : rows_(rows) {
  ACQ_CHECK(rows <= kMostRows);
  for (std::size_t pair = 0; pair < rows * (rows + 1) / 2; ++pair) sums_[pair].fill(0);
}

void ProductSums::add(const double* const* rows, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(AddProducts)(rows, rows_, count, sums_[0].data());
}

double ProductSums::of(std::size_t k, std::size_t j) const noexcept {
  const auto& s = sums_[k * (k + 1) / 2 + j];
  return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

}  // namespace acq
#endif
