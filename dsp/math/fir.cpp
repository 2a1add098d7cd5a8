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

FirInput::FirInput(std::size_t look_back, std::size_t most)
    : history_(whole_vectors(look_back)), buffer_(history_ + most + kFirSlack, 0.0F) {}

float* FirInput::append(const float* samples, std::size_t count) noexcept {
  float* start = buffer_.data() + history_;
  std::copy_n(samples, count, start);
  return start;
}

void FirInput::keep(std::size_t count) noexcept {
  std::memmove(buffer_.data(), buffer_.data() + count, history_ * sizeof(float));
}

void FirInput::keep(const float* samples, std::size_t count) noexcept {
  const std::size_t old = history_ - std::min(history_, count);  // that stay
  std::memmove(buffer_.data(), buffer_.data() + (history_ - old), old * sizeof(float));
  std::copy_n(samples + (count - (history_ - old)), history_ - old, buffer_.data() + old);
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
    : factor_(factor), tap_count_(taps.size()) {
  ACQ_CHECK(factor >= 1 && !taps.empty());
  const std::vector<float> oldest_first = reversed(taps);
  if (factor > kMostPhases || factor == 1) {
    taps_ = oldest_first;
    input_ = FirInput(taps.size() - 1, max_count);
    return;
  }
  for (std::size_t p = 0; p < factor; ++p) {
    for (std::size_t k = p; k < taps.size(); k += factor) taps_.push_back(oldest_first[k]);
  }
  const std::size_t groups = max_count / factor + 1 + (taps.size() + factor - 1) / factor;
  stride_ = whole_vectors(groups + kFirSlack) + kVector;
  rows_.assign(factor * stride_, 0.0F);
  input_ = FirInput(taps.size() - 1, factor);
}

std::size_t FirDecimator::run(const float* in, std::size_t count, std::uint64_t first_index,
                              float* out) noexcept {
  const auto first = static_cast<std::size_t>((factor_ - first_index % factor_) % factor_);
  const std::size_t outputs = first < count ? (count - first - 1) / factor_ + 1 : 0;
  if (outputs == 0) {
    input_.keep(in, count);
  } else if (stride_ == 0) {
    run_dots(in, count, first, out, outputs);
  } else {
    run_polyphase(in, count, first, out, outputs);
  }
  return outputs;
}

void FirDecimator::run_dots(const float* in, std::size_t count, std::size_t first, float* out,
                            std::size_t outputs) noexcept {
  const float* start = input_.append(in, count);
  const FirPart part{start + first - (tap_count_ - 1), taps_.data(), tap_count_};
  if (factor_ == 1) {
    fir_sum({&part, 1}, out, outputs);
  } else {
    fir_dots(part, factor_, out, outputs);
  }
  input_.keep(count);
}

// Output i meets the tap_count_ samples up to in[first + i * factor]: every factor-th of them is a
// stream of its own, and the output is the sum of short filters over all of these.
void FirDecimator::run_polyphase(const float* in, std::size_t count, std::size_t first, float* out,
                                 std::size_t outputs) noexcept {
  split(in, count, first, outputs - 1 + (tap_count_ + factor_ - 1) / factor_);
  input_.keep(in, count);
  std::array<FirPart, kMostPhases> parts;
  std::size_t used = 0;
  const float* taps = taps_.data();
  for (std::size_t p = 0; p < factor_; ++p) {
    const std::size_t phase_taps = (tap_count_ + factor_ - 1 - p) / factor_;
    if (phase_taps > 0) parts[used++] = {rows_.data() + p * stride_, taps, phase_taps};
    taps += phase_taps;
  }
  fir_sum({parts.data(), used}, out, outputs);
}

// Sorts `groups` times factor_ samples, the first one that which is tap_count_ - 1 before in[first],
// into a row for each place in the group. The first groups begin among the samples seen before; of
// the last one, what is not there is not used.
void FirDecimator::split(const float* in, std::size_t count, std::size_t first,
                         std::size_t groups) noexcept {
  static constexpr std::array<float, kMostPhases> kOnes = {1, 1, 1, 1, 1, 1, 1, 1,
                                                           1, 1, 1, 1, 1, 1, 1, 1};
  static constexpr std::array<float, kMostPhases> kZeros = {};
  std::array<float*, kMostPhases> rows;
  for (std::size_t p = 0; p < factor_; ++p) rows[p] = rows_.data() + p * stride_;
  const auto sort = [&](const float* from, std::size_t some) {
    to_planes(reinterpret_cast<const std::byte*>(from), Dtype::kF32, Layout::kInterleaved, factor_,
              some, kOnes.data(), kZeros.data(), rows.data());
    for (std::size_t p = 0; p < factor_; ++p) rows[p] += some;
    groups -= some;
  };
  const std::size_t before = tap_count_ - 1 - std::min(first, tap_count_ - 1);
  std::size_t at = first - std::min(first, tap_count_ - 1);  // of the first sample within `in`
  if (before > 0) {
    const float* start = input_.append(in, std::min(count, factor_));
    const std::size_t old_groups = std::min(groups, (before + factor_ - 1) / factor_);
    sort(start - before, old_groups);
    at = old_groups * factor_ - before;
  }
  if (groups == 0) return;
  sort(in + at, std::min(groups, (count - at) / factor_));
  if (groups == 0) return;
  at = count - (count - at) % factor_;
  for (std::size_t p = 0; at + p < count; ++p) *rows[p] = in[at + p];
}

}  // namespace acq
