#include "recording/mcap/reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "recording/mcap/crc32.h"

namespace acq::mcap {
namespace {

tl::unexpected<Error> no_summary(const InputFile& file, const char* why) {
  return fail(Code::kInvalid, why, file.path());
}

// One record of the summary into the index. False: it is malformed.
bool enter(Opcode opcode, ByteSpan content, Index& index) {
  const auto add = [](auto& list, auto record) {
    if (record) list.push_back(std::move(*record));
    return record.has_value();
  };
  switch (opcode) {
    case Opcode::kSchema: return add(index.schemas, parse_schema(content));
    case Opcode::kChannel: return add(index.channels, parse_channel(content));
    case Opcode::kChunkIndex: return add(index.chunks, parse_chunk_index(content));
    case Opcode::kAttachmentIndex: return add(index.attachments, parse_attachment_index(content));
    case Opcode::kMetadataIndex: return add(index.metadata, parse_metadata_index(content));
    case Opcode::kStatistics:
      index.statistics = parse_statistics(content);
      return index.statistics.has_value();
    default: return true;
  }
}

bool is_within(const Index& index) {
  const auto fits = [&](std::uint64_t offset, std::uint64_t length) {
    return offset <= index.data_end && length <= index.data_end - offset;
  };
  return std::all_of(index.chunks.begin(), index.chunks.end(),
                     [&](const auto& chunk) { return fits(chunk.offset, chunk.length); }) &&
         std::is_sorted(index.chunks.begin(), index.chunks.end(),
                        [](const auto& a, const auto& b) { return a.offset < b.offset; });
}

}  // namespace

Result<Index> read_summary(const InputFile& file) {
  constexpr std::size_t kTail = kFooterBytes + kMagic.size();
  constexpr std::uint64_t kMostSummary = kMostChunkBytes;
  const std::uint64_t size = file.size();
  if (size < 2 * kMagic.size() + kTail) return no_summary(file, "the file is not finished");
  std::array<std::byte, kMagic.size()> head{};
  if (auto done = file.read_at(0, head); !done) return tl::unexpected<Error>(done.error());
  if (std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0)
    return no_summary(file, "the file does not begin as an MCAP file does");
  std::array<std::byte, kTail> tail{};
  if (auto done = file.read_at(size - kTail, tail); !done)
    return tl::unexpected<Error>(done.error());
  if (std::memcmp(tail.data() + kFooterBytes, kMagic.data(), kMagic.size()) != 0 ||
      tail[0] != static_cast<std::byte>(Opcode::kFooter))
    return no_summary(file, "the file is not finished");
  const auto footer = parse_footer(ByteSpan(tail).subspan(kRecordHead, kFooterBytes - kRecordHead));
  if (footer->summary_start == 0) return no_summary(file, "the file has no summary");
  const std::uint64_t end = size - kTail;
  if (footer->summary_start > end || end - footer->summary_start > kMostSummary)
    return no_summary(file, "the file's footer is damaged");
  // Together with the footer up to its checksum, which covers both.
  Bytes raw(end - footer->summary_start + kFooterBytes - sizeof(std::uint32_t));
  if (auto done = file.read_at(footer->summary_start, raw); !done)
    return tl::unexpected<Error>(done.error());
  if (footer->summary_crc != 0 && crc32(raw) != footer->summary_crc)
    return no_summary(file, "the summary's checksum is wrong");

  Index index;
  index.has_summary = true;
  constexpr std::uint64_t kDataEndBytes = kRecordHead + sizeof(std::uint32_t);
  index.data_end = footer->summary_start - std::min(footer->summary_start, kDataEndBytes);
  if (auto data_end = read_record(file, index.data_end, Opcode::kDataEnd);
      data_end && data_end->size() == sizeof(std::uint32_t))
    index.data_crc = FieldReader(*data_end).number<std::uint32_t>();
  else
    return no_summary(file, "the data does not end where the summary begins");
  FieldReader in(ByteSpan(raw).first(end - footer->summary_start));
  while (!in.left().empty()) {
    const auto opcode = static_cast<Opcode>(in.number<std::uint8_t>());
    const ByteSpan content = in.take(in.number<std::uint64_t>());
    if (!in.is_good() || !enter(opcode, content, index))
      return no_summary(file, "the summary is damaged");
  }
  std::sort(index.chunks.begin(), index.chunks.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  if (!is_within(index)) return no_summary(file, "the summary points out of the data");
  // A damaged header costs only itself: the summary has all that is needed.
  const auto header = read_record(file, kMagic.size(), Opcode::kHeader);
  FieldReader fields(header ? ByteSpan(*header) : ByteSpan());
  index.profile = fields.text();
  index.library = fields.text();
  if (!fields.is_good()) index.damages.push_back({kMagic.size(), 0, "the header is damaged"});
  return index;
}

Result<Reader> Reader::open(const std::string& path) {
  auto file = InputFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  if (auto index = read_summary(*file)) return Reader(std::move(*file), std::move(*index));
  Index index;
  constexpr std::string_view kUnfinished = ".part";
  if (auto done = walk(*file, index, path.ends_with(kUnfinished)); !done)
    return tl::unexpected<Error>(done.error());
  if (index.chunks.empty() && index.channels.empty() && index.library.empty()) {
    return fail(Code::kInvalid, path + " holds nothing of a recording", path, "an MCAP file");
  }
  return Reader(std::move(*file), std::move(index));
}

Result<void> Reader::refresh() {
  if (index_.data_crc) return {};
  return walk(file_, index_, true);
}

Result<Attachment> Reader::read_attachment(const AttachmentIndex& index) const {
  auto raw = read_record(file_, index.offset, Opcode::kAttachment);
  if (!raw) return tl::unexpected<Error>(raw.error());
  if (auto attachment = parse_attachment(*raw)) return *attachment;
  return fail(Code::kInvalid, "attachment " + quote(index.name) + " is damaged", file_.path());
}

Result<MetadataRecord> Reader::read_metadata(const MetadataIndex& index) const {
  auto raw = read_record(file_, index.offset, Opcode::kMetadata);
  if (!raw) return tl::unexpected<Error>(raw.error());
  if (auto metadata = parse_metadata(*raw)) return *metadata;
  return fail(Code::kInvalid, "metadata " + quote(index.name) + " is damaged", file_.path());
}

}  // namespace acq::mcap
