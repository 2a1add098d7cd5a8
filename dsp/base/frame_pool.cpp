#include "dsp/base/frame_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "dsp/base/result.h"

namespace acq {

void FramePool::FreeBytes::operator()(std::byte* p) const noexcept {
  std::free(p);
}

FramePool::FramePool(std::size_t frames, std::size_t frame_bytes,
                     std::shared_ptr<PacketPool> lender)
    : frames_(frames),
      frame_bytes_(frame_bytes),
      lender_(std::move(lender)),
      slots_(std::make_unique<Frame[]>(frames)),
      free_(slots_.get(), frames, turn_of(frame_bytes)) {
  ACQ_CHECK(frames > 0);
  const std::size_t stride = std::max<std::size_t>(64, (frame_bytes + 63) / 64 * 64);
  bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(64, stride * frames)));
  if (bytes_ == nullptr) throw std::bad_alloc();
  std::memset(bytes_.get(), 0, stride * frames);
  for (std::size_t i = 0; i < frames; ++i) {
    slots_[i].payload = slots_[i].space = bytes_.get() + i * stride;
    slots_[i].capacity_bytes = frame_bytes;
    slots_[i].pool = this;
  }
}

void FramePool::give(Frame* frame) noexcept {
  if (Packet* const packet = std::exchange(frame->packet, nullptr); packet != nullptr) {
    frame->payload = frame->space;
    lender_->release(packet);
  }
  free_.put_back(frame);
}

bool FramePool::borrow(Frame& frame, const Packet& packet) noexcept {
  if (lender_ == nullptr || packet.pool != lender_.get()) return false;
  auto* const held = const_cast<Packet*>(&packet);  // to count its holders; nobody writes to it
  if (!lender_->lend(held)) return false;
  frame.packet = held;
  frame.payload = held->samples;
  return true;
}

}  // namespace acq
