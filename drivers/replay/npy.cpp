#include "drivers/replay/npy.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "dsp/base/signal.h"

namespace acq::replay {
namespace {

constexpr std::size_t kLongestHeader = 65536;

struct ArrayHeader {
  std::string descr;
  bool is_fortran = false;
  std::vector<std::uint64_t> shape;
  bool has_descr = false, has_order = false, has_shape = false;
};

// Reads the header's Python literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class LiteralParser {
 public:
  LiteralParser(const std::string& path, std::uint64_t first_byte, std::string_view text)
      : path_(path), first_byte_(first_byte), text_(text) {}

  Result<ArrayHeader> parse() {
    ArrayHeader header;
    if (!take('{')) return bad("expected {");
    while (!take('}')) {
      std::string key;
      if (!text(key) || !take(':')) return bad("expected a key and a colon");
      if (!value(key, header)) return bad("has an unexpected value for " + in_quotes(key));
      if (!take(',') && !is_next('}')) return bad("expected a comma or }");
    }
    if (!header.has_descr || !header.has_order || !header.has_shape)
      return bad("lacks one of descr, fortran_order, shape");
    return header;
  }

 private:
  tl::unexpected<Error> bad(const std::string& what) const {
    return bad_byte(path_, first_byte_ + at_, "array header " + what,
                    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 2), }");
  }

  bool value(const std::string& key, ArrayHeader& header) {
    if (key == "descr") return header.has_descr = text(header.descr);
    if (key == "shape") return header.has_shape = tuple(header.shape);
    if (key != "fortran_order") return false;
    header.is_fortran = word("True");
    return header.has_order = header.is_fortran || word("False");
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool is_next(char c) {
    skip_blanks();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    const bool is_there = is_next(c);
    at_ += is_there ? 1 : 0;
    return is_there;
  }
  bool word(std::string_view expected) {
    skip_blanks();
    const bool is_there = text_.substr(at_).starts_with(expected);
    at_ += is_there ? expected.size() : 0;
    return is_there;
  }
  bool text(std::string& out) {
    const char quote = is_next('"') ? '"' : '\'';
    if (!take(quote)) return false;
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  bool tuple(std::vector<std::uint64_t>& out) {
    constexpr std::size_t kMostDimensions = 32;
    if (!take('(')) return false;
    while (!take(')')) {
      std::uint64_t number = 0;
      skip_blanks();
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
      if (error != std::errc() || out.size() == kMostDimensions) return false;
      at_ += static_cast<std::size_t>(end - begin);
      out.push_back(number);
      if (!take(',') && !is_next(')')) return false;
    }
    return true;
  }

  const std::string& path_;
  std::uint64_t first_byte_;
  std::string_view text_;
  std::size_t at_ = 0;
};

Dtype dtype_of(std::string_view kind_and_size) noexcept {
  constexpr std::pair<std::string_view, Dtype> kTypes[] = {
      {"i1", Dtype::kI8},  {"u1", Dtype::kU8},  {"i2", Dtype::kI16}, {"u2", Dtype::kU16},
      {"i4", Dtype::kI32}, {"f4", Dtype::kF32}, {"f8", Dtype::kF64}};
  for (const auto& [name, dtype] : kTypes)
    if (name == kind_and_size) return dtype;
  return Dtype::kUnspecified;
}

struct HeaderText {
  std::string text;
  std::uint64_t first_byte = 0;
};

Result<HeaderText> read_header(const File& file) {
  std::array<std::byte, 12> raw{};
  if (file.size() < raw.size())
    return bad_byte(file.path(), file.size(), "ends within the array header");
  if (Result<void> read = file.read_at(0, raw); !read) return tl::unexpected<Error>(read.error());
  const std::string_view magic(reinterpret_cast<const char*>(raw.data()), 6);
  if (magic != "\x93NUMPY")
    return bad_byte(file.path(), 0, "is not a NumPy array: starts with " + in_quotes(magic),
                    "\\x93NUMPY");
  const int major = std::to_integer<int>(raw[6]);
  if (major < 1 || major > 3)
    return bad_byte(file.path(), 6, fmt::format("has format version {}", major), "1, 2 or 3");
  const bool is_short = major == 1;
  const std::uint64_t length =
      is_short ? little_endian<std::uint16_t>(&raw[8]) : little_endian<std::uint32_t>(&raw[8]);
  HeaderText header{{}, is_short ? 10U : 12U};
  if (length > kLongestHeader)
    return bad_byte(file.path(), 8, fmt::format("has a header of {} bytes", length),
                    fmt::format("at most {}", kLongestHeader));
  if (length > file.size() - std::min(file.size(), header.first_byte))
    return bad_byte(file.path(), file.size(), "ends within the array header");
  header.text.resize(length);
  if (Result<void> read =
          file.read_at(header.first_byte, std::as_writable_bytes(std::span(header.text)));
      !read)
    return tl::unexpected<Error>(read.error());
  return header;
}

// The array's axes as samples and channels; kInvalid where they cannot be.
Result<void> shape_recording(const ArrayHeader& header, const Hints& hints, const File& file,
                             Recording& out) {
  const std::vector<std::uint64_t>& shape = header.shape;
  if (shape.empty() || shape.size() > 2)
    return bad_byte(file.path(), 10, fmt::format("has {} dimensions", shape.size()), "1 or 2");
  const bool is_flipped = shape.size() == 2 && hints.is_channels_first;
  const std::uint64_t channels = shape.size() == 1 ? 1 : shape[is_flipped ? 0 : 1];
  out.scans = shape[is_flipped ? 1 : 0];
  if (channels < 1 || channels > kMaxChannels) {
    return bad_byte(
        file.path(), 10, fmt::format("has {} channels", channels),
        fmt::format("1 to {}; channels_first = true reads (channels, samples)", kMaxChannels));
  }
  if (out.scans > file.size())
    return bad_byte(file.path(), 10,
                    fmt::format("claims {} samples in {} bytes", out.scans, file.size()));
  out.channels = plain_channels(channels);
  out.layout = header.is_fortran != is_flipped ? Layout::kPlanar : Layout::kInterleaved;
  return {};
}

}  // namespace

Result<std::unique_ptr<SampleFile>> open_npy(const std::string& path, const Hints& hints) {
  Result<File> file = File::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const Result<HeaderText> text = read_header(*file);
  if (!text) return tl::unexpected<Error>(text.error());
  const Result<ArrayHeader> header = LiteralParser(path, text->first_byte, text->text).parse();
  if (!header) return tl::unexpected<Error>(header.error());

  Recording recording;
  if (Result<void> shaped = shape_recording(*header, hints, *file, recording); !shaped)
    return tl::unexpected<Error>(shaped.error());
  const std::string_view descr = header->descr;
  const bool has_order =
      !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
  if (has_order) recording.dtype = dtype_of(descr.substr(1));
  if (!has_order || recording.dtype == Dtype::kUnspecified)
    return bad_byte(path, text->first_byte, "holds samples of type " + in_quotes(descr),
                    "i1 u1 i2 u2 i4 f4 f8");
  const std::size_t scan_bytes = recording.channels.size() * size_of(recording.dtype);
  const std::uint64_t first_byte = text->first_byte + text->text.size();
  const Result<std::uint64_t> scans =
      whole_scans(*file, first_byte, recording.scans * scan_bytes, scan_bytes);
  if (!scans) return tl::unexpected<Error>(scans.error());
  const RawLayout layout{.first_byte = first_byte,
                         .stored_bytes = size_of(recording.dtype),
                         .is_big_endian = descr[0] == '>'};
  return open_raw(std::move(*file), std::move(recording), layout);
}

}  // namespace acq::replay
