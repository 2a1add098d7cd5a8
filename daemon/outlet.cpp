#include "daemon/outlet.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>

#include "dsp/math/bits.h"

namespace acq {
namespace {

void wait_for_publisher(Topic& topic) noexcept {
  topic.publisher_bell->ring();
  constexpr timespec kTurn{.tv_sec = 0, .tv_nsec = 100'000};
  ::nanosleep(&kTurn, nullptr);
}

}  // namespace

TopicOutlet::TopicOutlet(std::shared_ptr<Topic> topic, std::shared_ptr<FramePool> pool,
                         std::shared_ptr<const TopicInfo> info, Publish publish,
                         std::uint32_t frame_samples, bool is_raw)
    : topic_(std::move(topic)),
      pool_(std::move(pool)),
      info_(std::move(info)),
      publish_(publish),
      frame_samples_(frame_samples),
      is_raw_(is_raw),
      value_bytes_(size_of(info_->dtype)),
      scan_bytes_(scan_bytes(info_->dtype, info_->layout, info_->channels.size())) {}

TopicOutlet::~TopicOutlet() {
  if (frame_ != nullptr) pool_->give(frame_);
}

void TopicOutlet::adopt(TopicOutlet& before) noexcept {
  before.flush();
  owed_.add(before.owed_);
  before.owed_ = {};
}

bool TopicOutlet::describes(const StreamInfo& stream) const noexcept {
  return std::equal(stream.channels.begin(), stream.channels.end(), info_->channels.begin(),
                    info_->channels.end(), [](const Channel& a, const Channel& b) {
                      return a.scale == b.scale && a.offset == b.offset && a.unit == b.unit &&
                             a.quantity == b.quantity;
                    });
}

void TopicOutlet::deliver(const Chunk& chunk) noexcept {
  if (is_raw_ && !describes(*chunk.packet->info)) {
    flush();
    return drop(chunk, kGapReconfigure);
  }
  if (frame_samples_ == 0 || !is_continuous(info_->kind)) return deliver_whole(chunk);
  if (frame_ != nullptr && must_close(chunk)) flush();
  if (frame_ == nullptr && chunk.count == frame_samples_) return deliver_whole(chunk);
  for (std::uint32_t done = 0; done < chunk.count;) {
    if (frame_ == nullptr) {
      Chunk rest = chunk;
      if (done > 0) {
        rest.first_index += done;
        rest.gap_before = {};
        rest.stamp = shifted(chunk.stamp, done, info_->rate_hz);
      }
      rest.count = chunk.count - done;
      begin(rest, frame_samples_);
      if (frame_ == nullptr) return drop(rest, kGapPublisher);
    }
    const std::uint32_t n = std::min(chunk.count - done, capacity_ - frame_->count);
    append(chunk, done, n);
    done += n;
    if (frame_->count == capacity_) send();
  }
}

// One chunk, one frame.
void TopicOutlet::deliver_whole(const Chunk& chunk) noexcept {
  begin(chunk, chunk.count);
  if (frame_ == nullptr) return drop(chunk, kGapPublisher);
  if (is_raw_ && chunk.packet->size_bytes() >= kBytesByReference) {
    static_cast<void>(pool_->borrow(*frame_, *chunk.packet));
  }
  append(chunk, 0, chunk.count);
  send();
}

bool TopicOutlet::must_close(const Chunk& chunk) const noexcept {
  return chunk.gap_before.breaks() || chunk.epoch != frame_->epoch || frame_->topic != info_ ||
         chunk.first_index != frame_->first_index + frame_->count;
}

// A free frame; of a topic that waits, once there is one. The publisher waits for its subscribers, so
// this ends when they have read, or are gone.
Frame* TopicOutlet::take_frame() noexcept {
  Frame* frame = pool_->take();
  for (; frame == nullptr && topic_->waits; frame = pool_->take()) wait_for_publisher(*topic_);
  return frame;
}

bool TopicOutlet::hand_over(Frame* frame) noexcept {
  bool has_room = topic_->ring.push(frame);
  for (; !has_room && topic_->waits; has_room = topic_->ring.push(frame))
    wait_for_publisher(*topic_);
  return has_room;
}

void TopicOutlet::begin(const Chunk& chunk, std::uint32_t capacity) noexcept {
  frame_ = take_frame();
  if (frame_ == nullptr) return;
  capacity_ = capacity;
  Frame& frame = *frame_;
  if (frame.topic != info_) frame.topic = info_;
  frame.epoch = chunk.epoch;
  frame.first_index = chunk.first_index;
  frame.count = 0;
  frame.gap_before = chunk.gap_before;
  frame.gap_before.add(owed_);
  owed_ = {};
  frame.flags = chunk.flags;
  frame.overrange_low = frame.overrange_high = 0;
  frame.stamp = chunk.stamp;
  frame.axis_start = chunk.axis_start.value_or(0);
  frame.has_axis_start = chunk.axis_start.has_value();
  frame.trigger_count = frame.result_count = 0;
}

void TopicOutlet::append(const Chunk& chunk, std::uint32_t from, std::uint32_t count) noexcept {
  Frame& frame = *frame_;
  frame.flags |= chunk.flags;
  frame.overrange_low |= chunk.overrange_low;
  frame.overrange_high |= chunk.overrange_high;
  for (const TriggerMark& trigger : chunk.triggers) {
    if (frame.trigger_count == kMaxTriggers) break;
    // The mark goes with the first sample behind it, which may be the first there is.
    const double sample = std::clamp(std::ceil(trigger.position), 0.0, chunk.count - 1.0);
    if (sample < from || sample >= static_cast<double>(from) + count) continue;
    TriggerMark& mark = frame.triggers[frame.trigger_count++] = trigger;
    mark.position += static_cast<double>(frame.count) - from;
  }
  frame.result_count = static_cast<std::uint32_t>(std::min(chunk.results.size(), kMaxResults));
  std::copy_n(chunk.results.begin(), frame.result_count, frame.results.begin());
  if (info_->kind == Kind::kScalars) {
    frame.count = chunk.count;
    return;
  }
  if (frame.packet == nullptr) copy(chunk, from, count);
  frame.count += count;
}

void TopicOutlet::copy(const Chunk& chunk, std::uint32_t from, std::uint32_t count) noexcept {
  Frame& frame = *frame_;
  if (!is_planar()) {
    std::byte* const to = frame.payload + frame.count * scan_bytes_;
    if (is_raw_) {
      std::memcpy(to, chunk.packet->samples + from * scan_bytes_, count * scan_bytes_);
    } else {
      pack_bits(chunk.planes.data(), from, info_->dtype, chunk.channels, count, to);
    }
  } else {
    for (std::size_t c = 0; c < chunk.channels; ++c) {
      const std::byte* plane = is_raw_
                                   ? chunk.packet->samples + c * chunk.packet->count * value_bytes_
                                   : reinterpret_cast<const std::byte*>(chunk.planes[c]);
      std::memcpy(frame.payload + (c * capacity_ + frame.count) * value_bytes_,
                  plane + from * value_bytes_, count * value_bytes_);
    }
  }
}

void TopicOutlet::flush() noexcept {
  if (frame_ == nullptr) return;
  if (frame_->count < capacity_) {
    frame_->flags |= kFlagPartial;
    compact();
  }
  send();
}

// Closes the space behind each plane of a frame that was not filled.
void TopicOutlet::compact() noexcept {
  if (!is_planar()) return;
  const std::size_t plane = frame_->count * value_bytes_;
  for (std::size_t c = 1; c < info_->channels.size(); ++c) {
    std::memmove(frame_->payload + c * plane, frame_->payload + c * capacity_ * value_bytes_,
                 plane);
  }
}

void TopicOutlet::send() noexcept {
  Frame* frame = std::exchange(frame_, nullptr);
  const std::uint32_t count = frame->count;
  frame->payload_bytes = frame->topic->kind == Kind::kScalars ? 0 : count * scan_bytes_;
  const std::uint64_t bytes = frame->payload_bytes;
  const Gap gap = frame->gap_before;
  if (hand_over(frame)) {
    topic_->frames.add(1);
    topic_->bytes.add(bytes);
    topic_->publisher_bell->ring();
    return;
  }
  owed_.add(gap);
  owed_.add({count, kGapPublisher, true});
  topic_->dropped_frames.add(1);
  topic_->dropped_samples.add(count);
  pool_->give(frame);
}

void TopicOutlet::drop(const Chunk& chunk, GapReason reason) noexcept {
  owed_.add(chunk.gap_before);
  owed_.add({chunk.count, reason, true});
  topic_->dropped_frames.add(1);
  topic_->dropped_samples.add(chunk.count);
}

}  // namespace acq
