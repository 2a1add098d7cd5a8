#include "recording/mcap/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "recording/mcap/compression.h"
#include "recording/mcap/crc32.h"

namespace acq::mcap {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 20;
constexpr std::size_t kChunkHeadMost = 64;
constexpr std::uint8_t kPrivateOpcodes = 0x80;

struct RecordHead {
  std::uint8_t opcode = 0;
  std::uint64_t length = 0;
};

RecordHead head_of(ByteSpan raw) {
  FieldReader in(raw);
  RecordHead head;
  head.opcode = in.number<std::uint8_t>();
  head.length = in.number<std::uint64_t>();
  return head;
}

// Whether the bytes may begin a chunk record; then its head.
std::optional<ChunkHead> plausible_chunk(ByteSpan raw, std::uint64_t room, RecordHead& record,
                                         std::size_t& head_bytes) {
  record = head_of(raw);
  if (record.opcode != static_cast<std::uint8_t>(Opcode::kChunk)) return std::nullopt;
  if (record.length > room || raw.size() < kRecordHead) return std::nullopt;
  auto head = parse_chunk_head(raw.subspan(kRecordHead), head_bytes);
  if (!head || head->compressed_bytes > kMostChunkBytes) return std::nullopt;
  if (head->uncompressed_bytes > kMostChunkBytes) return std::nullopt;
  if (head_bytes + head->compressed_bytes != record.length) return std::nullopt;
  return head;
}

ChunkIndex index_of(const ChunkHead& head, std::uint64_t offset, std::uint64_t length) {
  return {.start_time = head.start_time,
          .end_time = head.end_time,
          .offset = offset,
          .length = kRecordHead + length,
          .compression = head.compression,
          .compressed_bytes = head.compressed_bytes,
          .uncompressed_bytes = head.uncompressed_bytes};
}

// The steps of a walk over one file.
class Walk {
 public:
  Walk(const InputFile& file, Index& index, bool may_grow)
      : file_(file), index_(index), may_grow_(may_grow), size_(file.size()) {}

  Result<void> run() {
    while (index_.data_end < size_ && !index_.data_crc) {
      const auto next = step();
      if (!next) return tl::unexpected<Error>(next.error());
      if (*next == Next::kEnd) return {};
    }
    return {};
  }

 private:
  enum class Next : std::uint8_t { kRecord, kEnd };

  Result<Next> step() {
    const std::uint64_t offset = index_.data_end;
    std::array<std::byte, kRecordHead + kChunkHeadMost> buffer{};
    const std::size_t got = std::min<std::uint64_t>(buffer.size(), size_ - offset);
    if (auto done = file_.read_at(offset, std::span(buffer).first(got)); !done)
      return tl::unexpected<Error>(done.error());
    const ByteSpan raw = std::span(buffer).first(got);
    if (got < kRecordHead) return torn(offset);
    const RecordHead head = head_of(raw);
    const std::uint64_t room = size_ - offset - kRecordHead;
    const bool is_known =
        head.opcode >= 1 && (head.opcode <= 0x0F || head.opcode >= kPrivateOpcodes);
    if (!is_known) return damaged(offset, "there is no record here");
    if (head.length > room) return torn(offset);
    if (auto problem = take(offset, head, raw); !problem.empty()) return damaged(offset, problem);
    index_.data_end = head.opcode == static_cast<std::uint8_t>(Opcode::kDataEnd)
                          ? offset
                          : offset + kRecordHead + head.length;
    return Next::kRecord;
  }

  // Enters the record into the index; says what is wrong with it.
  std::string take(std::uint64_t offset, const RecordHead& head, ByteSpan raw) {
    const auto opcode = static_cast<Opcode>(head.opcode);
    if (opcode == Opcode::kChunk) {
      RecordHead record;
      std::size_t head_bytes = 0;
      const auto chunk = plausible_chunk(raw, size_ - offset - kRecordHead, record, head_bytes);
      if (!chunk) return "a chunk's head contradicts itself";
      index_.chunks.push_back(index_of(*chunk, offset, head.length));
      return {};
    }
    if (opcode == Opcode::kMessageIndex) {
      FieldReader in(raw.subspan(kRecordHead));
      const auto channel = in.number<std::uint16_t>();
      const auto bytes = in.number<std::uint32_t>();
      if (!in.is_good() || std::uint64_t{bytes} + 6 != head.length)
        return "a message index contradicts itself";
      if (!index_.chunks.empty()) {
        ChunkIndex& chunk = index_.chunks.back();
        chunk.message_index_offsets[channel] = offset;
        chunk.message_index_length += kRecordHead + head.length;
      }
      return {};
    }
    const bool has_content = opcode == Opcode::kHeader || opcode == Opcode::kSchema ||
                             opcode == Opcode::kChannel || opcode == Opcode::kAttachment ||
                             opcode == Opcode::kMetadata || opcode == Opcode::kDataEnd;
    if (!has_content) return {};
    if (head.length > kMostRecordBytes) return "a record is too large to be believed";
    Bytes content(head.length);
    if (auto done = file_.read_at(offset + kRecordHead, content); !done)
      return done.error().sentence;
    return enter(opcode, offset, content);
  }

  std::string enter(Opcode opcode, std::uint64_t offset, ByteSpan content) {
    constexpr auto kMalformed = "a record's fields contradict its length";
    if (opcode == Opcode::kSchema) {
      auto schema = parse_schema(content);
      if (!schema) return kMalformed;
      index_.schemas.push_back(std::move(*schema));
    } else if (opcode == Opcode::kChannel) {
      auto channel = parse_channel(content);
      if (!channel) return kMalformed;
      index_.channels.push_back(std::move(*channel));
    } else if (opcode == Opcode::kAttachment) {
      const auto attachment = parse_attachment(content);
      if (!attachment) return "an attachment's checksum is wrong";
      index_.attachments.push_back({offset, kRecordHead + content.size(), attachment->log_time,
                                    attachment->create_time, attachment->data.size(),
                                    attachment->name, attachment->media_type});
    } else if (opcode == Opcode::kMetadata) {
      const auto metadata = parse_metadata(content);
      if (!metadata) return kMalformed;
      index_.metadata.push_back({offset, kRecordHead + content.size(), metadata->name});
    } else if (opcode == Opcode::kHeader) {
      FieldReader in(content);
      index_.profile = in.text();
      index_.library = in.text();
      if (!in.is_good()) return kMalformed;
    } else if (opcode == Opcode::kDataEnd) {
      FieldReader in(content);
      const auto crc = in.number<std::uint32_t>();
      if (!in.is_good()) return kMalformed;
      index_.data_crc = crc;
    }
    return {};
  }

  // The file ends within the record at `offset`, or the record's length is wrong.
  Result<Next> torn(std::uint64_t offset) {
    if (may_grow_) return Next::kEnd;
    return damaged(offset, "the file ends within a record");
  }

  Result<Next> damaged(std::uint64_t offset, std::string sentence) {
    const auto next = find_chunk(offset + 1);
    if (!next) return tl::unexpected<Error>(next.error());
    index_.damages.push_back({offset, *next - offset, std::move(sentence)});
    index_.data_end = *next;
    return *next < size_ ? Next::kRecord : Next::kEnd;
  }

  // The next chunk whose checksum is right, or the end of the file.
  Result<std::uint64_t> find_chunk(std::uint64_t from) {
    Bytes window;
    while (from < size_) {
      window.resize(std::min<std::uint64_t>(kWindow, size_ - from));
      if (auto done = file_.read_at(from, window); !done)
        return tl::unexpected<Error>(done.error());
      const bool is_last = from + window.size() == size_;
      const std::size_t enough = kRecordHead + kChunkHeadMost;
      const std::size_t last =
          is_last ? window.size() : window.size() - std::min(enough, window.size());
      for (std::size_t i = 0; i < last; ++i) {
        if (window[i] != static_cast<std::byte>(Opcode::kChunk)) continue;
        if (is_whole_chunk(from + i, ByteSpan(window).subspan(i))) return from + i;
      }
      if (is_last) break;
      from += last;
    }
    return size_;
  }

  bool is_whole_chunk(std::uint64_t offset, ByteSpan raw) {
    RecordHead record;
    std::size_t head_bytes = 0;
    raw = raw.first(std::min(raw.size(), kRecordHead + kChunkHeadMost));
    if (size_ - offset < kRecordHead) return false;
    const auto head = plausible_chunk(raw, size_ - offset - kRecordHead, record, head_bytes);
    if (!head) return false;
    Bytes packed;
    Bytes records;
    return read_chunk(file_, index_of(*head, offset, record.length), packed, records).has_value();
  }

  const InputFile& file_;
  Index& index_;
  const bool may_grow_;
  const std::uint64_t size_;
};

}  // namespace

Result<void> walk(const InputFile& file, Index& index, bool may_grow) {
  if (index.data_end == 0) {
    std::array<std::byte, kMagic.size()> magic{};
    if (file.size() < magic.size()) {
      return fail(Code::kInvalid, file.path() + " is too short for a recording", file.path(),
                  "an MCAP file");
    }
    if (auto done = file.read_at(0, magic); !done) return done;
    index.data_end = magic.size();
    if (std::memcmp(magic.data(), kMagic.data(), magic.size()) != 0)
      index.damages.push_back({0, magic.size(), "the file does not begin as an MCAP file does"});
  }
  return Walk(file, index, may_grow).run();
}

Result<void> read_chunk(const InputFile& file, const ChunkIndex& chunk, Bytes& packed,
                        Bytes& records) {
  const auto bad = [&](std::string sentence) {
    return fail(Code::kInvalid, std::move(sentence),
                fmt::format("{}, byte {}", file.path(), chunk.offset));
  };
  if (chunk.length < kRecordHead || chunk.length > kMostChunkBytes + kRecordHead + kChunkHeadMost)
    return bad("a chunk is too large to be believed");
  packed.resize(chunk.length);
  if (auto done = file.read_at(chunk.offset, packed); !done) return done;
  RecordHead record;
  std::size_t head_bytes = 0;
  const auto head = plausible_chunk(packed, chunk.length - kRecordHead, record, head_bytes);
  if (!head) return bad("a chunk's head contradicts itself");
  records.resize(head->uncompressed_bytes);
  const ByteSpan content =
      ByteSpan(packed).subspan(kRecordHead + head_bytes, head->compressed_bytes);
  if (auto done = decompress(head->compression, content, records); !done)
    return bad(done.error().sentence);
  if (head->uncompressed_crc != 0 && crc32(records) != head->uncompressed_crc)
    return bad("a chunk's checksum is wrong");
  return {};
}

Result<Bytes> read_record(const InputFile& file, std::uint64_t offset, Opcode opcode) {
  std::array<std::byte, kRecordHead> raw{};
  if (auto done = file.read_at(offset, raw); !done) return tl::unexpected<Error>(done.error());
  const RecordHead head = head_of(raw);
  if (head.opcode != static_cast<std::uint8_t>(opcode) || head.length > kMostRecordBytes ||
      head.length > file.size() - offset) {
    return fail(Code::kInvalid, "a record is not where the index says",
                fmt::format("{}, byte {}", file.path(), offset));
  }
  Bytes content(head.length);
  if (auto done = file.read_at(offset + kRecordHead, content); !done)
    return tl::unexpected<Error>(done.error());
  return content;
}

}  // namespace acq::mcap
