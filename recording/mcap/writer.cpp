#include "recording/mcap/writer.h"

#include <algorithm>
#include <cstring>

#include "recording/mcap/crc32.h"

namespace acq::mcap {
namespace {

template <typename T>
void store(std::byte* at, T value) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i)
    at[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
}

constexpr std::uint64_t kSmallRecord = 256;  // more than any record without texts

}  // namespace

Writer::Writer(std::unique_ptr<OutputFile> file, WriterOptions options)
    : file_(std::move(file)), options_(options), compressor_(options.compression) {}

Writer::Mark Writer::mark() const noexcept {
  return {file_->size(),         crc_,
          written_schemas_,      written_channels_,
          chunk_indexes_.size(), attachments_.size(),
          metadata_.size()};
}

void Writer::go_back_to(const Mark& mark) {
  if (file_->size() != mark.bytes) {
    if (!file_->truncate(mark.bytes)) is_broken_ = true;
    reserved_ = 0;  // truncating gave back what was reserved
  }
  crc_ = mark.crc;
  written_schemas_ = mark.schemas;
  written_channels_ = mark.channels;
  chunk_indexes_.resize(mark.chunks);
  chunk_messages_.resize(mark.chunks);
  attachments_.resize(mark.attachments);
  metadata_.resize(mark.metadata);
}

Result<void> Writer::write(ByteSpan bytes) {
  auto done = file_->append(bytes);
  if (done) crc_ = crc32(bytes, crc_);
  return done;
}

// What finish() will write, at most.
std::uint64_t Writer::closing_bytes() const noexcept {
  std::uint64_t bytes = 8 * kSmallRecord + described_bytes_ + 10 * channels_.size();
  for (const AttachmentIndex& index : attachments_)
    bytes += kSmallRecord + index.name.size() + index.media_type.size();
  for (const MetadataIndex& index : metadata_) bytes += kSmallRecord + index.name.size();
  for (const ChunkIndex& index : chunk_indexes_)
    bytes += kSmallRecord + 10 * index.message_index_offsets.size();
  return bytes;
}

// Room for `bytes` more, and for the end behind them.
Result<void> Writer::make_room(std::uint64_t bytes) {
  if (options_.reserve_bytes == 0) return {};
  const std::uint64_t needed = file_->size() + bytes + closing_bytes() + 2 * kSmallRecord +
                               10 * channels_.size() + queued_.size();
  if (needed <= reserved_) return {};
  const std::uint64_t wanted = needed + options_.reserve_bytes;
  if (file_->reserve(wanted)) {
    reserved_ = wanted;
    return {};
  }
  auto done = file_->reserve(needed);
  if (done) reserved_ = needed;
  return done;
}

Result<void> Writer::begin(std::string_view profile, std::string_view library) {
  const ByteSpan magic = std::as_bytes(std::span(kMagic));
  small_.assign(magic.begin(), magic.end());
  put_header(small_, profile, library);
  // A whole step of room, or none: a disk that is nearly full would get a short file every second.
  reserved_ = options_.reserve_bytes;
  if (auto done = file_->reserve(reserved_); !done) return done;
  auto done = write(small_);
  synced_ = mark();
  return done;
}

std::uint16_t Writer::add_schema(std::string_view name, std::string_view encoding,
                                 std::string_view data) {
  Schema& schema = schemas_.emplace_back();
  schema.id = static_cast<std::uint16_t>(schemas_.size());  // 0 means: none
  schema.name = name;
  schema.encoding = encoding;
  schema.data = data;
  const std::size_t before = queued_.size();
  put(queued_, schema);
  described_bytes_ += queued_.size() - before;
  return schema.id;
}

std::uint16_t Writer::add_channel(std::uint16_t schema, std::string_view topic,
                                  std::string_view message_encoding, Metadata metadata) {
  ACQ_CHECK(channels_.size() < UINT16_MAX);
  ChannelRecord& channel = channels_.emplace_back();
  channel.id = static_cast<std::uint16_t>(channels_.size() - 1);
  channel.schema_id = schema;
  channel.topic = topic;
  channel.message_encoding = message_encoding;
  channel.metadata = std::move(metadata);
  const std::size_t before = queued_.size();
  put(queued_, channel);
  described_bytes_ += queued_.size() - before;
  message_index_.resize(channels_.size());
  return channel.id;
}

void Writer::attach(const Attachment& attachment) {
  AttachmentIndex& index = queued_attachments_.emplace_back();
  index.offset = queued_.size();
  put(queued_, attachment);
  index.length = queued_.size() - index.offset;
  index.log_time = attachment.log_time;
  index.create_time = attachment.create_time;
  index.data_bytes = attachment.data.size();
  index.name = attachment.name;
  index.media_type = attachment.media_type;
}

void Writer::add_metadata(const MetadataRecord& metadata) {
  MetadataIndex& index = queued_metadata_.emplace_back();
  index.offset = queued_.size();
  put(queued_, metadata);
  index.length = queued_.size() - index.offset;
  index.name = metadata.name;
}

std::span<std::byte> Writer::add_message(std::uint16_t channel, std::uint32_t sequence,
                                         std::uint64_t log_time, std::uint64_t publish_time,
                                         std::size_t bytes) {
  sum_up();
  const std::size_t record = kRecordHead + kMessageHead + bytes;
  if (chunk_size_ + record > chunk_capacity_) {
    chunk_capacity_ =
        std::max(chunk_size_ + record, options_.chunk_bytes + options_.chunk_bytes / 8);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(chunk_capacity_);
    if (chunk_size_ > 0) std::memcpy(larger.get(), chunk_.get(), chunk_size_);
    chunk_ = std::move(larger);
  }
  if (chunk_size_ == 0) start_time_ = end_time_ = log_time;
  start_time_ = std::min(start_time_, log_time);
  end_time_ = std::max(end_time_, log_time);
  message_index_[channel].emplace_back(log_time, chunk_size_);
  std::byte* at = chunk_.get() + chunk_size_;
  at[0] = static_cast<std::byte>(Opcode::kMessage);
  store(at + 1, std::uint64_t{kMessageHead + bytes});
  store(at + 9, channel);
  store(at + 11, sequence);
  store(at + 15, log_time);
  store(at + 23, publish_time);
  chunk_size_ += record;
  return {at + kRecordHead + kMessageHead, bytes};
}

// Each message while it is still in the processor's cache; the whole chunk would be read from memory.
void Writer::sum_up() noexcept {
  chunk_crc_ = crc32(ByteSpan(chunk_.get() + summed_, chunk_size_ - summed_), chunk_crc_);
  summed_ = chunk_size_;
}

void Writer::empty_chunk() noexcept {
  chunk_size_ = summed_ = 0;
  chunk_crc_ = 0;
  for (auto& index : message_index_) index.clear();
}

Result<void> Writer::end_chunk() {
  if (chunk_size_ == 0 && queued_.empty()) return {};
  const Mark before = mark();
  auto done = write_chunk();
  if (!done) go_back_to(before);
  empty_chunk();
  if (done) {
    queued_.clear();
    queued_attachments_.clear();
    queued_metadata_.clear();
  }
  return done;
}

Result<void> Writer::write_chunk() {
  const ByteSpan records(chunk_.get(), chunk_size_);
  auto packed = compressor_.compress(records);
  if (!packed) return tl::unexpected<Error>(packed.error());
  std::size_t index_bytes = 0;
  for (const auto& index : message_index_)
    index_bytes += index.empty() ? 0 : kRecordHead + 6 + 16 * index.size();
  if (auto room = make_room(packed->size() + index_bytes + kSmallRecord); !room) return room;

  const std::uint64_t base = file_->size();
  if (auto done = write(queued_); !done) return done;
  written_schemas_ = schemas_.size();
  written_channels_ = channels_.size();
  for (AttachmentIndex index : queued_attachments_) {
    index.offset += base;
    attachments_.push_back(std::move(index));
  }
  for (MetadataIndex index : queued_metadata_) {
    index.offset += base;
    metadata_.push_back(std::move(index));
  }
  if (chunk_size_ == 0) return {};

  ChunkIndex index{.start_time = start_time_,
                   .end_time = end_time_,
                   .offset = file_->size(),
                   .compression = std::string(to_string(options_.compression)),
                   .compressed_bytes = packed->size(),
                   .uncompressed_bytes = records.size()};
  sum_up();
  small_.clear();
  FieldWriter head(small_);
  head.number(static_cast<std::uint8_t>(Opcode::kChunk));
  head.number(std::uint64_t{40} + index.compression.size() + packed->size());
  head.number(index.start_time);
  head.number(index.end_time);
  head.number(index.uncompressed_bytes);
  head.number(chunk_crc_);
  head.text(index.compression);
  head.number(index.compressed_bytes);
  if (auto done = write(small_); !done) return done;
  if (auto done = file_->append(*packed); !done) return done;
  crc_ = options_.compression == Compression::kNone ? crc32_join(crc_, chunk_crc_, packed->size())
                                                    : crc32(*packed, crc_);
  index.length = file_->size() - index.offset;

  small_.clear();
  FieldWriter fields(small_);
  std::map<std::uint16_t, std::uint64_t> messages;
  for (std::size_t channel = 0; channel < message_index_.size(); ++channel) {
    const auto& places = message_index_[channel];
    if (places.empty()) continue;
    index.message_index_offsets[static_cast<std::uint16_t>(channel)] =
        file_->size() + small_.size();
    messages[static_cast<std::uint16_t>(channel)] = places.size();
    fields.number(static_cast<std::uint8_t>(Opcode::kMessageIndex));
    fields.number(std::uint64_t{6 + 16 * places.size()});
    fields.number(static_cast<std::uint16_t>(channel));
    fields.number(static_cast<std::uint32_t>(16 * places.size()));
    for (const auto& [time, offset] : places) {
      fields.number(time);
      fields.number(offset);
    }
  }
  index.message_index_length = small_.size();
  chunk_indexes_.push_back(std::move(index));
  chunk_messages_.push_back(std::move(messages));
  return write(small_);
}

Result<void> Writer::sync() {
  auto done = begin_sync().sync();
  if (done) end_sync();
  return done;
}

OutputFile& Writer::begin_sync() noexcept {
  syncing_ = mark();
  return *file_;
}

Result<void> Writer::forget_unsynced() {
  empty_chunk();
  go_back_to(synced_);
  return is_broken_ ? fail(Code::kIo, "the file could not be cut back to what is safe")
                    : Result<void>{};
}

void Writer::count_statistics(Statistics& statistics) const {
  statistics.schemas = static_cast<std::uint16_t>(written_schemas_);
  statistics.channels = static_cast<std::uint32_t>(written_channels_);
  statistics.attachments = static_cast<std::uint32_t>(attachments_.size());
  statistics.metadata = static_cast<std::uint32_t>(metadata_.size());
  statistics.chunks = static_cast<std::uint32_t>(chunk_indexes_.size());
  for (const auto& messages : chunk_messages_) {
    for (const auto& [channel, count] : messages) {
      statistics.channel_messages[channel] += count;
      statistics.messages += count;
    }
  }
  for (const ChunkIndex& index : chunk_indexes_) {
    const bool is_first = &index == &chunk_indexes_.front();
    statistics.start_time =
        is_first ? index.start_time : std::min(statistics.start_time, index.start_time);
    statistics.end_time = std::max(statistics.end_time, index.end_time);
  }
}

void Writer::put_summary(Bytes& out, std::uint64_t start) {
  Bytes offsets;
  const auto group = [&](Opcode opcode, const auto& records) {
    const std::uint64_t from = start + out.size();
    for (const auto& record : records) put(out, record);
    if (!records.empty()) put_summary_offset(offsets, opcode, from, start + out.size() - from);
  };
  Statistics statistics;
  count_statistics(statistics);
  group(Opcode::kSchema, std::span(schemas_).first(written_schemas_));
  group(Opcode::kChannel, std::span(channels_).first(written_channels_));
  group(Opcode::kStatistics, std::span(&statistics, 1));
  group(Opcode::kChunkIndex, chunk_indexes_);
  group(Opcode::kAttachmentIndex, attachments_);
  group(Opcode::kMetadataIndex, metadata_);
  const std::uint64_t offset_start = start + out.size();
  out.insert(out.end(), offsets.begin(), offsets.end());
  FieldWriter footer(out);
  footer.number(static_cast<std::uint8_t>(Opcode::kFooter));
  footer.number(std::uint64_t{20});
  footer.number(start);
  footer.number(offset_start);
  footer.number(crc32(out));
  const ByteSpan magic = std::as_bytes(std::span(kMagic));
  out.insert(out.end(), magic.begin(), magic.end());
}

Result<void> Writer::finish() {
  auto done = append_end();
  return done ? sync() : done;
}

Result<void> Writer::append_end() {
  ACQ_CHECK(chunk_size_ == 0);
  if (is_broken_) return fail(Code::kIo, "the file cannot be ended: it could not be cut back");
  const Mark before = mark();
  Bytes out;
  put_data_end(out, crc_);
  Bytes summary;
  put_summary(summary, file_->size() + out.size());
  out.insert(out.end(), summary.begin(), summary.end());
  auto done = file_->append(out);
  if (!done) {
    go_back_to(before);
    return done;
  }
  return file_->truncate(file_->size());  // gives back what is reserved
}

}  // namespace acq::mcap
