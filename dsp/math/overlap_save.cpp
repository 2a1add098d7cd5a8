#include "dsp/math/overlap_save.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dsp/math/complex_kernels.h"
#include "dsp/math/fir_kernel.h"

namespace acq {
namespace {

constexpr std::size_t kMostBlockTaps = 65536;

// Three to six times as long as the taps: most of each block are outputs.
std::size_t size_for(std::size_t taps) noexcept {
  return std::max<std::size_t>(1024, std::bit_ceil(3 * taps));
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

template <typename Real>
Result<PairedBlocks<Real>> PairedBlocks<Real>::make(std::span<const double> taps, std::size_t size,
                                                    const PlanOptions& options) {
  auto forward = ComplexFft<Real>::plan(size, FftDirection::kForward, options);
  if (!forward) return tl::unexpected(forward.error());
  auto inverse = ComplexFft<Real>::plan(size, FftDirection::kInverse, options);
  if (!inverse) return tl::unexpected(inverse.error());
  auto wide = RealFft<double>::plan(size, {.effort = PlanEffort::kEstimate, .limit_s = 1});
  if (!wide) return tl::unexpected(wide.error());
  PairedBlocks made;
  made.look_back_ = taps.size() - 1;
  made.forward_ = std::move(*forward);
  made.inverse_ = std::move(*inverse);
  made.values_.resize(size);
  made.bins_.resize(size);
  made.response_.resize(size);
  AlignedVector<double> values(size);
  AlignedVector<std::complex<double>> bins(size / 2 + 1);
  for (std::size_t k = 0; k < taps.size(); ++k) values[k] = taps[k] / static_cast<double>(size);
  wide->run(values.data(), bins.data());
  for (std::size_t k = 0; k < bins.size(); ++k) {
    made.response_[k] = Value(bins[k]);
    made.response_[(size - k) % size] = Value(std::conj(bins[k]));
  }
  return made;
}

template <typename Real>
void PairedBlocks<Real>::run(const Real* x, Real* y) noexcept {
  const std::size_t half = block() / 2;
  interleave(x, x + half, std::span<Value>(values_));
  forward_.run(values_.data(), bins_.data());
  multiply(std::span<Value>(bins_), response_);
  inverse_.run(bins_.data(), values_.data());
  deinterleave(std::span<const Value>(values_).subspan(look_back_), y, y + half);
}

template class PairedBlocks<float>;
template class PairedBlocks<double>;

Result<OverlapSave> OverlapSave::make(std::span<const double> taps, const PlanOptions& options) {
  if (taps.empty() || taps.size() > kMostBlockTaps) {
    return fail(Code::kInvalid, fmt::format("there are {} taps", taps.size()), "taps",
                fmt::format("1 to {}", kMostBlockTaps));
  }
  auto blocks = PairedBlocks<float>::make(taps, size_for(taps.size()), options);
  if (!blocks) return tl::unexpected(blocks.error());
  OverlapSave made;
  made.blocks_ = std::move(*blocks);
  return made;
}

std::vector<double> convolve(std::span<const double> x, std::span<const double> y) {
  if (x.empty() || y.empty()) return {};
  if (x.size() < y.size()) std::swap(x, y);  // y is the short one
  std::vector<double> out(x.size() + y.size() - 1);
  if (y.size() < kLeastBlockTaps) {
    convolve_directly(x, y, out);
    return out;
  }
  const std::size_t size = std::min(std::bit_ceil(out.size()), size_for(y.size()));
  auto blocks = PairedBlocks<double>::make(y, size, {.limit_s = 0.2});
  ACQ_CHECK(blocks);
  const std::size_t block = blocks->block(), look_back = blocks->look_back();
  std::vector<double> padded, made;  // of blocks at the ends
  for (std::size_t at = 0; at < out.size(); at += block) {
    if (at >= look_back && at + block <= x.size()) {
      blocks->run(x.data() + (at - look_back), out.data() + at);
      continue;
    }
    padded.assign(look_back + block, 0.0);
    made.resize(block);
    const std::size_t missing = at < look_back ? look_back - at : 0;
    const std::span<const double> left = x.subspan(std::min(x.size(), at + missing - look_back));
    std::copy_n(left.begin(), std::min(left.size(), padded.size() - missing),
                padded.begin() + static_cast<std::ptrdiff_t>(missing));
    blocks->run(padded.data(), made.data());
    std::copy_n(made.begin(), std::min(block, out.size() - at),
                out.begin() + static_cast<std::ptrdiff_t>(at));
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
