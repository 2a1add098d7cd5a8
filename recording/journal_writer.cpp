#include "recording/journal_writer.h"

#include <fmt/format.h>
#include <sys/timex.h>

#include <algorithm>
#include <cstring>

#include "recording/sample_planes.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

// Puts the head, and gives the place of what is behind it.
std::span<std::byte> put_head(std::span<std::byte> place, std::string_view head) {
  std::memcpy(place.data(), head.data(), head.size());
  return place.subspan(head.size());
}

// Takes from `loss` what was told in a part of the file that is gone.
void take_back(journal::Loss& loss, const journal::Loss& told) {
  for (std::size_t bit = 0; bit < loss.samples.size(); ++bit)
    loss.samples[bit] -= told.samples[bit];
}

}  // namespace

journal::Anchor read_clocks(const Clock& clock) noexcept {
  constexpr std::int64_t kSecond = 1'000'000'000;
  journal::Anchor anchor;
  const std::int64_t before_ns = clock.now_ns();
  anchor.utc_ns = clock.utc_ns();
  const std::int64_t after_ns = clock.now_ns();
  anchor.monotonic_ns = before_ns + (after_ns - before_ns) / 2;
  anchor.within_ns = static_cast<std::uint64_t>(after_ns - before_ns);
  timex kernel{};
  if (::adjtimex(&kernel) >= 0 && kernel.tai > 0)
    anchor.tai_ns = anchor.utc_ns + kernel.tai * kSecond;
  return anchor;
}

JournalWriter::JournalWriter(Disk& disk, const Clock& clock, JournalOptions options, Syncer* syncer)
    : disk_(disk),
      clock_(clock),
      syncer_(syncer != nullptr ? *syncer : own_syncer_),
      options_(std::move(options)),
      is_compressed_(options_.compression != mcap::Compression::kNone) {
  const journal::Anchor now = read_clocks(clock_);
  utc_offset_ns_ = now.utc_ns - now.monotonic_ns;
}

JournalWriter::~JournalWriter() {
  if (is_syncing_) (void)syncer_.take();
}

std::string JournalWriter::path(unsigned segment, bool is_part) const {
  return fmt::format("{}/{}-{:04}.mcap{}", options_.folder, options_.name, segment,
                     is_part ? ".part" : "");
}

Result<void> JournalWriter::open() {
  if (auto done = disk_.make_folder(options_.folder); !done) return done;
  return begin_segment();
}

Result<void> JournalWriter::begin_segment() {
  ++segment_;
  auto file = disk_.create(path(segment_, true));
  if (!file) {
    if (file.error().code != Code::kBusy) --segment_;  // an unfinished one keeps its number
    return tl::unexpected<Error>(file.error());
  }
  auto writer = std::make_unique<mcap::Writer>(
      std::move(*file), mcap::WriterOptions{.compression = options_.compression,
                                            .chunk_bytes = options_.chunk_bytes,
                                            .reserve_bytes = options_.reserve_bytes});
  writer->add_metadata({"acqd",
                        {{"format", std::string(journal::kFormatVersion)},
                         {"software", options_.software},
                         {"run_id", fmt::format("{:016x}", options_.run_id)},
                         {"recording", options_.name},
                         {"segment", std::to_string(segment_)},
                         {"utc_minus_monotonic_ns", std::to_string(utc_offset_ns_)}}});
  auto done = writer->begin(journal::kProfile, options_.software);
  if (done) done = writer->end_chunk();
  if (!done) {
    writer.reset();
    (void)disk_.remove(path(segment_, true));
    --segment_;
    return done;
  }
  writer_ = std::move(writer);
  segment_start_ns_ = chunk_start_ns_ = last_second_ns_ = clock_.now_ns();
  schemas_.clear();
  topics_.clear();
  events_ = anchors_ = accounts_ = {};
  for (Stream& stream : streams_) {
    stream.channel.reset();
    stream.sequence = 0;
  }
  queue_config();
  add_clocks();
  return {};
}

void JournalWriter::set_config(std::uint64_t revision, std::string toml) {
  config_revision_ = revision;
  config_ = std::move(toml);
  queue_config();
}

void JournalWriter::queue_config() {
  if (writer_ == nullptr || config_.empty()) return;
  const auto now = static_cast<std::uint64_t>(clock_.now_ns() + utc_offset_ns_);
  writer_->attach({.log_time = now,
                   .create_time = now,
                   .name = fmt::format("config-{}.toml", config_revision_),
                   .media_type = "application/toml",
                   .data = config_});
}

std::size_t JournalWriter::add_stream(std::string instrument, std::string name) {
  Stream& stream = streams_.emplace_back();
  stream.account.stream = instrument + "/" + name;
  stream.instrument = std::move(instrument);
  stream.name = std::move(name);
  return streams_.size() - 1;
}

std::uint16_t JournalWriter::schema(std::string_view message) {
  if (const auto found = schemas_.find(message); found != schemas_.end()) return found->second;
  const std::uint16_t id = writer_->add_schema(message, "protobuf", journal::schema_of(message));
  schemas_.emplace(message, id);
  return id;
}

std::span<std::byte> JournalWriter::add(std::uint16_t channel, std::uint32_t& sequence,
                                        std::int64_t host_ns, std::size_t bytes) {
  if (writer_->chunk_size() == 0) chunk_start_ns_ = clock_.now_ns();
  const auto time = static_cast<std::uint64_t>(host_ns + utc_offset_ns_);
  return writer_->add_message(channel, sequence++, time, time, bytes);
}

void JournalWriter::add_packet(std::size_t number, const std::shared_ptr<const StreamInfo>& info,
                               const journal::PacketHead& head,
                               std::span<const std::byte> samples) {
  Stream& stream = streams_[number];
  stream.has_begun = true;
  stream.next_index = head.first_index + head.count;
  stream.epoch = head.epoch;
  stream.pending.merge(head.lost_before);
  if (writer_ == nullptr) {
    stream.pending.add({head.count, kGapRecorder, true});
    stream.info = info;
    return;
  }
  if (!stream.channel || stream.info != info) {
    const bool is_same = stream.channel && stream.info && *stream.info == *info;
    stream.info = info;
    if (!is_same) {
      stream.channel = writer_->add_channel(
          schema(journal::kPacketSchema), "s/" + stream.account.stream, "protobuf",
          {{std::string(journal::kDescriptionKey),
            journal::describe(stream.instrument, *info, options_.software)}});
      stream.sequence = 0;
    }
  }
  journal::PacketHead told = head;
  told.lost_before = stream.pending;
  stream.pending = {};
  const auto arrangement = samples.empty() ? journal::Arrangement::kAsMade
                                           : journal::arrangement_for(*info, is_compressed_);
  journal::encode(told, arrangement, samples.size(), message_);
  const auto place = add(*stream.channel, stream.sequence, head.stamp.host_rx_ns,
                         message_.size() + samples.size());
  journal::put_samples(arrangement, *info, samples, put_head(place, message_));
  stream.account.recorded += head.count;
  stream.account.lost.merge(told.lost_before);
  stream.in_chunk.samples += head.count;
  stream.in_chunk.told.merge(told.lost_before);
}

void JournalWriter::add_loss(std::size_t number, const Gap& gap) {
  Stream& stream = streams_[number];
  stream.pending.add(gap);
  stream.next_index += gap.samples;
}

void JournalWriter::add_frame(std::string_view topic_name, std::uint64_t descriptor_id,
                              std::string_view descriptor, std::span<const std::byte> header,
                              std::span<const std::byte> payload, std::int64_t host_rx_ns) {
  if (writer_ == nullptr) return;
  auto found = topics_.find(topic_name);
  if (found == topics_.end() || found->second.descriptor_id != descriptor_id) {
    const auto description = journal::describe_topic(descriptor);
    const std::uint16_t channel = writer_->add_channel(
        schema(journal::kFrameSchema), topic_name, "protobuf",
        {{std::string(journal::kDescriptionKey), description ? *description : "{}"}});
    found =
        topics_.insert_or_assign(std::string(topic_name), Topic{descriptor_id, channel, 0}).first;
  }
  journal::encode_frame(header, payload.size(), message_);
  const auto place = put_head(add(found->second.channel, found->second.sequence, host_rx_ns,
                                  message_.size() + payload.size()),
                              message_);
  if (!payload.empty()) std::memcpy(place.data(), payload.data(), payload.size());
}

void JournalWriter::add_text(SideChannel& channel, std::string_view topic,
                             std::string_view message) {
  if (writer_ == nullptr) return;
  if (!channel.id) channel.id = writer_->add_channel(schema(message), topic, "protobuf", {});
  put_head(add(*channel.id, channel.sequence, clock_.now_ns(), message_.size()), message_);
}

void JournalWriter::add_event(const journal::Event& event) {
  journal::encode(event, message_);
  add_text(events_, "event", journal::kEventSchema);
}

void JournalWriter::add_clocks() {
  journal::encode(read_clocks(clock_), message_);
  add_text(anchors_, "anchor", journal::kAnchorSchema);
}

void JournalWriter::add_accounts() {
  std::vector<journal::StreamAccount> accounts;
  for (const Stream& stream : streams_) {
    if (stream.has_begun) accounts.push_back(stream.account);
  }
  journal::encode(accounts, message_);
  add_text(accounts_, "account", journal::kAccountSchema);
}

// Losses behind the last packet get a packet of their own.
void JournalWriter::add_tails() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    if (stream.pending.total() == 0 || stream.info == nullptr) continue;
    journal::PacketHead tail;
    tail.epoch = stream.epoch;
    tail.first_index = stream.next_index;
    tail.stamp.host_rx_ns = clock_.now_ns();
    add_packet(i, stream.info, tail, {});
  }
}

bool JournalWriter::wants_flush() const noexcept {
  const std::int64_t now_ns = clock_.now_ns();
  return now_ns - last_second_ns_ >= kSecond_ns || (is_syncing_ && syncer_.is_done()) ||
         (writer_ != nullptr && is_chunk_due(now_ns));
}

bool JournalWriter::is_chunk_due(std::int64_t now_ns) const noexcept {
  return writer_->is_chunk_full() ||
         (writer_->chunk_size() > 0 && now_ns - chunk_start_ns_ >= options_.chunk_ns);
}

Result<void> JournalWriter::flush() {
  const std::int64_t now_ns = clock_.now_ns();
  const bool is_second = now_ns - last_second_ns_ >= kSecond_ns;
  if (is_syncing_ && syncer_.is_done()) {
    if (auto done = end_sync(); !done) return done;
    if (writer_ == nullptr && !is_second) return {};
  }
  if (writer_ == nullptr) {
    last_second_ns_ = now_ns;
    return begin_segment();
  }
  if (is_second) {
    add_clocks();
    add_accounts();
  }
  if (is_second || is_chunk_due(now_ns)) {
    if (auto done = write_chunk(); !done) return done;
  }
  const bool is_over = writer_->size() >= options_.segment_bytes ||
                       now_ns - segment_start_ns_ >= options_.segment_ns;
  if (is_syncing_ && unsynced_bytes() >= 2 * options_.segment_bytes) {
    if (auto done = end_sync(); !done) return done;
  }
  if (is_over && !is_syncing_) return change_segment();
  if (!is_second) return {};
  if (!is_syncing_) {
    begin_sync(*writer_);
    if (syncer_.is_done()) {
      if (auto done = end_sync(); !done) return done;
    }
  }
  last_second_ns_ = clock_.now_ns();  // a disk that takes its time has a second between two
  return {};
}

Result<void> JournalWriter::write_chunk() {
  if (auto done = writer_->end_chunk(); !done) return end_segment_after(done.error(), false);
  for (Stream& stream : streams_) {
    stream.unsynced.samples += stream.in_chunk.samples;
    stream.unsynced.told.merge(stream.in_chunk.told);
    stream.in_chunk = {};
  }
  return {};
}

void JournalWriter::begin_sync(mcap::Writer& writer) {
  for (Stream& stream : streams_) stream.syncing = std::exchange(stream.unsynced, {});
  is_syncing_ = true;
  syncer_.begin(writer.begin_sync());
}

// Waits for the sync that was begun.
Result<void> JournalWriter::end_sync() {
  is_syncing_ = false;
  auto done = syncer_.take();
  if (!done && ended_ == nullptr) return end_segment_after(done.error(), true);
  if (!done) {
    drop_segments();
    return done;
  }
  for (Stream& stream : streams_) stream.syncing = {};
  if (ended_ == nullptr) {
    writer_->end_sync();
    return {};
  }
  const std::uint64_t bytes = std::exchange(ended_, nullptr)->size();
  return close_segment(ended_number_, bytes);
}

// All that is written.
Result<void> JournalWriter::sync() {
  if (is_syncing_) {
    if (auto done = end_sync(); !done) return done;
  }
  begin_sync(*writer_);
  return end_sync();
}

// Ends the segment and begins the next one, into which is written while the last sync of this one
// goes on.
Result<void> JournalWriter::change_segment() {
  if (auto done = write_chunk(); !done) return done;
  if (auto done = writer_->append_end(); !done) return end_segment_after(done.error(), false);
  ended_ = std::move(writer_);
  ended_number_ = segment_;
  begin_sync(*ended_);
  if (syncer_.is_done()) {
    if (auto done = end_sync(); !done) return done;
  }
  return begin_segment();
}

// What was in a part of the file that is gone is lost, and what it told must be told again.
void JournalWriter::count_lost(bool with_unsynced) {
  for (Stream& stream : streams_) {
    const auto lose = [&](Unsafe& part) {
      stream.account.recorded -= part.samples;
      take_back(stream.account.lost, part.told);
      stream.pending.merge(part.told);
      stream.pending.add({part.samples, kGapRecorder, true});
      part = {};
    };
    lose(stream.in_chunk);
    if (!with_unsynced) continue;
    lose(stream.unsynced);
    lose(stream.syncing);
  }
}

// The disk has failed: keeps what is safe of the segment, and ends it if that is still possible.
Result<void> JournalWriter::end_segment_after(Error error, bool at_sync) {
  if (is_syncing_ && !end_sync() && writer_ == nullptr)  // which has ended it
    return tl::unexpected<Error>(std::move(error));
  const bool is_safe = !at_sync && writer_->sync();
  if (!is_safe) (void)writer_->forget_unsynced();
  count_lost(!is_safe);
  for (Stream& stream : streams_) stream.unsynced = {};
  if (auto ended = end_segment(); !ended) error.sentence += "; the segment stays unfinished";
  last_second_ns_ = clock_.now_ns();
  return tl::unexpected<Error>(std::move(error));
}

// The last sync of the segment before has failed. What came behind it goes, too: the gap must stand in
// front of it.
void JournalWriter::drop_segments() {
  if (writer_ != nullptr) {
    (void)writer_->forget_unsynced();
    writer_.reset();
    (void)disk_.remove(path(segment_, true));
    segment_ = ended_number_;
  }
  count_lost(true);
  (void)ended_->forget_unsynced();
  const auto done = ended_->finish();
  const std::uint64_t bytes = ended_->size();
  ended_.reset();
  if (done) (void)close_segment(ended_number_, bytes);
  last_second_ns_ = clock_.now_ns();
}

// What is in it has been synced: without its end it is whole all the same.
Result<void> JournalWriter::end_segment() {
  auto done = writer_->finish();
  const std::uint64_t bytes = writer_->size();
  writer_.reset();
  if (done) return close_segment(segment_, bytes);
  closed_bytes_ += bytes;
  return done;
}

Result<void> JournalWriter::close_segment(unsigned number, std::uint64_t bytes) {
  closed_bytes_ += bytes;
  if (auto done = disk_.rename(path(number, true), path(number, false)); !done) return done;
  closed_.push_back({path(number, false), bytes});
  return {};
}

Result<void> JournalWriter::close() {
  Result<void> settled;
  if (ended_ != nullptr) settled = end_sync();
  if (writer_ == nullptr && (!owes() || !begin_segment())) return settled;
  auto done = write_end();
  // The disk has failed: once more, for what is lost to be named.
  if (!done && owes() && begin_segment()) (void)write_end();
  return done ? settled : done;
}

Result<void> JournalWriter::write_end() {
  add_tails();
  add_clocks();
  add_accounts();
  if (auto done = write_chunk(); !done) return done;
  if (auto done = sync(); !done) return done;
  return end_segment();
}

// Whether losses wait to be told.
bool JournalWriter::owes() const noexcept {
  return std::any_of(streams_.begin(), streams_.end(), [](const Stream& stream) {
    return stream.pending.total() > 0 && stream.info != nullptr;
  });
}

journal::StreamAccount JournalWriter::account(std::size_t number) const {
  const Stream& stream = streams_[number];
  journal::StreamAccount account = stream.account;
  account.recorded -= stream.in_chunk.samples + stream.unsynced.samples + stream.syncing.samples;
  account.lost.merge(stream.pending);
  return account;
}

std::uint64_t JournalWriter::bytes() const noexcept {
  return closed_bytes_ + (writer_ ? writer_->size() : 0) + (ended_ ? ended_->size() : 0);
}

std::uint64_t JournalWriter::unsynced_bytes() const noexcept {
  const auto of = [](const mcap::Writer* writer) {
    return writer == nullptr ? 0 : writer->size() - writer->synced_size();
  };
  return of(writer_.get()) + of(ended_.get());
}

std::vector<ClosedSegment> JournalWriter::take_closed() {
  return std::exchange(closed_, {});
}

}  // namespace acq
