#include "dsp/math/fir.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dsp/base/result.h"
#include "dsp/math/convert.h"

namespace acq {
namespace {

constexpr std::size_t kVector = 16;  // values in a cache line

// Above this, outputs are too far apart for their loads to be shared.
constexpr std::size_t kMostPhases = 16;
static_assert(kMostPhases <= kFirSlack, "splitting may read a group beyond the last sample");

constexpr std::size_t whole_vectors(std::size_t count) noexcept {
  return (count + kVector - 1) / kVector * kVector;
}

std::vector<float> reversed(std::span<const double> taps) {
  std::vector<float> out;
  for (std::size_t k = taps.size(); k-- > 0;) out.push_back(static_cast<float>(taps[k]));
  return out;
}

}  // namespace

FirInput::FirInput(std::size_t look_back, std::size_t max_count)
    : history_(whole_vectors(look_back)), buffer_(history_ + max_count + kFirSlack, 0.0F) {}

float* FirInput::append(const float* samples, std::size_t count) noexcept {
  float* start = buffer_.data() + history_;
  std::memcpy(start, samples, count * sizeof(float));
  return start;
}

void FirInput::keep(std::size_t count) noexcept {
  std::memmove(buffer_.data(), buffer_.data() + count, history_ * sizeof(float));
}

void FirInput::reset() noexcept {
  std::fill(buffer_.begin(), buffer_.end(), 0.0F);
}

void FirInput::adopt(const FirInput& before) noexcept {
  const std::size_t known = std::min(history_, before.history_);
  reset();
  std::copy_n(before.buffer_.data() + (before.history_ - known), known,
              buffer_.data() + (history_ - known));
}

FirFilter::FirFilter(std::span<const double> taps, std::size_t max_count)
    : taps_(reversed(taps)), input_(taps.size() - 1, max_count) {}

void FirFilter::run(const float* in, std::size_t count, float* out) noexcept {
  const float* start = input_.append(in, count);
  const FirPart part{start - (taps_.size() - 1), taps_.data(), taps_.size()};
  fir_sum({&part, 1}, out, count);
  input_.keep(count);
}

FirDecimator::FirDecimator(std::span<const double> taps, std::size_t factor, std::size_t max_count)
    : factor_(factor), tap_count_(taps.size()), input_(taps.size() - 1, max_count) {
  ACQ_CHECK(factor >= 1 && !taps.empty());
  const std::vector<float> oldest_first = reversed(taps);
  if (factor > kMostPhases || factor == 1) {
    taps_ = oldest_first;
    return;
  }
  for (std::size_t p = 0; p < factor; ++p) {
    for (std::size_t k = p; k < taps.size(); k += factor) taps_.push_back(oldest_first[k]);
  }
  const std::size_t groups = max_count / factor + 1 + (taps.size() + factor - 1) / factor;
  stride_ = whole_vectors(groups + kFirSlack) + kVector;
  rows_.assign(factor * stride_, 0.0F);
}

std::size_t FirDecimator::run(const float* in, std::size_t count, std::uint64_t first_index,
                              float* out) noexcept {
  const float* start = input_.append(in, count);
  const auto to_output = static_cast<std::size_t>((factor_ - first_index % factor_) % factor_);
  const std::size_t outputs = to_output < count ? (count - to_output - 1) / factor_ + 1 : 0;
  if (outputs > 0) {
    const float* oldest = start + to_output - (tap_count_ - 1);
    if (factor_ == 1) {
      const FirPart part{oldest, taps_.data(), tap_count_};
      fir_sum({&part, 1}, out, outputs);
    } else if (stride_ == 0) {
      fir_dots({oldest, taps_.data(), tap_count_}, factor_, out, outputs);
    } else {
      run_polyphase(oldest, out, outputs);
    }
  }
  input_.keep(count);
  return outputs;
}

// Output i meets the samples from oldest[i * factor]: every factor-th of them is a stream of its
// own, and the output is the sum of short filters over all of these.
void FirDecimator::run_polyphase(const float* oldest, float* out, std::size_t count) noexcept {
  static constexpr std::array<float, kMostPhases> kOnes = {1, 1, 1, 1, 1, 1, 1, 1,
                                                           1, 1, 1, 1, 1, 1, 1, 1};
  static constexpr std::array<float, kMostPhases> kZeros = {};
  std::array<float*, kMostPhases> rows;
  std::array<FirPart, kMostPhases> parts;
  std::size_t used = 0;
  const float* taps = taps_.data();
  for (std::size_t p = 0; p < factor_; ++p) {
    rows[p] = rows_.data() + p * stride_;
    const std::size_t phase_taps = (tap_count_ + factor_ - 1 - p) / factor_;
    if (phase_taps > 0) parts[used++] = {rows[p], taps, phase_taps};
    taps += phase_taps;
  }
  const std::size_t groups = count - 1 + (tap_count_ + factor_ - 1) / factor_;
  to_planes(reinterpret_cast<const std::byte*>(oldest), Dtype::kF32, Layout::kInterleaved, factor_,
            groups, kOnes.data(), kZeros.data(), rows.data());
  fir_sum({parts.data(), used}, out, count);
}

}  // namespace acq
