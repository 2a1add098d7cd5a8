// Fixed set of frames: taken by one worker, given back by whichever thread lets go of the last
// byte.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "dsp/base/frame.h"
#include "dsp/base/free_list.h"

namespace acq {

// Promise: everything is allocated by the constructor and touched once, nothing afterwards.
// Threads: take() by one thread, give() by any. Orders: see FreeList.
class FramePool {
 public:
  FramePool(std::size_t frames, std::size_t frame_bytes);

  // nullptr when all are in use.
  [[nodiscard]] Frame* take() noexcept;
  void give(Frame* frame) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return frames_; }
  [[nodiscard]] std::size_t frame_bytes() const noexcept { return frame_bytes_; }
  // Any thread; a moment's view.
  [[nodiscard]] std::size_t free() const noexcept {
    return frames_ - in_use_.load(std::memory_order_relaxed);
  }

 private:
  struct FreeBytes {
    void operator()(std::byte* p) const noexcept;
  };

  std::size_t frames_;
  std::size_t frame_bytes_;
  std::unique_ptr<std::byte[], FreeBytes> bytes_;
  std::unique_ptr<Frame[]> slots_;
  FreeList<Frame> free_;
  std::atomic<std::size_t> in_use_{0};
};

}  // namespace acq
