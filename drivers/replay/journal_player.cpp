#include "drivers/replay/journal_player.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>

#include "dsp/base/units.h"
#include "recording/journal_cursor.h"

namespace acq::replay {
namespace {

// The gap in front of a recorded packet, with what the files have lost since.
Gap gap_of(const JournalItem& item) {
  Gap gap = item.packet.lost_before.gap();
  if (item.missing_before > 0) gap.add({item.missing_before, kGapRecorder, true});
  return gap;
}

class JournalPlayer final : public Driver {
 public:
  explicit JournalPlayer(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    const std::string& path = params.text("file");
    auto journal = Journal::open(path);
    if (!journal) return tl::unexpected<Error>(journal.error());
    journal_ = std::make_unique<Journal>(std::move(*journal));
    auto info = choose(params, path);
    if (info) {
      if (auto done = apply(params); !done) info = tl::unexpected<Error>(done.error());
    }
    if (!info) journal_.reset();
    return info;
  }

  Result<void> start() override {
    if (!journal_) return fail(Code::kInvalid, "replay is not open");
    if (is_running_) return {};
    is_running_ = true;
    return rewind();
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "replay is not started");
    if (item_ == nullptr) {
      if (auto done = advance(); !done) return tl::unexpected<Error>(done.error());
      if (item_ == nullptr) {
        tell_events();
        return ReadOutcome::kEnd;
      }
    }
    if (is_paced_ && done_samples_ == 0 && !wait_for_item(deadline_ns, stop))
      return ReadOutcome::kNothing;
    return deliver(packet);
  }

  void stop() override {
    is_running_ = false;
    cursor_.reset();
    item_ = nullptr;
  }

  void close() override {
    stop();
    journal_.reset();
  }

  Result<void> set(const Params& params) override {
    if (!journal_) return fail(Code::kInvalid, "replay is not open");
    return apply(params);
  }

  [[nodiscard]] Replayed take_replayed() override { return std::exchange(told_, {}); }

  [[nodiscard]] Gap tail_loss(std::uint32_t stream) const override {
    return stream < tails_.size() ? tails_[stream] : Gap{};
  }

 private:
  // The instrument asked for and the part of the time.
  Result<InstrumentInfo> choose(const Params& params, const std::string& path) {
    std::set<std::string> instruments;
    for (const JournalStream& stream : journal_->streams()) instruments.insert(stream.instrument);
    std::string names;
    for (const std::string& name : instruments) names += (names.empty() ? "" : ", ") + name;
    if (instruments.empty())
      return fail(Code::kInvalid, path + " has no packets of an instrument", path);
    std::string wanted = params.has("instrument") ? params.text("instrument") : "";
    if (wanted.empty() && instruments.size() == 1) wanted = *instruments.begin();
    if (!instruments.contains(wanted)) {
      return fail(Code::kInvalid,
                  wanted.empty() ? path + " has several instruments"
                                 : path + " has no instrument " + quote(wanted),
                  "instrument", names);
    }
    filter_ = {};
    filter_.has_events = true;
    others_ = std::move(instruments);
    others_.erase(wanted);
    epoch_ = 1;
    has_played_ = false;
    InstrumentInfo info{.vendor = "acqd",
                        .model = "replay",
                        .serial = journal_->name(),
                        .firmware = journal_->software(),
                        .transport = "file",
                        .streams = {},
                        .loss_report = LossReport::kExact,
                        .can_wait = true};
    numbers_.assign(journal_->streams().size(), 0);
    for (std::size_t i = 0; i < journal_->streams().size(); ++i) {
      const JournalStream& stream = journal_->streams()[i];
      if (stream.instrument != wanted) continue;
      numbers_[i] = static_cast<std::uint32_t>(info.streams.size());
      filter_.streams.push_back(i);
      info.streams.push_back(replayed(stream.infos.front()));
    }
    if (auto done = choose_time(params, "from", filter_.from_ns); !done)
      return tl::unexpected<Error>(done.error());
    if (auto done = choose_time(params, "to", filter_.to_ns); !done)
      return tl::unexpected<Error>(done.error());
    return info;
  }

  // "12 s" from the start of the recording, or a mark.
  Result<void> choose_time(const Params& params, const char* name, std::int64_t& out) const {
    if (!params.has(name) || params.text(name).empty()) return {};
    const std::string& text = params.text(name);
    if (const auto seconds = parse_quantity(text, "s")) {
      constexpr double kLongest_s = 1e9;
      if (!(std::abs(*seconds) < kLongest_s))
        return fail(Code::kInvalid, quote(text) + " is out of range", name);
      out = journal_->start_ns() + std::llround(*seconds * 1e9);
      return {};
    }
    JournalFilter marks;
    marks.has_events = true;
    JournalCursor cursor(*journal_, marks);
    while (true) {
      const auto item = cursor.next();
      if (!item) return tl::unexpected<Error>(item.error());
      if (*item == nullptr) break;
      if ((*item)->event.what != "mark" || (*item)->event.sentence != text) continue;
      out = (*item)->time_ns;
      return {};
    }
    return fail(Code::kNotFound, quote(text) + " is neither a time nor a mark of the recording",
                name, "seconds from the start, or the text of a mark");
  }

  Result<void> apply(const Params& params) {
    is_paced_ = params.text("pace") == "real";
    loops_ = params.flag("loop");
    speed_ = params.number("speed");
    pace_from_item();
    return {};
  }

  Result<void> rewind() {
    cursor_ = std::make_unique<JournalCursor>(*journal_, filter_);
    item_ = nullptr;
    done_samples_ = 0;
    tails_.assign(filter_.streams.size(), {});
    events_.clear();
    told_ = {};
    if (auto done = advance(); !done) return done;
    // A life of its own already, when it is played again.
    if (std::exchange(has_played_, true) && item_ != nullptr) epoch_ = item_->packet.epoch;
    pace_from_item();
    return {};
  }

  // The next packet with samples; a packet without tells a loss behind the last one.
  Result<void> advance() {
    item_ = nullptr;
    done_samples_ = 0;
    bool has_wrapped = false;
    while (true) {
      const auto next = cursor_->next();
      if (!next) return tl::unexpected<Error>(next.error());
      if (*next == nullptr) {
        if (!loops_ || has_wrapped) return {};
        has_wrapped = true;
        cursor_ = std::make_unique<JournalCursor>(*journal_, filter_);
        is_rewound_ = true;
        continue;
      }
      if ((*next)->kind == JournalKind::kEvents) {
        keep((*next)->event);
        continue;
      }
      Gap& tail = tails_[numbers_[(*next)->number]];
      tail.add(gap_of(**next));
      if ((*next)->packet.count == 0) continue;
      item_ = *next;
      gap_ = tail;
      tail = {};
      if (std::exchange(is_rewound_, false)) {
        pace_from_item();
        epoch_ = item_->packet.epoch;
        ++told_.epochs_begun;
      }
      return {};
    }
  }

  // What happened to another instrument is told by whoever plays that one.
  void keep(const journal::Event& event) {
    if (!others_.contains(event.source))
      events_.push_back({event.utc_ns, event.source, event.what, event.sentence});
  }

  void tell_events() {
    told_.events.insert(told_.events.end(), std::make_move_iterator(events_.begin()),
                        std::make_move_iterator(events_.end()));
    events_.clear();
  }

  void tell_epochs() noexcept {
    if (item_->packet.epoch <= epoch_) return;
    told_.epochs_begun += item_->packet.epoch - epoch_;
    epoch_ = item_->packet.epoch;
  }

  void pace_from_item() {
    pace_start_ns_ = clock_.now_ns();
    recorded_start_ns_ = item_ == nullptr ? 0 : item_->time_ns;
  }

  [[nodiscard]] std::int64_t due_ns() const noexcept {
    const auto after_ns = static_cast<double>(item_->time_ns - recorded_start_ns_) / speed_;
    return pace_start_ns_ + std::llround(after_ns);
  }

  bool wait_for_item(std::int64_t deadline_ns, const std::stop_token& stop) const noexcept {
    const std::int64_t due = due_ns();
    while (clock_.now_ns() < due) {
      if (clock_.now_ns() >= deadline_ns || stop.stop_requested()) return false;
      clock_.sleep_until(std::min(deadline_ns, due), stop);
    }
    return true;
  }

  Result<ReadOutcome> deliver(Packet& packet) {
    const std::uint32_t all = item_->packet.count;
    const std::uint32_t room = packet.room(*item_->info);
    if (room == 0) return fail(Code::kOverflow, "a packet of replay has no room for one scan");
    if (done_samples_ == 0) {
      tell_events();
      tell_epochs();
    }
    const std::uint32_t count = std::min(room, all - done_samples_);
    copy_samples(packet, count);
    packet.stream = numbers_[item_->number];
    packet.count = count;
    packet.info = replayed(item_->info);
    packet.flags = item_->packet.flags | kFlagReplayed;
    packet.gap_before = done_samples_ == 0 ? gap_ : Gap{};
    packet.overrange_low = item_->packet.overrange_low;
    packet.overrange_high = item_->packet.overrange_high;
    packet.stamp = shifted(item_->packet.stamp, done_samples_, item_->info->rate_hz);
    packet.stamp.host_rx_ns = clock_.now_ns();
    done_samples_ += count;
    if (done_samples_ < all) return ReadOutcome::kPacket;
    // An error of the file comes with the next read: this packet is good.
    item_ = nullptr;
    done_samples_ = 0;
    return ReadOutcome::kPacket;
  }

  void copy_samples(Packet& packet, std::uint32_t count) const noexcept {
    const StreamInfo& info = *item_->info;
    if (info.layout != Layout::kPlanar) {
      std::memcpy(packet.samples, item_->samples.data() + done_samples_ * info.scan_bytes(),
                  count * info.scan_bytes());
      return;
    }
    const std::size_t bytes = size_of(info.dtype);
    for (std::size_t c = 0; c < info.channels.size(); ++c) {
      std::memcpy(packet.samples + c * count * bytes,
                  item_->samples.data() + (c * item_->packet.count + done_samples_) * bytes,
                  count * bytes);
    }
  }

  // The same description, marked as replayed; the same object for the same description.
  std::shared_ptr<const StreamInfo> replayed(const std::shared_ptr<const StreamInfo>& info) {
    for (const auto& [recorded, marked] : infos_) {
      if (recorded == info) return marked;
    }
    auto marked = std::make_shared<StreamInfo>(*info);
    marked->flags |= kFlagReplayed;
    for (const auto& [recorded, known] : infos_) {
      if (*known == *marked) {
        infos_.emplace_back(info, known);
        return known;
      }
    }
    infos_.emplace_back(info, std::move(marked));
    return infos_.back().second;
  }

  const Clock& clock_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JournalCursor> cursor_;
  JournalFilter filter_;
  std::vector<std::uint32_t> numbers_;  // of the driver's stream, by the journal's
  std::vector<std::pair<std::shared_ptr<const StreamInfo>, std::shared_ptr<const StreamInfo>>>
      infos_;
  std::vector<Gap> tails_;
  std::set<std::string> others_;       // instruments of the recording that are not played here
  std::vector<ReplayedEvent> events_;  // in front of the item
  Replayed told_;                      // to whoever asks
  std::uint32_t epoch_ = 1;            // of the packet before, as recorded
  const JournalItem* item_ = nullptr;  // to be delivered
  Gap gap_;                            // in front of it
  std::uint32_t done_samples_ = 0;     // of it
  std::int64_t pace_start_ns_ = 0;
  std::int64_t recorded_start_ns_ = 0;
  double speed_ = 1;
  bool is_paced_ = true;
  bool loops_ = false;
  bool is_rewound_ = false;
  bool is_running_ = false;
  bool has_played_ = false;  // since it was opened
};

}  // namespace

bool is_journal(const std::string& path) {
  std::error_code ignored;
  return path.ends_with(".mcap") || path.ends_with(".mcap.part") ||
         std::filesystem::is_directory(path, ignored);
}

std::unique_ptr<Driver> make_journal_player(const Clock& clock) {
  return std::make_unique<JournalPlayer>(clock);
}

}  // namespace acq::replay
