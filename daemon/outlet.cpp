#include "daemon/outlet.h"

#include <algorithm>
#include <cstring>

namespace acq {

TopicOutlet::TopicOutlet(std::shared_ptr<Topic> topic, std::shared_ptr<FramePool> pool,
                         std::shared_ptr<const TopicInfo> info, Publish publish,
                         std::uint32_t frame_samples, bool is_raw)
    : topic_(std::move(topic)),
      pool_(std::move(pool)),
      info_(std::move(info)),
      publish_(publish),
      frame_samples_(frame_samples),
      is_raw_(is_raw),
      value_bytes_(size_of(info_->dtype)) {}

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
                      return a.scale == b.scale && a.offset == b.offset;
                    });
}

void TopicOutlet::deliver(const Chunk& chunk) noexcept {
  if (is_raw_ && !describes(*chunk.packet->info)) {
    flush();
    return drop(chunk, kGapReconfigure);
  }
  if (frame_samples_ == 0 || info_->kind != Kind::kWaveform) {
    begin(chunk, chunk.count);
    if (frame_ == nullptr) return drop(chunk, kGapPublisher);
    append(chunk, 0, chunk.count);
    send();
    return;
  }
  if (frame_ != nullptr && must_close(chunk)) flush();
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

bool TopicOutlet::must_close(const Chunk& chunk) const noexcept {
  return chunk.gap_before.samples > 0 || chunk.epoch != frame_->epoch || frame_->topic != info_ ||
         chunk.first_index != frame_->first_index + frame_->count;
}

void TopicOutlet::begin(const Chunk& chunk, std::uint32_t capacity) noexcept {
  frame_ = pool_->take();
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
  frame.axis_start = chunk.axis_start;
  frame.has_axis_start = chunk.axis_start != 0;
  frame.trigger_count = frame.result_count = 0;
}

void TopicOutlet::append(const Chunk& chunk, std::uint32_t from, std::uint32_t count) noexcept {
  Frame& frame = *frame_;
  frame.flags |= chunk.flags;
  frame.overrange_low |= chunk.overrange_low;
  frame.overrange_high |= chunk.overrange_high;
  for (const TriggerMark& trigger : chunk.triggers) {
    if (frame.trigger_count == kMaxTriggers) break;
    if (trigger.position < from || trigger.position >= static_cast<double>(from) + count) continue;
    TriggerMark& mark = frame.triggers[frame.trigger_count++] = trigger;
    mark.position += static_cast<double>(frame.count) - from;
  }
  frame.result_count = static_cast<std::uint32_t>(std::min(chunk.results.size(), kMaxResults));
  std::copy_n(chunk.results.begin(), frame.result_count, frame.results.begin());
  if (info_->kind == Kind::kScalars) {
    frame.count = chunk.count;
    return;
  }
  if (is_raw_ && info_->layout == Layout::kInterleaved) {
    const std::size_t scan = chunk.channels * value_bytes_;
    std::memcpy(frame.payload + frame.count * scan, chunk.packet->samples + from * scan,
                count * scan);
  } else {
    for (std::size_t c = 0; c < chunk.channels; ++c) {
      const std::byte* plane = is_raw_
                                   ? chunk.packet->samples + c * chunk.packet->count * value_bytes_
                                   : reinterpret_cast<const std::byte*>(chunk.planes[c]);
      std::memcpy(frame.payload + (c * capacity_ + frame.count) * value_bytes_,
                  plane + from * value_bytes_, count * value_bytes_);
    }
  }
  frame.count += count;
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
  if (is_raw_ && info_->layout == Layout::kInterleaved) return;
  const std::size_t plane = frame_->count * value_bytes_;
  for (std::size_t c = 1; c < info_->channels.size(); ++c) {
    std::memmove(frame_->payload + c * plane, frame_->payload + c * capacity_ * value_bytes_,
                 plane);
  }
}

void TopicOutlet::send() noexcept {
  Frame* frame = std::exchange(frame_, nullptr);
  const std::size_t planes =
      frame->topic->kind == Kind::kScalars ? 0 : frame->topic->channels.size();
  const std::uint32_t count = frame->count;
  frame->payload_bytes = planes * count * value_bytes_;
  const std::uint64_t bytes = frame->payload_bytes;
  const Gap gap = frame->gap_before;
  if (topic_->ring.push(frame)) {
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
