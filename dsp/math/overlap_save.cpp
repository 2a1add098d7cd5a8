#include "dsp/math/overlap_save.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dsp/math/complex_kernels.h"
#include "dsp/math/fir_kernel.h"

namespace acq {
namespace {

constexpr std::size_t kMostBlockTaps = 65536;

// Four times as long as the taps: three quarters of each block are outputs.
std::size_t size_for(std::size_t taps) noexcept {
  return std::max<std::size_t>(1024, std::bit_ceil(4 * taps));
}

// out[i] = sum over k of y[k] x[i - k]: all of y meets x but at the ends.
void convolve_directly(std::span<const double> x, std::span<const double> y,
                       std::span<double> out) noexcept {
  const std::vector<double> taps(y.rbegin(), y.rend());
  fir_inner(x, taps, out.data() + (y.size() - 1));
  const auto end = [&](std::size_t i) {
    const std::size_t first = i < x.size() ? 0 : i - x.size() + 1;
    double sum = 0;
    for (std::size_t k = first; k <= std::min(i, y.size() - 1); ++k) sum += y[k] * x[i - k];
    out[i] = sum;
  };
  for (std::size_t i = 0; i + 1 < y.size(); ++i) {
    end(i);
    end(out.size() - 1 - i);
  }
}

}  // namespace

Result<OverlapSave> OverlapSave::make(std::span<const double> taps, const PlanOptions& options) {
  if (taps.empty() || taps.size() > kMostBlockTaps) {
    return fail(Code::kInvalid, fmt::format("there are {} taps", taps.size()), "taps",
                fmt::format("1 to {}", kMostBlockTaps));
  }
  const std::size_t size = size_for(taps.size());
  auto forward = RealFft<float>::plan(size, options);
  if (!forward) return tl::unexpected(forward.error());
  auto inverse = RealInverseFft<float>::plan(size, options);
  if (!inverse) return tl::unexpected(inverse.error());
  auto wide =
      RealFft<double>::plan(size, PlanOptions{.effort = PlanEffort::kEstimate, .limit_s = 1});
  if (!wide) return tl::unexpected(wide.error());
  OverlapSave made;
  made.look_back_ = taps.size() - 1;
  made.forward_ = std::move(*forward);
  made.inverse_ = std::move(*inverse);
  made.values_.resize(size);
  made.bins_.resize(size / 2 + 1);
  made.response_.resize(size / 2 + 1);
  AlignedVector<double> values(size);
  AlignedVector<std::complex<double>> bins(size / 2 + 1);
  for (std::size_t k = 0; k < taps.size(); ++k) values[k] = taps[k] / static_cast<double>(size);
  wide->run(values.data(), bins.data());
  std::transform(bins.begin(), bins.end(), made.response_.begin(),
                 [](std::complex<double> bin) { return std::complex<float>(bin); });
  return made;
}

void OverlapSave::run(const float* x, float* y) noexcept {
  std::copy_n(x, values_.size(), values_.begin());
  forward_.run(values_.data(), bins_.data());
  multiply(std::span<std::complex<float>>(bins_), response_);
  inverse_.run(bins_.data(), values_.data());
  std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(look_back_), block(), y);
}

std::vector<double> convolve(std::span<const double> x, std::span<const double> y) {
  if (x.empty() || y.empty()) return {};
  if (x.size() < y.size()) std::swap(x, y);  // y is the short one
  std::vector<double> out(x.size() + y.size() - 1);
  if (y.size() < kLeastBlockTaps) {
    convolve_directly(x, y, out);
    return out;
  }
  // Blocks of x, each convolved as a whole and added where it belongs.
  const std::size_t size = std::min(std::bit_ceil(out.size()), size_for(y.size()));
  const std::size_t block = size - y.size() + 1;
  const PlanOptions quick{.effort = PlanEffort::kEstimate, .limit_s = 1};
  auto forward = RealFft<double>::plan(size, quick);
  auto inverse = RealInverseFft<double>::plan(size, quick);
  ACQ_CHECK(forward && inverse);
  AlignedVector<double> values(size, 0.0);
  AlignedVector<std::complex<double>> bins(size / 2 + 1), response(size / 2 + 1);
  std::transform(y.begin(), y.end(), values.begin(),
                 [&](double v) { return v / static_cast<double>(size); });
  forward->run(values.data(), response.data());
  for (std::size_t at = 0; at < x.size(); at += block) {
    const std::size_t count = std::min(block, x.size() - at);
    const std::span<const double> part = x.subspan(at, count);
    std::fill(std::copy(part.begin(), part.end(), values.begin()), values.end(), 0.0);
    forward->run(values.data(), bins.data());
    multiply(std::span<std::complex<double>>(bins), response);
    inverse->run(bins.data(), values.data());
    for (std::size_t i = 0; i < count + y.size() - 1; ++i) out[at + i] += values[i];
  }
  return out;
}

Result<std::vector<double>> filter_fir(std::span<const double> taps, std::span<const double> x) {
  if (taps.empty()) return fail(Code::kInvalid, "there are no taps", "taps", "1 or more");
  std::vector<double> y = convolve(x, taps);
  y.resize(x.size());
  return y;
}

}  // namespace acq
