#include "recording/mcap/records.h"

#include <cstring>

#include "recording/mcap/crc32.h"

namespace acq::mcap {
namespace {

// Puts a record's opcode and, when it is complete, its length.
class RecordScope {
 public:
  RecordScope(Bytes& out, Opcode opcode) : out_(out), start_(out.size()), fields(out) {
    fields.number(static_cast<std::uint8_t>(opcode));
    fields.number(std::uint64_t{0});
  }
  ~RecordScope() {
    const std::uint64_t length = out_.size() - start_ - kRecordHead;
    for (std::size_t i = 0; i < sizeof length; ++i)
      out_[start_ + 1 + i] = static_cast<std::byte>(length >> (8 * i));
  }
  RecordScope(const RecordScope&) = delete;
  RecordScope& operator=(const RecordScope&) = delete;

 private:
  Bytes& out_;
  std::size_t start_;

 public:
  FieldWriter fields;
};

template <typename T>
std::optional<T> checked(const FieldReader& in, T value) {
  if (!in.is_good()) return std::nullopt;
  return value;
}

}  // namespace

void FieldWriter::raw(std::string_view bytes) {
  const ByteSpan from = std::as_bytes(std::span(bytes));
  bytes_.insert(bytes_.end(), from.begin(), from.end());
}

void FieldWriter::text(std::string_view text) {
  number(static_cast<std::uint32_t>(text.size()));
  raw(text);
}

void FieldWriter::metadata(const Metadata& metadata) {
  std::uint32_t bytes = 0;
  for (const auto& [key, value] : metadata)
    bytes += static_cast<std::uint32_t>(8 + key.size() + value.size());
  number(bytes);
  for (const auto& [key, value] : metadata) {
    text(key);
    text(value);
  }
}

void FieldWriter::counts(const std::map<std::uint16_t, std::uint64_t>& counts) {
  number(static_cast<std::uint32_t>(counts.size() * 10));
  for (const auto& [key, value] : counts) {
    number(key);
    number(value);
  }
}

ByteSpan FieldReader::take(std::uint64_t bytes) {
  if (!is_good_ || bytes > left_.size()) {
    is_good_ = false;
    left_ = {};
    return {};
  }
  const ByteSpan taken = left_.first(bytes);
  left_ = left_.subspan(bytes);
  return taken;
}

std::string FieldReader::text() {
  const ByteSpan raw = take(number<std::uint32_t>());
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

Metadata FieldReader::metadata() {
  Metadata out;
  FieldReader inner(take(number<std::uint32_t>()));
  while (inner.is_good() && !inner.left().empty()) {
    std::string key = inner.text();
    out.insert_or_assign(std::move(key), inner.text());
  }
  is_good_ = is_good_ && inner.is_good();
  return out;
}

std::map<std::uint16_t, std::uint64_t> FieldReader::counts() {
  std::map<std::uint16_t, std::uint64_t> out;
  FieldReader inner(take(number<std::uint32_t>()));
  while (inner.is_good() && !inner.left().empty()) {
    const auto key = inner.number<std::uint16_t>();
    out[key] = inner.number<std::uint64_t>();
  }
  is_good_ = is_good_ && inner.is_good();
  return out;
}

void put_header(Bytes& out, std::string_view profile, std::string_view library) {
  RecordScope record(out, Opcode::kHeader);
  record.fields.text(profile);
  record.fields.text(library);
}

void put(Bytes& out, const Schema& schema) {
  RecordScope record(out, Opcode::kSchema);
  record.fields.number(schema.id);
  record.fields.text(schema.name);
  record.fields.text(schema.encoding);
  record.fields.text(schema.data);
}

void put(Bytes& out, const ChannelRecord& channel) {
  RecordScope record(out, Opcode::kChannel);
  record.fields.number(channel.id);
  record.fields.number(channel.schema_id);
  record.fields.text(channel.topic);
  record.fields.text(channel.message_encoding);
  record.fields.metadata(channel.metadata);
}

void put(Bytes& out, const ChunkIndex& index) {
  RecordScope record(out, Opcode::kChunkIndex);
  record.fields.number(index.start_time);
  record.fields.number(index.end_time);
  record.fields.number(index.offset);
  record.fields.number(index.length);
  record.fields.counts(index.message_index_offsets);
  record.fields.number(index.message_index_length);
  record.fields.text(index.compression);
  record.fields.number(index.compressed_bytes);
  record.fields.number(index.uncompressed_bytes);
}

void put(Bytes& out, const Attachment& attachment) {
  const std::size_t start = out.size() + kRecordHead;
  RecordScope record(out, Opcode::kAttachment);
  record.fields.number(attachment.log_time);
  record.fields.number(attachment.create_time);
  record.fields.text(attachment.name);
  record.fields.text(attachment.media_type);
  record.fields.number(std::uint64_t{attachment.data.size()});
  record.fields.raw(attachment.data);
  record.fields.number(crc32(ByteSpan(out).subspan(start)));
}

void put(Bytes& out, const AttachmentIndex& index) {
  RecordScope record(out, Opcode::kAttachmentIndex);
  record.fields.number(index.offset);
  record.fields.number(index.length);
  record.fields.number(index.log_time);
  record.fields.number(index.create_time);
  record.fields.number(index.data_bytes);
  record.fields.text(index.name);
  record.fields.text(index.media_type);
}

void put(Bytes& out, const MetadataRecord& metadata) {
  RecordScope record(out, Opcode::kMetadata);
  record.fields.text(metadata.name);
  record.fields.metadata(metadata.metadata);
}

void put(Bytes& out, const MetadataIndex& index) {
  RecordScope record(out, Opcode::kMetadataIndex);
  record.fields.number(index.offset);
  record.fields.number(index.length);
  record.fields.text(index.name);
}

void put(Bytes& out, const Statistics& statistics) {
  RecordScope record(out, Opcode::kStatistics);
  record.fields.number(statistics.messages);
  record.fields.number(statistics.schemas);
  record.fields.number(statistics.channels);
  record.fields.number(statistics.attachments);
  record.fields.number(statistics.metadata);
  record.fields.number(statistics.chunks);
  record.fields.number(statistics.start_time);
  record.fields.number(statistics.end_time);
  record.fields.counts(statistics.channel_messages);
}

void put_data_end(Bytes& out, std::uint32_t crc) {
  RecordScope(out, Opcode::kDataEnd).fields.number(crc);
}

void put_summary_offset(Bytes& out, Opcode group, std::uint64_t start, std::uint64_t length) {
  RecordScope record(out, Opcode::kSummaryOffset);
  record.fields.number(static_cast<std::uint8_t>(group));
  record.fields.number(start);
  record.fields.number(length);
}

std::optional<Schema> parse_schema(ByteSpan raw) {
  FieldReader in(raw);
  Schema out;
  out.id = in.number<std::uint16_t>();
  out.name = in.text();
  out.encoding = in.text();
  out.data = in.text();
  return checked(in, std::move(out));
}

std::optional<ChannelRecord> parse_channel(ByteSpan raw) {
  FieldReader in(raw);
  ChannelRecord out;
  out.id = in.number<std::uint16_t>();
  out.schema_id = in.number<std::uint16_t>();
  out.topic = in.text();
  out.message_encoding = in.text();
  out.metadata = in.metadata();
  return checked(in, std::move(out));
}

std::optional<MessageRecord> parse_message(ByteSpan raw) {
  FieldReader in(raw);
  MessageRecord out;
  out.channel_id = in.number<std::uint16_t>();
  out.sequence = in.number<std::uint32_t>();
  out.log_time = in.number<std::uint64_t>();
  out.publish_time = in.number<std::uint64_t>();
  out.data = in.left();
  return checked(in, out);
}

std::optional<ChunkHead> parse_chunk_head(ByteSpan raw, std::size_t& head_bytes) {
  FieldReader in(raw);
  ChunkHead out;
  out.start_time = in.number<std::uint64_t>();
  out.end_time = in.number<std::uint64_t>();
  out.uncompressed_bytes = in.number<std::uint64_t>();
  out.uncompressed_crc = in.number<std::uint32_t>();
  out.compression = in.text();
  out.compressed_bytes = in.number<std::uint64_t>();
  head_bytes = raw.size() - in.left().size();
  return checked(in, std::move(out));
}

std::optional<ChunkIndex> parse_chunk_index(ByteSpan raw) {
  FieldReader in(raw);
  ChunkIndex out;
  out.start_time = in.number<std::uint64_t>();
  out.end_time = in.number<std::uint64_t>();
  out.offset = in.number<std::uint64_t>();
  out.length = in.number<std::uint64_t>();
  out.message_index_offsets = in.counts();
  out.message_index_length = in.number<std::uint64_t>();
  out.compression = in.text();
  out.compressed_bytes = in.number<std::uint64_t>();
  out.uncompressed_bytes = in.number<std::uint64_t>();
  return checked(in, std::move(out));
}

std::optional<Attachment> parse_attachment(ByteSpan raw) {
  FieldReader in(raw);
  Attachment out;
  out.log_time = in.number<std::uint64_t>();
  out.create_time = in.number<std::uint64_t>();
  out.name = in.text();
  out.media_type = in.text();
  const ByteSpan data = in.take(in.number<std::uint64_t>());
  out.data.assign(reinterpret_cast<const char*>(data.data()), data.size());
  const std::size_t covered = raw.size() - in.left().size();
  const auto crc = in.number<std::uint32_t>();
  if (!in.is_good() || (crc != 0 && crc != crc32(raw.first(covered)))) return std::nullopt;
  return out;
}

std::optional<AttachmentIndex> parse_attachment_index(ByteSpan raw) {
  FieldReader in(raw);
  AttachmentIndex out;
  out.offset = in.number<std::uint64_t>();
  out.length = in.number<std::uint64_t>();
  out.log_time = in.number<std::uint64_t>();
  out.create_time = in.number<std::uint64_t>();
  out.data_bytes = in.number<std::uint64_t>();
  out.name = in.text();
  out.media_type = in.text();
  return checked(in, std::move(out));
}

std::optional<MetadataRecord> parse_metadata(ByteSpan raw) {
  FieldReader in(raw);
  MetadataRecord out;
  out.name = in.text();
  out.metadata = in.metadata();
  return checked(in, std::move(out));
}

std::optional<MetadataIndex> parse_metadata_index(ByteSpan raw) {
  FieldReader in(raw);
  MetadataIndex out;
  out.offset = in.number<std::uint64_t>();
  out.length = in.number<std::uint64_t>();
  out.name = in.text();
  return checked(in, std::move(out));
}

std::optional<Statistics> parse_statistics(ByteSpan raw) {
  FieldReader in(raw);
  Statistics out;
  out.messages = in.number<std::uint64_t>();
  out.schemas = in.number<std::uint16_t>();
  out.channels = in.number<std::uint32_t>();
  out.attachments = in.number<std::uint32_t>();
  out.metadata = in.number<std::uint32_t>();
  out.chunks = in.number<std::uint32_t>();
  out.start_time = in.number<std::uint64_t>();
  out.end_time = in.number<std::uint64_t>();
  out.channel_messages = in.counts();
  return checked(in, std::move(out));
}

std::optional<Footer> parse_footer(ByteSpan raw) {
  FieldReader in(raw);
  Footer out;
  out.summary_start = in.number<std::uint64_t>();
  out.summary_offset_start = in.number<std::uint64_t>();
  out.summary_crc = in.number<std::uint32_t>();
  return checked(in, out);
}

}  // namespace acq::mcap
