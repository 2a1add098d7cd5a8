#include "dsp/math/moving_mean.h"

#include <algorithm>

#include "dsp/base/result.h"

namespace acq {
namespace {

// Samples summed on their own before they join the sum of the block: a chain of additions of which
// the processor can run several at once.
constexpr std::size_t kGroup = 8;

}  // namespace

MovingMean::MovingMean(std::size_t length)
    : length_(length),
      per_length_(1 / static_cast<double>(length)),
      block_(length, 0.0F),
      ends_(length + 1, 0.0) {
  ACQ_CHECK(length >= 1);
}

void MovingMean::run(const float* in, std::size_t count, float* out) noexcept {
  std::size_t i = 0;
  while (i < count) {
    const std::size_t groups = std::min(count - i, length_ - place_) / kGroup;
    if (in_group_ == 0 && groups > 0 && !is_first_) {
      run_groups(in + i, groups, out + i);
      i += groups * kGroup;
    } else {
      step(in + i, out + i);
      ++i;
    }
  }
}

float MovingMean::mean(double sum, std::size_t place) const noexcept {
  if (is_first_) return static_cast<float>(sum / static_cast<double>(place + 1));
  return static_cast<float>(sum * per_length_);
}

void MovingMean::step(const float* in, float* out) noexcept {
  block_[place_] = *in;
  group_ += static_cast<double>(*in);
  *out = mean((start_ + group_) + ends_[place_ + 1], place_);
  ++place_;
  if (++in_group_ == kGroup) end_group();
  if (place_ == length_) end_block();
}

// The same as kGroup steps for each group, within one block.
void MovingMean::run_groups(const float* in, std::size_t groups, float* out) noexcept {
  for (std::size_t g = 0; g < groups; ++g, in += kGroup, out += kGroup) {
    const double* ends = ends_.data() + place_ + 1;
    std::copy_n(in, kGroup, block_.data() + place_);
    double sum = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
      sum += static_cast<double>(in[i]);
      out[i] = static_cast<float>(((start_ + sum) + ends[i]) * per_length_);
    }
    group_ = sum;
    place_ += kGroup;
    end_group();
  }
  if (place_ == length_) end_block();
}

void MovingMean::end_group() noexcept {
  start_ += group_;
  group_ = 0;
  in_group_ = 0;
}

void MovingMean::end_block() noexcept {
  double later = 0;  // groups behind this one
  std::size_t end = length_;
  while (end > 0) {
    const std::size_t begin = end > kGroup ? end - kGroup : 0;
    double sum = 0;
    for (std::size_t i = end; i-- > begin;) {
      sum += static_cast<double>(block_[i]);
      ends_[i] = later + sum;
    }
    later += sum;
    end = begin;
  }
  place_ = in_group_ = 0;
  start_ = group_ = 0;
  is_first_ = false;
}

void MovingMean::reset() noexcept {
  std::fill(ends_.begin(), ends_.end(), 0.0);
  place_ = in_group_ = 0;
  start_ = group_ = 0;
  is_first_ = true;
}

void MovingMean::adopt(const MovingMean& before) noexcept {
  reset();
  const std::size_t known = before.is_first_ ? before.place_ : before.length_;
  const std::size_t wanted = std::min(known, length_);
  float unused = 0;
  for (std::size_t back = wanted; back > 0; --back) {
    const std::size_t from = (before.place_ + before.length_ - back) % before.length_;
    step(&before.block_[from], &unused);
  }
}

}  // namespace acq
