// Fixed set of frames: taken by one worker, given back by whichever thread lets go of the last
// byte.
#pragma once

#include <cstddef>
#include <memory>

#include "dsp/base/frame.h"
#include "dsp/base/packet_pool.h"
#include "dsp/base/slot_pool.h"

namespace acq {

// Promise: everything is allocated by the constructor and touched once, nothing afterwards.
// Threads: take() by one thread, give() by any. Orders: see SlotPool.
class FramePool {
 public:
  // With a `lender`, frames may borrow the samples of its packets.
  FramePool(std::size_t frames, std::size_t frame_bytes,
            std::shared_ptr<PacketPool> lender = nullptr);

  // nullptr when all are in use.
  [[nodiscard]] Frame* take() noexcept { return free_.take(); }
  void give(Frame* frame) noexcept;
  // Makes the samples of a packet that the caller holds the frame's payload, until it is given back.
  // False when the lender is another one or has none to spare: then they are to be copied.
  [[nodiscard]] bool borrow(Frame& frame, const Packet& packet) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return frames_; }
  [[nodiscard]] std::size_t frame_bytes() const noexcept { return frame_bytes_; }
  [[nodiscard]] const PacketPool* lender() const noexcept { return lender_.get(); }
  // Any thread; a moment's view.
  [[nodiscard]] std::size_t free() const noexcept { return frames_ - free_.in_use(); }

 private:
  struct FreeBytes {
    void operator()(std::byte* p) const noexcept;
  };

  std::size_t frames_;
  std::size_t frame_bytes_;
  std::shared_ptr<PacketPool> lender_;
  std::unique_ptr<std::byte[], FreeBytes> bytes_;
  std::unique_ptr<Frame[]> slots_;
  SlotPool<Frame> free_;
};

}  // namespace acq
