#include "recording/journal_cursor.h"

#include <algorithm>
#include <numeric>

#include "recording/sample_planes.h"

namespace acq {
namespace {

bool has(const std::vector<std::size_t>& list, std::size_t number) {
  return std::find(list.begin(), list.end(), number) != list.end();
}

constexpr std::size_t kMostDamages = 10000;

}  // namespace

JournalFilter JournalFilter::everything(const Journal& journal) {
  JournalFilter filter;
  filter.streams.resize(journal.streams().size());
  std::iota(filter.streams.begin(), filter.streams.end(), std::size_t{0});
  filter.topics.resize(journal.topics().size());
  std::iota(filter.topics.begin(), filter.topics.end(), std::size_t{0});
  filter.has_events = filter.has_anchors = filter.has_accounts = true;
  return filter;
}

JournalFilter JournalFilter::stream(std::size_t number) {
  JournalFilter filter;
  filter.streams = {number};
  return filter;
}

JournalFilter JournalFilter::topic(std::size_t number) {
  JournalFilter filter;
  filter.topics = {number};
  return filter;
}

JournalCursor::JournalCursor(const Journal& journal, JournalFilter filter)
    : journal_(journal), filter_(std::move(filter)) {}

std::uint64_t JournalCursor::bytes_total() const {
  std::uint64_t sum = 0;
  for (const JournalSegment& segment : journal_.segments())
    for (const mcap::ChunkIndex& chunk : segment.file->index().chunks) sum += chunk.length;
  return sum;
}

bool JournalCursor::is_wanted(const JournalChannel& channel) const {
  switch (channel.kind) {
    case JournalKind::kPackets: return has(filter_.streams, channel.number);
    case JournalKind::kFrames: return has(filter_.topics, channel.number);
    case JournalKind::kEvents: return filter_.has_events;
    case JournalKind::kAnchors: return filter_.has_anchors;
    case JournalKind::kAccounts: return filter_.has_accounts;
    case JournalKind::kForeign: return false;
  }
  return false;
}

bool JournalCursor::is_wanted(const JournalSegment& segment, const mcap::ChunkIndex& chunk) const {
  // Chunks of one second hold what came in that second; the head of a damaged one is not believed.
  const auto start = static_cast<std::int64_t>(chunk.start_time);
  const auto end = static_cast<std::int64_t>(chunk.end_time);
  if (start <= end && (end < filter_.from_ns || start >= filter_.to_ns)) return false;
  // Of a file that is not ended, the last chunk's indexes may not all be there.
  if (!segment.file->index().has_summary || chunk.message_index_offsets.empty()) return true;
  return std::any_of(chunk.message_index_offsets.begin(), chunk.message_index_offsets.end(),
                     [&](const auto& entry) {
                       return entry.first < segment.channels.size() &&
                              is_wanted(segment.channels[entry.first]);
                     });
}

void JournalCursor::report(const std::string& path, std::uint64_t offset, std::string sentence) {
  if (damages_.size() < kMostDamages) damages_.push_back({path, offset, std::move(sentence)});
}

// Reads the next chunk that is wanted. False at the end.
Result<bool> JournalCursor::next_chunk() {
  while (segment_ < journal_.segments().size()) {
    const JournalSegment& segment = journal_.segments()[segment_];
    const auto& chunks = segment.file->index().chunks;
    if (chunk_ >= chunks.size()) {
      if (segment_ + 1 >= journal_.segments().size()) return false;  // it may grow
      ++segment_;
      chunk_ = 0;
      continue;
    }
    const mcap::ChunkIndex& chunk = chunks[chunk_++];
    bytes_done_ += chunk.length;
    if (!is_wanted(segment, chunk)) continue;
    chunk_offset_ = chunk.offset;
    if (auto done = mcap::read_chunk(segment.file->file(), chunk, packed_, records_); !done) {
      report(segment.path, chunk.offset, done.error().sentence);
      continue;
    }
    left_ = records_;
    return true;
  }
  return false;
}

Result<const JournalItem*> JournalCursor::next() {
  while (true) {
    while (left_.empty()) {
      const auto more = next_chunk();
      if (!more) return tl::unexpected<Error>(more.error());
      if (!*more) return nullptr;
    }
    const JournalSegment& segment = journal_.segments()[segment_];
    mcap::FieldReader in(left_);
    const auto opcode = static_cast<mcap::Opcode>(in.number<std::uint8_t>());
    const auto content = in.take(in.number<std::uint64_t>());
    left_ = in.left();
    if (!in.is_good()) {
      report(segment.path, chunk_offset_, "a chunk ends within a record");
      left_ = {};
      continue;
    }
    if (opcode != mcap::Opcode::kMessage) continue;
    const auto message = mcap::parse_message(content);
    if (!message || message->channel_id >= segment.channels.size()) {
      report(segment.path, chunk_offset_,
             "a message is of a channel that the file does not describe");
      continue;
    }
    if (take(*message, segment)) return &item_;
  }
}

// The message as an item. False: it is not wanted, or makes no sense.
bool JournalCursor::take(const mcap::MessageRecord& message, const JournalSegment& segment) {
  const JournalChannel& channel = segment.channels[message.channel_id];
  const auto time = static_cast<std::int64_t>(message.log_time);
  if (!is_wanted(channel) || time < filter_.from_ns || time >= filter_.to_ns) return false;
  item_.kind = channel.kind;
  item_.number = channel.number;
  item_.time_ns = time;
  item_.sequence = message.sequence;
  item_.segment = segment_;
  item_.channel = message.channel_id;
  item_.raw = message.data;
  std::string problem;
  const auto keep = [&](auto decoded, auto& out) {
    if (decoded) {
      out = std::move(*decoded);
    } else {
      problem = decoded.error().sentence;
    }
  };
  switch (channel.kind) {
    case JournalKind::kPackets: take_packet(message, channel, problem); break;
    case JournalKind::kFrames: {
      const auto frame = journal::decode_frame(message.data);
      if (!frame) {
        problem = frame.error().sentence;
        break;
      }
      item_.payload = frame->payload;
      item_.description = &channel.description;
      if (auto done = decode_header(frame->header, frame->payload.size(), item_.header); !done)
        problem = done.error().sentence;
      break;
    }
    case JournalKind::kEvents: keep(journal::decode_event(message.data), item_.event); break;
    case JournalKind::kAnchors: keep(journal::decode_anchor(message.data), item_.anchor); break;
    case JournalKind::kAccounts: keep(journal::decode_account(message.data), item_.accounts); break;
    case JournalKind::kForeign: return false;
  }
  if (problem.empty()) return true;
  report(segment.path, chunk_offset_, std::move(problem));
  return false;
}

bool JournalCursor::take_packet(const mcap::MessageRecord& message, const JournalChannel& channel,
                                std::string& problem) {
  const auto packet = journal::decode_packet(message.data);
  if (!packet) {
    problem = packet.error().sentence;
    return false;
  }
  if (packet->samples.size() != packet->head.count * channel.info->scan_bytes()) {
    problem = "a packet has another number of samples than it says";
    return false;
  }
  item_.info = channel.info;
  item_.packet = packet->head;
  item_.arrangement = packet->arrangement;
  item_.samples = packet->samples;
  if (packet->arrangement == journal::Arrangement::kDifferencePlanes) {
    samples_.resize(packet->samples.size());
    journal::restore(packet->samples, journal::shape_of(*channel.info), samples_);
    item_.samples = samples_;
  }
  if (places_.size() <= channel.number) places_.resize(channel.number + 1);
  Place& place = places_[channel.number];
  const std::uint64_t expected = place.next_index + packet->head.lost_before.total();
  item_.missing_before = place.is_known && packet->head.first_index > expected
                             ? packet->head.first_index - expected
                             : 0;
  place = {packet->head.first_index + packet->head.count, true};
  return true;
}

}  // namespace acq
