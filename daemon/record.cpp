#include "daemon/record.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <zmq.hpp>

#include "daemon/hand_over.h"
#include "dsp/base/units.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace acq {
namespace {

constexpr int kPacketsPerTurn = 64;  // of one stream, before the others have their turn
constexpr int kFramesPerTurn = 64;
constexpr int kQueuedFrames = 256;
constexpr std::int64_t kLook_ns = 1'000'000'000;  // at budget, free space and the report
constexpr std::int64_t kLongestWait_ns = 100'000'000;
constexpr double kWarnAt = 0.9;  // of the budget

std::span<const std::byte> bytes_of(const zmq::message_t& message) {
  return {message.data<std::byte>(), message.size()};
}

// What a ring had no room for is the recorder's doing.
Gap own(Gap gap) noexcept {
  if ((gap.reasons & kGapRingFull) != 0) gap.reasons = (gap.reasons & ~kGapRingFull) | kGapRecorder;
  return gap;
}

}  // namespace

std::string_view to_string(RecordState state) noexcept {
  switch (state) {
    case RecordState::kWaiting: return "waiting";
    case RecordState::kRecording: return "recording";
    case RecordState::kNoSpace: return "no space";
    case RecordState::kFailed: return "failed";
    case RecordState::kStopped: return "stopped";
  }
  return "stopped";
}

Recorder::Recorder(RecordOptions options, Disk& disk, const Clock& clock, zmq::context_t& context,
                   Health& health, EventLog& events)
    : options_(std::move(options)),
      disk_(disk),
      clock_(clock),
      events_(events),
      beat_(health.enlist("record " + options_.journal.name)),
      frames_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::sub)),
      writer_(disk, clock, options_.journal, &syncer_) {
  beat_->rest();
  frames_->set(zmq::sockopt::rcvhwm, kQueuedFrames);
  frames_->set(zmq::sockopt::linger, 0);
  for (const std::string& topic : options_.topics) {
    frames_->set(zmq::sockopt::subscribe, topic);
    topics_.push_back({topic, {}, 0, false, true});
  }
  const auto& topics = options_.topics;
  if (!options_.trigger_topic.empty() &&
      std::find(topics.begin(), topics.end(), options_.trigger_topic) == topics.end()) {
    frames_->set(zmq::sockopt::subscribe, options_.trigger_topic);
    topics_.push_back({options_.trigger_topic, {}, 0, false, false});
  }
  if (!topics_.empty()) frames_->connect(kFramesEndpoint);
}

Recorder::~Recorder() {
  stop();
}

Result<void> Recorder::start() {
  now_.state = RecordState::kWaiting;
  now_.start_utc_ns = clock_.utc_ns();
  if (!options_.waits_for_trigger) {
    if (auto opened = writer_.open(); !opened) return opened;
    now_.state = RecordState::kRecording;
  }
  report_ = now_;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "record");
    run(stop);
  });
  return {};
}

void Recorder::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_->ring();
  thread_.join();
  thread_ = {};
}

void Recorder::set_inlets(std::vector<Inlet> inlets) {
  listed_ = inlets;
  {
    const std::scoped_lock lock(mutex_);
    next_inlets_ = std::move(inlets);
    has_changes_ = true;
  }
  bell_->ring();
}

void Recorder::set_config(std::uint64_t revision, std::string toml) {
  const std::scoped_lock lock(mutex_);
  next_config_.emplace(revision, std::move(toml));
  has_changes_ = true;
}

void Recorder::add_event(journal::Event event) {
  constexpr std::size_t kMostEvents = 1024;
  {
    const std::scoped_lock lock(mutex_);
    if (next_events_.size() >= kMostEvents) return;
    next_events_.push_back(std::move(event));
    has_changes_ = true;
  }
  bell_->ring();
}

void Recorder::trigger() {
  {
    const std::scoped_lock lock(mutex_);
    is_triggered_ = has_changes_ = true;
  }
  bell_->ring();
}

RecordReport Recorder::report() const {
  const std::scoped_lock lock(mutex_);
  return report_;
}

bool Recorder::is_drained() const noexcept {
  return std::all_of(listed_.begin(), listed_.end(),
                     [](const Inlet& inlet) { return inlet.feed->queued() == 0; });
}

void Recorder::set_state(RecordState state, const std::string& why) {
  if (now_.state != state) {
    events_.add("daemon", "recording",
                fmt::format("{} is {}{}{}", options_.journal.name, to_string(state),
                            why.empty() ? "" : ": ", why));
  }
  const bool has_changed = now_.state != state;
  now_.state = state;
  now_.error = why;
  if (has_changed) make_report();
}

void Recorder::run(const std::stop_token& stop) {
  while (!stop.stop_requested() && (end_ns_ == 0 || clock_.now_ns() < end_ns_)) {
    beat_->advance();
    take_changes();
    const bool has_packets = take_packets();
    const bool has_frames = take_frames();
    flush_if_due();
    look();
    if (!has_packets && !has_frames) wait();
  }
  if (stop.stop_requested()) {  // nothing comes any more into the rings
    take_changes();
    while (take_packets()) flush_if_due();
    while (take_frames()) flush_if_due();
    for (Taken& taken : taken_) writer_.add_loss(taken.stream, own(taken.inlet.feed->pending));
  }
  beat_->rest();
  if (auto done = writer_.close(); !done) set_state(RecordState::kFailed, done.error().sentence);
  if (now_.state != RecordState::kFailed) set_state(RecordState::kStopped);
  make_report();
}

void Recorder::wait() {
  bell_->arm();
  beat_->rest();
  const bool has_work = std::any_of(taken_.begin(), taken_.end(), [](const Taken& taken) {
    return taken.inlet.feed->ring.size() > 0;
  });
  bool has_changes = false;
  {
    const std::scoped_lock lock(mutex_);
    has_changes = has_changes_;
  }
  if (!has_work && !has_changes) {
    zmq::pollitem_t items[] = {{frames_->handle(), 0, ZMQ_POLLIN, 0},
                               {nullptr, bell_->fd(), ZMQ_POLLIN, 0}};
    try {
      zmq::poll(items, 2, std::chrono::milliseconds(kLongestWait_ns / 1'000'000));
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) bell_->clear();
  }
  bell_->disarm();
}

std::size_t Recorder::stream_number(const Inlet& inlet) {
  const std::string name = inlet.instrument + "/" + inlet.stream;
  for (const auto& [known, number] : streams_) {
    if (known == name) return number;
  }
  streams_.emplace_back(name, writer_.add_stream(inlet.instrument, inlet.stream));
  return streams_.back().second;
}

void Recorder::take_changes() {
  std::optional<std::vector<Inlet>> inlets;
  std::optional<std::pair<std::uint64_t, std::string>> config;
  std::vector<journal::Event> events;
  bool is_triggered = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!has_changes_) return;
    has_changes_ = false;
    inlets.swap(next_inlets_);
    config.swap(next_config_);
    events.swap(next_events_);
    is_triggered = std::exchange(is_triggered_, false);
  }
  if (config) writer_.set_config(config->first, std::move(config->second));
  if (is_triggered) begin_after_trigger();
  for (const journal::Event& event : events) writer_.add_event(event);
  if (!inlets) return;
  while (take_packets()) flush_if_due();
  std::vector<Taken> next;
  for (Inlet& inlet : *inlets) {
    const std::size_t number = stream_number(inlet);
    next.push_back({std::move(inlet), number});
  }
  // What a ring that is left still owes has no packet to ride on any more.
  for (const Taken& old : taken_) {
    const bool stays = std::any_of(next.begin(), next.end(), [&](const Taken& taken) {
      return taken.inlet.feed == old.inlet.feed;
    });
    if (!stays) writer_.add_loss(old.stream, own(old.inlet.feed->pending));
  }
  taken_ = std::move(next);
}

bool Recorder::take_packets() {
  bool has_taken = false;
  for (Taken& taken : taken_) {
    for (int i = 0; i < kPacketsPerTurn; ++i) {
      const PacketRef* ref = taken.inlet.feed->ring.front();
      if (ref == nullptr) break;
      take_packet(taken, *ref);
      has_taken = true;
      if (writer_.wants_flush()) flush_if_due();
    }
  }
  return has_taken;
}

void Recorder::take_packet(Taken& taken, const PacketRef& ref) {
  Packet& packet = *ref.packet;
  Held held{.stream = taken.stream, .info = packet.info, .head = {}, .samples = {}};
  journal::PacketHead& head = held.head;
  head.epoch = packet.epoch;
  head.first_index = packet.first_index;
  head.count = packet.count;
  head.flags = packet.flags;
  head.stamp = packet.stamp;
  head.overrange_low = packet.overrange_low;
  head.overrange_high = packet.overrange_high;
  head.lost_before.add(packet.gap_before);
  head.lost_before.add(own(ref.lost));
  const std::span<const std::byte> samples(packet.samples, packet.size_bytes());
  const std::uint32_t count = packet.count;
  if (now_.state == RecordState::kWaiting) {
    held.samples.assign(samples.begin(), samples.end());
    hold(std::move(held));
  } else {
    writer_.add_packet(taken.stream, packet.info, head, samples);
  }
  HandOver::finish(*taken.inlet.feed, ref.packet, count, taken.inlet.feed->delivered);
}

void Recorder::hold(Held held) {
  const std::int64_t oldest_ns = held.head.stamp.host_rx_ns - options_.before_ns;
  held_bytes_ += held.samples.size();
  held_.push_back(std::move(held));
  while (!held_.empty() &&
         (held_.front().head.stamp.host_rx_ns < oldest_ns || held_bytes_ > options_.before_bytes)) {
    held_bytes_ -= held_.front().samples.size();
    held_.pop_front();
  }
}

void Recorder::begin_after_trigger() {
  if (now_.state != RecordState::kWaiting) return;
  if (auto opened = writer_.open(); !opened) {
    set_state(RecordState::kFailed, opened.error().sentence);
  } else {
    set_state(RecordState::kRecording);
  }
  std::vector<bool> has_begun;
  for (Held& held : held_) {
    has_begun.resize(std::max(has_begun.size(), held.stream + 1));
    // The recording begins with its first packet: what was lost before is not part of it.
    if (!has_begun[held.stream]) held.head.lost_before = {};
    has_begun[held.stream] = true;
    writer_.add_packet(held.stream, held.info, held.head, held.samples);
    flush_if_due();
  }
  held_.clear();
  held_bytes_ = 0;
  if (options_.after_ns > 0) end_ns_ = clock_.now_ns() + options_.after_ns;
}

bool Recorder::take_frames() {
  bool has_taken = false;
  for (int i = 0; i < kFramesPerTurn; ++i) {
    zmq::message_t topic;
    zmq::message_t header;
    zmq::message_t payload;
    if (!frames_->recv(topic, zmq::recv_flags::dontwait)) break;
    if (!topic.more() || !frames_->recv(header) || !header.more() || !frames_->recv(payload)) break;
    has_taken = true;
    const auto found = std::find_if(topics_.begin(), topics_.end(), [&](const Description& known) {
      return known.topic == topic.to_string_view();
    });
    const auto decoded = decode_header(bytes_of(header), payload.size());
    if (found == topics_.end() || !decoded) continue;
    if (decoded->kind == Kind::kDescription) {
      found->bytes = payload.to_string();
      continue;
    }
    if (found->has_begun && decoded->sequence > found->next_sequence)
      now_.lost_frames += decoded->sequence - found->next_sequence;
    found->next_sequence = decoded->sequence + 1;
    found->has_begun = true;
    const bool is_triggered = !decoded->triggers.empty() || (decoded->flags & kFlagTriggered) != 0;
    if (is_triggered && found->topic == options_.trigger_topic) begin_after_trigger();
    if (now_.state == RecordState::kWaiting || !found->is_recorded) continue;
    if (!writer_.is_writing()) {
      ++now_.lost_frames;
      continue;
    }
    const std::int64_t rx_ns = decoded->stamp.host_rx_ns;
    writer_.add_frame(found->topic, decoded->descriptor_id, found->bytes, bytes_of(header),
                      bytes_of(payload), rx_ns != 0 ? rx_ns : clock_.now_ns());
    ++now_.frames;
    if (writer_.wants_flush()) flush_if_due();
  }
  return has_taken;
}

void Recorder::flush_if_due() {
  if (now_.state == RecordState::kWaiting || is_stopped_for_space_ || !writer_.wants_flush())
    return;
  beat_->rest();  // the disk may take its time: that is nobody's stall
  const bool was_syncing = writer_.is_syncing();
  const auto done = writer_.flush();
  beat_->advance();
  if (was_syncing && !writer_.is_syncing()) make_report();  // more is recorded
  if (done) {
    set_state(RecordState::kRecording);
  } else {
    const bool is_full = done.error().code == Code::kOverflow;
    set_state(is_full ? RecordState::kNoSpace : RecordState::kFailed, done.error().sentence);
  }
}

// Once a second: the budget, the free space, the rate and the report.
void Recorder::look() {
  const std::int64_t now_ns = clock_.now_ns();
  if (now_ns < next_look_ns_) return;
  next_look_ns_ = now_ns + kLook_ns;
  const std::uint64_t bytes = writer_.bytes();
  if (last_look_ns_ != 0 && bytes >= now_.bytes) {
    const double elapsed_s = static_cast<double>(now_ns - last_look_ns_) * 1e-9;
    now_.rate = static_cast<double>(bytes - now_.bytes) / elapsed_s;
  }
  last_look_ns_ = now_ns;
  now_.bytes = bytes;
  if (now_.state != RecordState::kWaiting) keep_budget();
  make_report();
}

std::uint64_t Recorder::used_bytes() const noexcept {
  return writer_.bytes() - now_.bytes_deleted;
}

bool Recorder::is_over(std::uint64_t free) const noexcept {
  return (options_.budget_bytes != 0 && used_bytes() >= options_.budget_bytes) ||
         free < options_.keep_free_bytes;
}

void Recorder::keep_budget() {
  for (ClosedSegment& segment : writer_.take_closed()) segments_.push_back(std::move(segment));
  const std::string& folder = options_.journal.folder;
  const auto found = disk_.free_bytes(folder.substr(0, folder.find_last_of('/')));
  now_.free_bytes = found ? *found : 0;
  // Of a disk that does not tell, only the budget is known.
  std::uint64_t free = found ? *found : std::numeric_limits<std::uint64_t>::max();
  if (options_.deletes_oldest) delete_oldest(free);
  warn_of_budget();
  const bool stops = is_over(free);
  if (stops && !is_stopped_for_space_) {
    (void)writer_.close();
    set_state(RecordState::kNoSpace, "the budget is used up or too little space is left");
  }
  is_stopped_for_space_ = stops;
}

void Recorder::delete_oldest(std::uint64_t& free) {
  while (is_over(free) && !segments_.empty()) {
    const ClosedSegment oldest = segments_.front();
    segments_.pop_front();
    if (auto done = disk_.remove(oldest.path); !done) {
      events_.add("daemon", "recording",
                  fmt::format("{}: {}", options_.journal.name, done.error().sentence));
      continue;
    }
    now_.bytes_deleted += oldest.bytes;
    ++now_.deleted_segments;
    if (free < std::numeric_limits<std::uint64_t>::max() - oldest.bytes) free += oldest.bytes;
    events_.add("daemon", "recording",
                fmt::format("{}: the oldest segment was deleted to stay within the budget",
                            options_.journal.name));
  }
}

void Recorder::warn_of_budget() {
  if (options_.budget_bytes == 0 || options_.deletes_oldest || has_warned_) return;
  const auto used = static_cast<double>(used_bytes());
  const auto budget = static_cast<double>(options_.budget_bytes);
  if (used <= kWarnAt * budget) return;
  has_warned_ = true;
  events_.add("daemon", "recording",
              fmt::format("{} has used {} of its {}", options_.journal.name,
                          format_quantity(used, "B"), format_quantity(budget, "B")));
}

void Recorder::make_report() {
  now_.bytes = writer_.bytes();
  now_.segments = writer_.segments();
  now_.waiting_bytes = held_bytes_;
  now_.streams.clear();
  for (const auto& [name, number] : streams_) now_.streams.push_back(writer_.account(number));
  const std::scoped_lock lock(mutex_);
  report_ = now_;
}

}  // namespace acq
