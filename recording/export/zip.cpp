#include "recording/export/zip.h"

#include <zlib.h>

#include <algorithm>

#include "recording/export/bytes.h"
#include "recording/mcap/crc32.h"

namespace acq::exports {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryHeader = 0x02014b50;
constexpr std::uint32_t kZip64End = 0x06064b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint16_t kVersion = 45;     // with Zip64
constexpr std::uint16_t kUtf8 = 1U << 11;  // names
constexpr std::uint16_t kDosDate = 0x21;   // 1980-01-01: the same recording gives the same file
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint32_t kInZip64 = 0xFFFFFFFF;

// Raw deflate; empty when it cannot be made smaller.
std::vector<std::byte> deflated(std::span<const std::byte> bytes) {
  std::vector<std::byte> out(bytes.size());
  z_stream stream{};
  constexpr int kRaw = -15;
  constexpr int kMemory = 8;
  if (bytes.empty() ||
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  auto* from = const_cast<std::byte*>(bytes.data());  // zlib only reads it
  stream.next_in = reinterpret_cast<Bytef*>(from);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(done == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace

// What both headers of an entry have, up to the size of its name.
std::string ZipWriter::entry_fields(const Entry& entry) {
  std::string out;
  put_number(out, kVersion);
  put_number(out, kUtf8);
  put_number<std::uint16_t>(out, entry.is_deflated ? 8 : 0);
  put_number<std::uint16_t>(out, 0);
  put_number(out, kDosDate);
  put_number(out, entry.crc);
  put_number(out, kInZip64);
  put_number(out, kInZip64);
  put_number(out, static_cast<std::uint16_t>(entry.name.size()));
  return out;
}

std::string ZipWriter::local_header(const Entry& entry) {
  std::string out;
  put_number(out, kLocalHeader);
  out += entry_fields(entry);
  put_number<std::uint16_t>(out, 20);
  out += entry.name;
  put_number(out, kZip64Field);
  put_number<std::uint16_t>(out, 16);
  put_number(out, entry.bytes);
  put_number(out, entry.packed_bytes);
  return out;
}

Result<void> ZipWriter::begin(const std::string& name, std::size_t head_bytes) {
  entries_.push_back({.name = name, .offset = file_.size()});
  head_bytes_ = head_bytes;
  if (auto done = file_.append(local_header(entries_.back())); !done) return done;
  return file_.append(std::string(head_bytes, '\0'));
}

Result<void> ZipWriter::append(std::span<const std::byte> bytes) {
  Entry& entry = entries_.back();
  entry.crc = mcap::crc32(bytes, entry.crc);
  entry.bytes += bytes.size();
  return file_.append(bytes);
}

Result<void> ZipWriter::end(std::string_view head) {
  ACQ_CHECK(head.size() == head_bytes_);
  Entry& entry = entries_.back();
  const std::uint32_t of_head = mcap::crc32(std::as_bytes(std::span(head)));
  entry.crc = mcap::crc32_join(of_head, entry.crc, entry.bytes);
  entry.bytes += head.size();
  entry.packed_bytes = entry.bytes;
  const std::string header = local_header(entry);
  if (auto done = file_.rewrite(entry.offset, header); !done) return done;
  return head.empty() ? Result<void>{} : file_.rewrite(entry.offset + header.size(), head);
}

Result<void> ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  const std::vector<std::byte> packed = deflated(bytes);
  entries_.push_back({.name = name,
                      .offset = file_.size(),
                      .packed_bytes = packed.empty() ? bytes.size() : packed.size(),
                      .bytes = bytes.size(),
                      .crc = mcap::crc32(bytes),
                      .is_deflated = !packed.empty()});
  if (auto done = file_.append(local_header(entries_.back())); !done) return done;
  return file_.append(packed.empty() ? bytes : std::span<const std::byte>(packed));
}

Result<void> ZipWriter::add(const std::string& name, std::string_view text) {
  return add(name, std::as_bytes(std::span(text)));
}

Result<void> ZipWriter::finish() {
  std::string out;
  for (const Entry& entry : entries_) {
    put_number(out, kDirectoryHeader);
    put_number(out, kVersion);
    out += entry_fields(entry);
    put_number<std::uint16_t>(out, 28);
    put_number<std::uint16_t>(out, 0);  // comment
    put_number<std::uint16_t>(out, 0);  // disk
    put_number<std::uint16_t>(out, 0);
    put_number<std::uint32_t>(out, 0);
    put_number(out, kInZip64);
    out += entry.name;
    put_number(out, kZip64Field);
    put_number<std::uint16_t>(out, 24);
    put_number(out, entry.bytes);
    put_number(out, entry.packed_bytes);
    put_number(out, entry.offset);
  }
  const std::uint64_t start = file_.size();
  const std::uint64_t bytes = out.size();
  put_number(out, kZip64End);
  put_number<std::uint64_t>(out, 44);
  put_number(out, kVersion);
  put_number(out, kVersion);
  put_number<std::uint64_t>(out, 0);  // disks
  put_number<std::uint64_t>(out, entries_.size());
  put_number<std::uint64_t>(out, entries_.size());
  put_number(out, bytes);
  put_number(out, start);
  put_number(out, kZip64Locator);
  put_number<std::uint32_t>(out, 0);
  put_number(out, start + bytes);
  put_number<std::uint32_t>(out, 1);
  const auto entries = static_cast<std::uint16_t>(std::min<std::size_t>(entries_.size(), 0xFFFF));
  put_number(out, kEnd);
  put_number<std::uint32_t>(out, 0);
  put_number(out, entries);
  put_number(out, entries);
  put_number(out, static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, kInZip64)));
  put_number(out, static_cast<std::uint32_t>(std::min<std::uint64_t>(start, kInZip64)));
  put_number<std::uint16_t>(out, 0);
  return file_.append(out);
}

}  // namespace acq::exports
