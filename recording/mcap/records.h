// The records of MCAP 1.0 (https://mcap.dev/spec), field by field.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acq::mcap {

using ByteSpan = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;
using Metadata = std::map<std::string, std::string, std::less<>>;

enum class Opcode : std::uint8_t {
  kHeader = 0x01,
  kFooter = 0x02,
  kSchema = 0x03,
  kChannel = 0x04,
  kMessage = 0x05,
  kChunk = 0x06,
  kMessageIndex = 0x07,
  kChunkIndex = 0x08,
  kAttachment = 0x09,
  kAttachmentIndex = 0x0A,
  kStatistics = 0x0B,
  kMetadata = 0x0C,
  kMetadataIndex = 0x0D,
  kSummaryOffset = 0x0E,
  kDataEnd = 0x0F,
};

inline constexpr std::array<std::uint8_t, 8> kMagic = {0x89, 'M', 'C', 'A', 'P', '0', '\r', '\n'};
inline constexpr std::size_t kRecordHead = 9;    // opcode and length
inline constexpr std::size_t kMessageHead = 22;  // of a message's content, before its data
inline constexpr std::size_t kFooterBytes = kRecordHead + 20;

struct Schema {
  std::uint16_t id = 0;
  std::string name;
  std::string encoding;
  std::string data;
};

struct ChannelRecord {
  std::uint16_t id = 0;
  std::uint16_t schema_id = 0;
  std::string topic;
  std::string message_encoding;
  Metadata metadata;
};

struct MessageRecord {
  std::uint16_t channel_id = 0;
  std::uint32_t sequence = 0;
  std::uint64_t log_time = 0;
  std::uint64_t publish_time = 0;
  ByteSpan data;
};

// A chunk without its records.
struct ChunkHead {
  std::uint64_t start_time = 0;
  std::uint64_t end_time = 0;
  std::uint64_t uncompressed_bytes = 0;
  std::uint32_t uncompressed_crc = 0;
  std::string compression;
  std::uint64_t compressed_bytes = 0;
};

struct ChunkIndex {
  std::uint64_t start_time = 0;
  std::uint64_t end_time = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // of the whole record
  std::map<std::uint16_t, std::uint64_t> message_index_offsets;
  std::uint64_t message_index_length = 0;
  std::string compression;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t uncompressed_bytes = 0;
};

struct Attachment {
  std::uint64_t log_time = 0;
  std::uint64_t create_time = 0;
  std::string name;
  std::string media_type;
  std::string data;
};

struct AttachmentIndex {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t log_time = 0;
  std::uint64_t create_time = 0;
  std::uint64_t data_bytes = 0;
  std::string name;
  std::string media_type;
};

struct MetadataRecord {
  std::string name;
  Metadata metadata;
};

struct MetadataIndex {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string name;
};

struct Statistics {
  std::uint64_t messages = 0;
  std::uint16_t schemas = 0;
  std::uint32_t channels = 0;
  std::uint32_t attachments = 0;
  std::uint32_t metadata = 0;
  std::uint32_t chunks = 0;
  std::uint64_t start_time = 0;
  std::uint64_t end_time = 0;
  std::map<std::uint16_t, std::uint64_t> channel_messages;
};

struct Footer {
  std::uint64_t summary_start = 0;  // 0: no summary
  std::uint64_t summary_offset_start = 0;
  std::uint32_t summary_crc = 0;
};

// Writes numbers and texts as MCAP has them, at the end of `bytes`.
class FieldWriter {
 public:
  explicit FieldWriter(Bytes& bytes) : bytes_(bytes) {}
  template <typename T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
  void text(std::string_view text);
  void metadata(const Metadata& metadata);
  void counts(const std::map<std::uint16_t, std::uint64_t>& counts);
  void raw(std::string_view bytes);

 private:
  Bytes& bytes_;
};

// Reads them; never beyond the end: then is_good() is false and what was read is zero or empty.
class FieldReader {
 public:
  explicit FieldReader(ByteSpan raw) : left_(raw) {}
  template <typename T>
  T number() {
    std::uint64_t value = 0;
    const ByteSpan raw = take(sizeof(T));
    for (std::size_t i = raw.size(); i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(raw[i]);
    return static_cast<T>(value);
  }
  std::string text();
  Metadata metadata();
  std::map<std::uint16_t, std::uint64_t> counts();
  ByteSpan take(std::uint64_t bytes);
  [[nodiscard]] bool is_good() const noexcept { return is_good_; }
  [[nodiscard]] ByteSpan left() const noexcept { return left_; }

 private:
  ByteSpan left_;
  bool is_good_ = true;
};

// A whole record at the end of `out`.
void put_header(Bytes& out, std::string_view profile, std::string_view library);
void put(Bytes& out, const Schema& schema);
void put(Bytes& out, const ChannelRecord& channel);
void put(Bytes& out, const ChunkIndex& index);
void put(Bytes& out, const Attachment& attachment);
void put(Bytes& out, const AttachmentIndex& index);
void put(Bytes& out, const MetadataRecord& metadata);
void put(Bytes& out, const MetadataIndex& index);
void put(Bytes& out, const Statistics& statistics);
void put_data_end(Bytes& out, std::uint32_t crc);
void put_summary_offset(Bytes& out, Opcode group, std::uint64_t start, std::uint64_t length);

// The content of a record; nothing when it is malformed.
std::optional<Schema> parse_schema(ByteSpan raw);
std::optional<ChannelRecord> parse_channel(ByteSpan raw);
std::optional<MessageRecord> parse_message(ByteSpan raw);
std::optional<ChunkIndex> parse_chunk_index(ByteSpan raw);
std::optional<Attachment> parse_attachment(ByteSpan raw);  // its CRC checked
std::optional<AttachmentIndex> parse_attachment_index(ByteSpan raw);
std::optional<MetadataRecord> parse_metadata(ByteSpan raw);
std::optional<MetadataIndex> parse_metadata_index(ByteSpan raw);
std::optional<Statistics> parse_statistics(ByteSpan raw);
std::optional<Footer> parse_footer(ByteSpan raw);
// The head of a chunk, of whose content the first bytes suffice; `head_bytes` is where the records begin.
std::optional<ChunkHead> parse_chunk_head(ByteSpan raw, std::size_t& head_bytes);

}  // namespace acq::mcap
