#include "drivers/replay/sample_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "drivers/replay/csv.h"
#include "drivers/replay/npy.h"
#include "drivers/replay/sigmf.h"
#include "drivers/replay/wav.h"

namespace acq::replay {
namespace {

void swap_bytes(std::span<std::byte> samples, std::size_t sample_bytes) noexcept {
  for (std::size_t i = 0; i + sample_bytes <= samples.size(); i += sample_bytes)
    std::reverse(samples.begin() + static_cast<std::ptrdiff_t>(i),
                 samples.begin() + static_cast<std::ptrdiff_t>(i + sample_bytes));
}

class RawSampleFile final : public SampleFile {
 public:
  RawSampleFile(File file, Recording recording, RawLayout layout)
      : SampleFile(std::move(recording)), file_(std::move(file)), layout_(layout) {}

  Result<void> read(std::uint64_t first, std::uint32_t count, std::byte* out) override {
    const std::size_t channels = recording_.channels.size();
    if (recording_.layout == Layout::kInterleaved)
      return read_run(first * channels, count * channels, out);
    for (std::size_t c = 0; c < channels; ++c) {
      std::byte* plane = out + c * count * size_of(recording_.dtype);
      if (Result<void> done = read_run(c * recording_.scans + first, count, plane); !done)
        return done;
    }
    return {};
  }

 private:
  // `samples` consecutive samples of the file, whatever channel they are of.
  Result<void> read_run(std::uint64_t first, std::size_t samples, std::byte* out) {
    const std::size_t stored = layout_.stored_bytes;
    const std::size_t wide = size_of(recording_.dtype);
    // Narrow samples go to the end of their place, to be widened from the front.
    const std::span<std::byte> raw(out + samples * (wide - stored), samples * stored);
    if (Result<void> done = file_.read_at(layout_.first_byte + first * stored, raw); !done)
      return done;
    if (layout_.is_big_endian) swap_bytes(raw, stored);
    if (stored < wide) widen(raw, out);
    return {};
  }

  // 24 bits to 32, keeping the sign.
  static void widen(std::span<const std::byte> raw, std::byte* out) noexcept {
    for (std::size_t i = 0; i < raw.size(); i += 3, out += 4) {
      const std::uint32_t high = std::uint32_t{little_endian<std::uint16_t>(&raw[i + 1])} << 16;
      const std::uint32_t low = static_cast<std::uint32_t>(raw[i]) << 8;
      const std::int32_t value = static_cast<std::int32_t>(high | low) >> 8;
      std::memcpy(out, &value, sizeof(value));
    }
  }

  File file_;
  RawLayout layout_;
};

Format format_of(const std::string& path) {
  constexpr std::pair<std::string_view, Format> kEndings[] = {
      {".wav", Format::kWav},          {".rf64", Format::kWav},         {".bw64", Format::kWav},
      {".sigmf-meta", Format::kSigmf}, {".sigmf-data", Format::kSigmf}, {".csv", Format::kCsv},
      {".tsv", Format::kCsv},          {".txt", Format::kCsv},          {".npy", Format::kNpy},
  };
  std::string lower = path;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [ending, format] : kEndings)
    if (lower.ends_with(ending)) return format;
  return Format::kAuto;
}

}  // namespace

Result<std::unique_ptr<SampleFile>> open_sample_file(const std::string& path, Format format,
                                                     const Hints& hints) {
  if (format == Format::kAuto) format = format_of(path);
  switch (format) {
    case Format::kWav: return open_wav(path);
    case Format::kSigmf: return open_sigmf(path);
    case Format::kCsv: return open_csv(path, hints);
    case Format::kNpy: return open_npy(path, hints);
    case Format::kAuto: break;
  }
  return fail(Code::kInvalid, "the name of " + path + " does not tell its format", path,
              ".wav .rf64 .bw64 .sigmf-meta .sigmf-data .csv .tsv .txt .npy, or give `format`");
}

std::unique_ptr<SampleFile> open_raw(File file, Recording recording, RawLayout layout) {
  return std::make_unique<RawSampleFile>(std::move(file), std::move(recording), layout);
}

Result<std::uint64_t> whole_scans(const File& file, std::uint64_t first_byte, std::uint64_t bytes,
                                  std::size_t scan_bytes) {
  if (first_byte > file.size() || bytes > file.size() - first_byte) {
    return bad_byte(
        file.path(), first_byte,
        fmt::format("{} bytes of samples do not fit in a file of {}", bytes, file.size()));
  }
  if (bytes == 0) return bad_byte(file.path(), first_byte, "holds no samples");
  if (bytes % scan_bytes != 0) {
    return bad_byte(file.path(), first_byte,
                    fmt::format("{} bytes are not whole scans of {} bytes", bytes, scan_bytes));
  }
  return bytes / scan_bytes;
}

std::vector<Channel> plain_channels(std::size_t count) {
  std::vector<Channel> channels;
  for (std::size_t i = 0; i < count; ++i) channels.push_back({.id = fmt::format("ch{}", i)});
  return channels;
}

}  // namespace acq::replay
