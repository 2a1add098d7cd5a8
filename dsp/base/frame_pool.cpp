#include "dsp/base/frame_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "dsp/base/result.h"

namespace acq {

void FramePool::FreeBytes::operator()(std::byte* p) const noexcept {
  std::free(p);
}

FramePool::FramePool(std::size_t frames, std::size_t frame_bytes)
    : frames_(frames), frame_bytes_(frame_bytes), slots_(std::make_unique<Frame[]>(frames)) {
  ACQ_CHECK(frames > 0);
  const std::size_t stride = std::max<std::size_t>(64, (frame_bytes + 63) / 64 * 64);
  bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(64, stride * frames)));
  if (bytes_ == nullptr) throw std::bad_alloc();
  std::memset(bytes_.get(), 0, stride * frames);
  for (std::size_t i = frames; i-- > 0;) {
    slots_[i].payload = bytes_.get() + i * stride;
    slots_[i].capacity_bytes = frame_bytes;
    slots_[i].pool = this;
    free_.add(&slots_[i]);
  }
}

}  // namespace acq
