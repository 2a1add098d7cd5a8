#include "drivers/replay/wav.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>

#include "dsp/base/signal.h"

namespace acq::replay {
namespace {

constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xfffe;
constexpr std::uint32_t kIn64Bits = 0xffff'ffff;  // the size is in the ds64 chunk
constexpr int kMostChunks = 1024;                 // before the samples

struct WavFormat {
  std::uint16_t tag = 0;
  std::uint16_t channels = 0;
  std::uint32_t rate_hz = 0;
  std::uint16_t scan_bytes = 0;
  std::uint16_t bits = 0;
  std::uint16_t valid_bits = 0;
};

struct Chunk {
  std::string id;
  std::uint64_t first_byte = 0;  // of the content
  std::uint64_t size = 0;
};

// Walks the chunks up to and including the samples.
class WavReader {
 public:
  explicit WavReader(File file) : file_(std::move(file)) {}

  Result<std::unique_ptr<SampleFile>> open() {
    Result<void> done = read_chunks();
    if (done) done = check_format();
    if (!done) return tl::unexpected<Error>(done.error());
    Recording recording;
    describe(recording);
    const Result<std::uint64_t> scans =
        whole_scans(file_, data_.first_byte, data_.size, format_.scan_bytes);
    if (!scans) return tl::unexpected<Error>(scans.error());
    recording.scans = *scans;
    const RawLayout layout{.first_byte = data_.first_byte, .stored_bytes = format_.bits / 8U};
    return open_raw(std::move(file_), std::move(recording), layout);
  }

 private:
  tl::unexpected<Error> bad(std::uint64_t byte, std::string_view what,
                            std::string allowed = {}) const {
    return bad_byte(file_.path(), byte, what, std::move(allowed));
  }

  // `size` bytes at `byte`, or an error that says what was expected there.
  template <std::size_t size>
  Result<std::array<std::byte, size>> bytes_at(std::uint64_t byte, std::string_view what) const {
    std::array<std::byte, size> raw{};
    if (byte > file_.size() || size > file_.size() - byte)
      return bad(file_.size(), fmt::format("ends within {}", what));
    if (Result<void> read = file_.read_at(byte, raw); !read)
      return tl::unexpected<Error>(read.error());
    return raw;
  }

  static std::string id_of(const std::byte* raw) { return {reinterpret_cast<const char*>(raw), 4}; }

  Result<void> read_chunks() {
    const auto head = bytes_at<12>(0, "the RIFF header");
    if (!head) return tl::unexpected<Error>(head.error());
    const std::string id = id_of(head->data());
    if ((id != "RIFF" && id != "RF64" && id != "BW64") || id_of(head->data() + 8) != "WAVE")
      return bad(0, "is not a WAVE file: starts with " + in_quotes(id),
                 "RIFF, RF64 or BW64 of WAVE");
    std::uint64_t at = 12;
    for (int chunks = 0; chunks < kMostChunks; ++chunks) {
      const auto raw = bytes_at<8>(at, "the header of a chunk, before its samples");
      if (!raw) return tl::unexpected<Error>(raw.error());
      Chunk chunk{id_of(raw->data()), at + 8, little_endian<std::uint32_t>(raw->data() + 4)};
      if (chunk.id == "data") return take_data(chunk);
      Result<void> taken;
      if (chunk.id == "fmt ") taken = take_format(chunk);
      if (chunk.id == "ds64") taken = take_sizes(chunk);
      if (!taken) return taken;
      at = chunk.first_byte + chunk.size + chunk.size % 2;
    }
    return bad(at, fmt::format("has more than {} chunks and no samples", kMostChunks));
  }

  Result<void> take_format(const Chunk& chunk) {
    const auto raw = bytes_at<16>(chunk.first_byte, "the format chunk");
    if (!raw) return tl::unexpected<Error>(raw.error());
    format_byte_ = chunk.first_byte;
    format_ = {.tag = little_endian<std::uint16_t>(raw->data()),
               .channels = little_endian<std::uint16_t>(raw->data() + 2),
               .rate_hz = little_endian<std::uint32_t>(raw->data() + 4),
               .scan_bytes = little_endian<std::uint16_t>(raw->data() + 12),
               .bits = little_endian<std::uint16_t>(raw->data() + 14)};
    format_.valid_bits = format_.bits;
    if (format_.tag != kExtensible) return {};
    const auto more = bytes_at<40>(chunk.first_byte, "the extensible format chunk");
    if (!more) return tl::unexpected<Error>(more.error());
    if (chunk.size < 40)
      return bad(chunk.first_byte, "its extensible format is too short", "40 bytes");
    format_.valid_bits = little_endian<std::uint16_t>(more->data() + 18);
    format_.tag = little_endian<std::uint16_t>(more->data() + 24);
    return {};
  }

  Result<void> take_sizes(const Chunk& chunk) {
    const auto raw = bytes_at<16>(chunk.first_byte, "the ds64 chunk");
    if (!raw) return tl::unexpected<Error>(raw.error());
    data_size_ = little_endian<std::uint64_t>(raw->data() + 8);
    return {};
  }

  Result<void> take_data(const Chunk& chunk) {
    data_ = chunk;
    if (chunk.size != kIn64Bits) return {};
    if (data_size_ == 0)
      return bad(chunk.first_byte - 4, "leaves the size of its samples open", "a ds64 chunk");
    data_.size = data_size_;
    return {};
  }

  Result<void> check_format() const {
    const WavFormat& f = format_;
    if (format_byte_ == 0)
      return bad(data_.first_byte - 8, "has no format chunk before its samples");
    if (f.tag != kPcm && f.tag != kFloat)
      return bad(format_byte_, fmt::format("its samples are of kind {}", f.tag),
                 "1 (PCM) or 3 (float)");
    if (f.channels < 1 || f.channels > kMaxChannels)
      return bad(format_byte_ + 2, fmt::format("has {} channels", f.channels),
                 fmt::format("1 to {}", kMaxChannels));
    if (f.rate_hz == 0) return bad(format_byte_ + 4, "has a rate of 0 Hz", "at least 1 Hz");
    const bool is_pcm =
        f.tag == kPcm && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32);
    const bool is_float = f.tag == kFloat && (f.bits == 32 || f.bits == 64);
    if (!is_pcm && !is_float)
      return bad(format_byte_ + 14, fmt::format("has {} bits a sample", f.bits),
                 "8, 16, 24, 32; float 32, 64");
    if (f.valid_bits < 1 || f.valid_bits > f.bits)
      return bad(format_byte_ + 18, fmt::format("has {} valid bits of {}", f.valid_bits, f.bits));
    if (f.scan_bytes != f.channels * f.bits / 8)
      return bad(format_byte_ + 12, fmt::format("has scans of {} bytes", f.scan_bytes),
                 fmt::format("{}", f.channels * f.bits / 8));
    return {};
  }

  void describe(Recording& recording) const {
    recording.rate_hz = {format_.rate_hz, 1};
    recording.channels = plain_channels(format_.channels);
    double scale = std::ldexp(1, 1 - format_.bits), offset = 0;
    switch (format_.bits) {
      case 8: recording.dtype = Dtype::kU8, offset = -1; break;  // the only unsigned one
      case 16: recording.dtype = Dtype::kI16; break;
      case 64: recording.dtype = Dtype::kF64; break;
      default: recording.dtype = Dtype::kI32; break;
    }
    if (format_.tag == kFloat) {
      recording.dtype = format_.bits == 32 ? Dtype::kF32 : Dtype::kF64;
      scale = 1;
    }
    for (Channel& channel : recording.channels) {
      channel.scale = scale;
      channel.offset = offset;
      channel.range_min = -1;
      channel.range_max = 1;
      channel.significant_bits =
          format_.tag == kFloat ? (format_.bits == 32 ? 24 : 53) : format_.valid_bits;
    }
  }

  File file_;
  WavFormat format_;
  std::uint64_t format_byte_ = 0;
  std::uint64_t data_size_ = 0;  // from ds64
  Chunk data_;
};

}  // namespace

Result<std::unique_ptr<SampleFile>> open_wav(const std::string& path) {
  Result<File> file = File::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  return WavReader(std::move(*file)).open();
}

}  // namespace acq::replay
