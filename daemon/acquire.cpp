#include "daemon/acquire.h"

#include <pthread.h>

#include <algorithm>
#include <cmath>

#include "daemon/hand_over.h"
#include "daemon/service/rights.h"
#include "dsp/intake.h"

namespace acq {
namespace {

constexpr std::int64_t kReadDeadline_ns = 100'000'000;
constexpr std::int64_t kFirstRetry_ns = 20'000'000;
constexpr std::int64_t kLongestRetry_ns = 500'000'000;
constexpr std::int64_t kRoomDeadline_ns = 100'000'000;
constexpr double kPoolSeconds = 0.25;
constexpr std::size_t kFewestPackets = 64;
constexpr std::size_t kMostPoolBytes = std::size_t{256} << 20;
// A source that waits needs no reserve, and a small pool stays in the cache.
constexpr std::size_t kWaitingPackets = 32;

bool same_streams(const InstrumentInfo& a, const InstrumentInfo& b) {
  return std::equal(a.streams.begin(), a.streams.end(), b.streams.begin(), b.streams.end(),
                    [](const auto& x, const auto& y) {
                      return x->name == y->name && x->kind == y->kind && x->dtype == y->dtype &&
                             x->layout == y->layout && x->rate_hz == y->rate_hz &&
                             x->channels.size() == y->channels.size();
                    });
}

}  // namespace

Acquire::Acquire(std::string name, const InstrumentConfig& config, Params params,
                 const DriverEntry& entry, const Clock& clock, Health& health, EventLog& events)
    : name_(std::move(name)),
      config_(config),
      params_(std::move(params)),
      entry_(entry),
      clock_(clock),
      events_(events),
      beat_(health.enlist("acquire " + name_)),
      driver_(std::make_unique<CapturedDriver>(entry.make(clock), clock)) {
  beat_->rest();
  set_state(config.is_enabled ? InstrumentState::kReady : InstrumentState::kDisabled);
}

Acquire::~Acquire() {
  stop();
  if (is_open_) driver_->close();
}

void Acquire::replace(const InstrumentConfig& config, Params params) {
  ACQ_CHECK(!is_running());
  if (is_open_) driver_->close();
  is_open_ = false;
  config_ = config;
  params_ = std::move(params);
}

void Acquire::listen(std::shared_ptr<Capture> capture) {
  ACQ_CHECK(!is_running());
  if (is_open_) driver_->close();
  is_open_ = false;
  driver_->listen(std::move(capture));
}

Result<void> Acquire::open() {
  ACQ_CHECK(!is_running());
  if (is_open_) return {};
  auto info = driver_->open(params_);
  if (!info) {
    driver_->close();
    set_state(info.error().code == Code::kDisconnected ? InstrumentState::kReconnecting
                                                       : InstrumentState::kFaulted,
              info.error().sentence);
    return tl::unexpected<Error>(info.error());
  }
  is_open_ = true;
  has_changed_ = false;
  const bool has_new_streams = !same_streams(info_, *info) || pool_ == nullptr;
  info_ = std::move(*info);
  {
    const std::scoped_lock lock(mutex_);
    offered_.reset();
  }
  tell_in_force();
  if (has_new_streams) {
    streams_.resize(std::max(streams_.size(), info_.streams.size()));
    while (counters_.size() < info_.streams.size()) {
      counters_.push_back(std::make_unique<StreamCounters>());
    }
  }
  make_pool();
  set_state(config_.is_enabled ? InstrumentState::kReady : InstrumentState::kDisabled);
  return {};
}

void Acquire::make_pool() {
  std::size_t scan_bytes = 1;
  double bytes_per_second = 0;
  for (const auto& stream : info_.streams) {
    scan_bytes = std::max(scan_bytes, stream->scan_bytes());
    bytes_per_second += stream->rate_hz.value() * static_cast<double>(stream->scan_bytes());
  }
  if (info_.bytes_per_second > 0) bytes_per_second = info_.bytes_per_second;
  const std::size_t bytes = std::max<std::size_t>(config_.packet_bytes, scan_bytes);
  std::size_t packets = config_.packets;
  if (packets == 0 && info_.can_wait && config_.waits) packets = kWaitingPackets;
  if (packets == 0) {
    const double wanted = bytes_per_second * kPoolSeconds / static_cast<double>(bytes);
    packets = std::clamp(static_cast<std::size_t>(wanted), kFewestPackets,
                         std::max(kFewestPackets, kMostPoolBytes / bytes));
  }
  if (pool_ != nullptr && pool_->size() == packets && packet_bytes_ == bytes) return;
  packet_bytes_ = bytes;
  pool_ = std::make_shared<PacketPool>(packets, bytes);  // the old one lives as long as its feeds
  scratch_pool_ = std::make_unique<PacketPool>(1, bytes);
  scratch_ = scratch_pool_->take();
}

std::shared_ptr<Feed> Acquire::make_feed(std::shared_ptr<Doorbell> consumer) const {
  ACQ_CHECK(pool_ != nullptr);
  auto feed = std::make_shared<Feed>(pool_->size(), pool_, std::move(consumer));
  feed->producer_bell = room_bell_;
  feed->waits = config_.waits && info_.can_wait;
  feed->is_over = is_over_;
  return feed;
}

void Acquire::set_feeds(FeedLists feeds) {
  if (feeds == wanted_feeds_) return;
  wanted_feeds_ = feeds;
  std::unique_lock lock(mutex_);
  if (!is_running()) {
    feeds_ = std::move(feeds);
    return;
  }
  next_feeds_ = std::move(feeds);
  has_next_feeds_ = true;
  has_changes_ = true;
  // What left is freed here and now: the packets in a ring that nobody empties any more would be
  // missing to the others. While the source is away there are no packets, and nothing to wait for.
  constexpr auto kLongest = std::chrono::milliseconds(300);
  changed_.wait_for(lock, kLongest, [this] { return !has_next_feeds_; });
  if (!has_next_feeds_) next_feeds_.clear();
}

Result<void> Acquire::set(const InstrumentConfig& config, const Params& params) {
  Result<void> done;
  if (!is_running()) {
    if (is_open_) {
      done = driver_->set(params);
      tell_in_force();
    }
  } else {
    done = set_while_running(params);
  }
  if (!done) return done;
  config_ = config;
  params_ = params;
  return {};
}

Result<void> Acquire::set_while_running(const Params& params) {
  std::unique_lock lock(mutex_);
  next_params_ = params;
  set_result_.reset();
  has_changes_ = true;
  constexpr auto kLongest = std::chrono::seconds(2);
  if (!changed_.wait_for(lock, kLongest, [this] { return set_result_.has_value(); })) {
    next_params_.reset();
    return fail(Code::kTimeout, "instrument " + name_ + " did not take the settings within 2 s");
  }
  return *set_result_;
}

void Acquire::take_changes() noexcept {
  if (!has_changes_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);  // never waits: there is a next packet
  if (!lock.owns_lock()) return;
  has_changes_ = false;
  if (has_next_feeds_) {
    std::swap(feeds_, next_feeds_);  // the control thread frees what is left
    has_next_feeds_ = false;
    changed_.notify_all();
  }
  if (next_params_) {
    set_result_ = driver_->set(*next_params_);
    told_ = driver_->in_force();
    next_params_.reset();
    changed_.notify_all();
  }
}

// Tells the control thread what the packets have begun to say of their stream.
void Acquire::offer_info() noexcept {
  if (!has_to_offer_) return;
  {
    const std::unique_lock lock(mutex_, std::try_to_lock);  // never waits: there is a next packet
    if (!lock.owns_lock()) return;
    offered_ = live_;
  }
  has_to_offer_ = false;
  events_.add(name_, "config", "describes its streams anew");
}

bool Acquire::take_info() {
  const std::scoped_lock lock(mutex_);
  if (!offered_) return false;
  info_ = std::move(*offered_);
  offered_.reset();
  return true;
}

Result<void> Acquire::start() {
  if (is_running()) return {};
  if (!config_.is_enabled) {
    return fail(Code::kUnsupported, "instrument " + name_ + " is disabled in the configuration",
                name_);
  }
  has_ended_ = false;
  live_ = info_;
  has_to_offer_ = false;
  begin_epochs(1);
  // Here, not on its thread: who is told that it was started sees it so.
  if (is_open_) set_state(InstrumentState::kAcquiring);
  beat_->advance();
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), ("acq:" + name_).substr(0, 15).c_str());
    if (asks_realtime_) {
      std::string note = ask_realtime("acquire " + name_);
      const std::scoped_lock lock(mutex_);
      note_ = std::move(note);
    }
    run(stop);
  });
  return {};
}

void Acquire::stop() {
  if (!is_running()) return;
  thread_.request_stop();
  room_bell_->ring();
  thread_.join();
  thread_ = {};
  beat_->rest();
  if (is_open_) tell_in_force();  // what is switched off
  const std::scoped_lock lock(mutex_);
  if (has_next_feeds_) feeds_ = std::move(next_feeds_);
  has_next_feeds_ = false;
  has_changes_ = false;
}

// Runs on the instrument's own thread until stop or until the source comes back as something else.
void Acquire::run(const std::stop_token& stop) {
  tell_over(false);
  if (!is_open_) {
    recover({Code::kDisconnected, "not connected"}, stop);
  } else if (const auto started = driver_->start(); !started) {
    recover(started.error(), stop);
  } else if (live_.reads_settings_back) {
    tell_in_force();  // what waited for the start
  }
  while (!stop.stop_requested() && !has_changed_ && is_open_) {
    take_changes();
    read_one(stop);
    offer_info();
    beat_->advance();
  }
  if (is_open_) {
    driver_->stop();
    count_tail_losses();
  }
  if (is_open_ && !has_ended_) set_state(InstrumentState::kReady);
  tell_over(true);
  beat_->rest();
}

void Acquire::read_one(const std::stop_token& stop) {
  if (has_ended_) {
    clock_.sleep_until(clock_.now_ns() + kReadDeadline_ns, stop);
    return;
  }
  Packet* packet = next_packet(stop);
  if (packet == nullptr) return;  // stopped, or no room yet
  const bool is_scratch = packet == scratch_;
  const auto outcome = driver_->read(*packet, clock_.now_ns() + kReadDeadline_ns, stop);
  if (outcome && *outcome != ReadOutcome::kNothing) take_replayed();
  if (outcome && *outcome == ReadOutcome::kPacket) {
    number(*packet);
    hand_over(packet, is_scratch);
    if (state_.load(std::memory_order_relaxed) == InstrumentState::kDegraded)
      set_state(InstrumentState::kAcquiring);
    return;
  }
  if (!is_scratch) pool_->put_back(packet);
  if (outcome && *outcome == ReadOutcome::kEnd) {
    has_ended_ = true;
    tell_over(true);
    set_state(InstrumentState::kReady, "the source has ended");
  }
  if (!outcome) recover(outcome.error(), stop);
}

// A recording that is played tells its events, and where its epochs changed.
void Acquire::take_replayed() {
  Replayed told = driver_->take_replayed();
  for (ReplayedEvent& event : told.events) {
    events_.add({event.utc_ns, std::move(event.source), std::move(event.what),
                 std::move(event.sentence), name_});
  }
  if (told.epochs_begun > 0) begin_epochs(told.epochs_begun);
}

// A free packet; the scratch packet when there is none and the source cannot wait.
Packet* Acquire::next_packet(const std::stop_token& stop) {
  if (config_.waits && live_.can_wait && !has_room()) {
    room_bell_->arm();
    if (!has_room() && !stop.stop_requested())
      room_bell_->wait_until(clock_.now_ns() + kRoomDeadline_ns);
    room_bell_->disarm();
    if (!has_room()) return nullptr;
  }
  Packet* packet = pool_->take();
  if (packet != nullptr) return packet;
  scratch_->clear();
  return scratch_;
}

// The packets that one consumer may keep: an equal part of those that frames cannot keep. With more,
// one that stands still would cost the others theirs. A consumer alone may keep all.
std::size_t Acquire::share_of_pool() const noexcept {
  std::size_t consumers = 0;
  for (const auto& stream_feeds : feeds_) consumers += stream_feeds.size();
  if (consumers <= 1) return pool_->size();
  return std::max<std::size_t>(1, (pool_->size() - pool_->lendable()) / consumers);
}

bool Acquire::has_room() const noexcept {
  if (!pool_->has_free()) return false;
  const std::size_t share = share_of_pool();
  for (const auto& stream_feeds : feeds_) {
    for (const auto& feed : stream_feeds) {
      if (feed->ring.size() >= share) return false;
    }
  }
  return true;
}

// Gives the samples their numbers: made samples, lost ones included, never going back.
void Acquire::number(Packet& packet) noexcept {
  ACQ_CHECK(packet.stream < live_.streams.size() && packet.info != nullptr);
  ACQ_CHECK(packet.count > 0 && packet.size_bytes() <= packet.capacity_bytes);
  Stream& stream = streams_[packet.stream];
  if (packet.stamp.host_rx_ns == 0) packet.stamp.host_rx_ns = clock_.now_ns();
  if (stream.is_first_of_epoch && stream.last_rx_ns != 0 &&
      live_.loss_report != LossReport::kExact && reconnects_.get() > 0 &&
      packet.gap_before.samples == 0) {
    // The device cannot say how many samples the interruption cost: tell from the clock.
    const double silent_s = static_cast<double>(packet.stamp.host_rx_ns - stream.last_rx_ns) * 1e-9;
    const double missing = silent_s * packet.info->rate_hz.value() - packet.count;
    packet.gap_before.add(
        {static_cast<std::uint64_t>(std::max(0.0, std::round(missing))), kGapReconnect, false});
  }
  if (auto& told = live_.streams[packet.stream]; told != packet.info) {
    has_to_offer_ = has_to_offer_ || *told != *packet.info;
    told = packet.info;
  }
  stream.is_first_of_epoch = false;
  stream.last_rx_ns = packet.stamp.host_rx_ns;
  packet.first_index = stream.next_index + packet.gap_before.samples;
  packet.epoch = epoch_.load(std::memory_order_relaxed);
  stream.next_index = packet.first_index + packet.count;
  StreamCounters& counters = *counters_[packet.stream];
  counters.made.add(packet.gap_before.samples + packet.count);
  counters.packets.add(1);
}

// To the stream's feeds; a scratch packet is told to them as lost.
void Acquire::hand_over(Packet* packet, bool is_scratch) noexcept {
  const std::uint32_t stream = packet->stream;
  const bool has_feeds = stream < feeds_.size() && !feeds_[stream].empty();
  if (is_scratch) {
    if (has_feeds) HandOver::lose(*packet, feeds_[stream]);
  } else if (has_feeds) {
    HandOver::share(*pool_, packet, feeds_[stream], share_of_pool());
  } else {
    pool_->put_back(packet);
  }
}

// Reopens a source that went away, with growing pauses, until it is back or stop is requested.
void Acquire::recover(const Error& error, const std::stop_token& stop) {
  if (error.code != Code::kDisconnected) {
    set_state(InstrumentState::kDegraded, to_string(error));
    clock_.sleep_until(clock_.now_ns() + kFirstRetry_ns, stop);
    return;
  }
  set_state(InstrumentState::kReconnecting, error.sentence);
  if (is_open_) {
    driver_->stop();
    count_tail_losses();
  }
  driver_->close();
  is_open_ = false;
  tell_over(true);
  std::int64_t pause_ns = kFirstRetry_ns;
  while (!stop.stop_requested()) {
    beat_->advance();
    auto info = driver_->open(params_);
    if (info) {
      is_open_ = true;
      if (live_.streams.empty() || !same_streams(live_, *info)) {
        driver_->close();
        is_open_ = false;
        has_changed_ = true;
        events_.add(name_, "state", "came back with other streams");
        return;
      }
      if (const auto started = driver_->start(); started) {
        tell_in_force();
        live_ = std::move(*info);
        has_to_offer_ = true;
        reconnects_.add(1);
        begin_epochs(1);
        tell_over(false);
        set_state(InstrumentState::kAcquiring);
        events_.add(name_, "epoch", "epoch " + std::to_string(epoch_.load()) + " began");
        return;
      }
      driver_->close();
      is_open_ = false;
    } else if (info.error().code != Code::kDisconnected) {
      set_state(InstrumentState::kFaulted, to_string(info.error()));
    }
    clock_.sleep_until(clock_.now_ns() + pause_ns, stop);
    pause_ns = std::min(2 * pause_ns, kLongestRetry_ns);
  }
}

// Losses behind the last packet have no packet to ride on.
void Acquire::count_tail_losses() noexcept {
  for (std::uint32_t s = 0; s < live_.streams.size(); ++s) {
    const Gap tail = driver_->tail_loss(s);
    if (tail.samples == 0) continue;
    counters_[s]->made.add(tail.samples);
    if (s < feeds_.size()) {
      for (const auto& feed : feeds_[s]) {
        feed->made.add(tail.samples);
        feed->lose(tail, streams_[s].next_index);
        feed->pending.add(tail);
      }
    }
    streams_[s].next_index += tail.samples;
  }
}

}  // namespace acq
