// The end of a pipeline: chunks become frames for the publisher.
#pragma once

#include <memory>

#include "daemon/topic.h"
#include "dsp/pipeline.h"
#include "proto/config.h"

namespace acq {

// Fills frames from a pool and pushes them to the topic's ring; without a free frame or room, the
// chunk is dropped, counted, and named in the next frame's gap (reason `publisher`).
//
// A waveform may be gathered into frames of `frame_samples`; a gap, a new epoch or a change of plan
// closes a frame early (flag `partial`). The packet's own numbers are published under their own
// scale alone: while the description is of another one they are dropped, reason `reconfigure`. A large
// frame of one whole packet borrows its samples, while packets are plenty.
//
// Threads: made on the control thread, everything else on the data thread, real-time safe.
class TopicOutlet final : public Outlet {
 public:
  TopicOutlet(std::shared_ptr<Topic> topic, std::shared_ptr<FramePool> pool,
              std::shared_ptr<const TopicInfo> info, Publish publish, std::uint32_t frame_samples,
              bool is_raw);
  ~TopicOutlet() override;

  void deliver(const Chunk& chunk) noexcept override;
  [[nodiscard]] bool is_wanted() const noexcept override {
    return publish_ == Publish::kAlways || topic_->subscribers.load(std::memory_order_relaxed) > 0;
  }

  // Takes over from the outlet this one replaces: sends what it had begun, keeps what it still
  // owes.
  void adopt(TopicOutlet& before) noexcept;
  // From the next frame on. The old description is left in `info`.
  void swap_info(std::shared_ptr<const TopicInfo>& info) noexcept { info_.swap(info); }
  // Sends the frame that is being gathered.
  void flush() noexcept;

  [[nodiscard]] const std::shared_ptr<Topic>& topic() const noexcept { return topic_; }
  [[nodiscard]] const std::shared_ptr<FramePool>& pool() const noexcept { return pool_; }

 private:
  [[nodiscard]] Frame* take_frame() noexcept;
  [[nodiscard]] bool hand_over(Frame* frame) noexcept;
  void begin(const Chunk& chunk, std::uint32_t capacity) noexcept;
  void deliver_whole(const Chunk& chunk) noexcept;
  void append(const Chunk& chunk, std::uint32_t from, std::uint32_t count) noexcept;
  void copy(const Chunk& chunk, std::uint32_t from, std::uint32_t count) noexcept;
  void compact() noexcept;
  void send() noexcept;
  void drop(const Chunk& chunk, GapReason reason) noexcept;
  [[nodiscard]] bool describes(const StreamInfo& stream) const noexcept;
  [[nodiscard]] bool is_planar() const noexcept { return info_->layout == Layout::kPlanar; }
  [[nodiscard]] bool must_close(const Chunk& chunk) const noexcept;

  std::shared_ptr<Topic> topic_;
  std::shared_ptr<FramePool> pool_;
  std::shared_ptr<const TopicInfo> info_;
  const Publish publish_;
  const std::uint32_t frame_samples_;
  const bool is_raw_;  // the packet's own bytes instead of float32 planes
  std::size_t value_bytes_;
  std::size_t scan_bytes_;
  std::uint32_t capacity_ = 0;  // samples per channel of the frame being filled
  Frame* frame_ = nullptr;
  Gap owed_;  // dropped since the last frame sent
};

}  // namespace acq
