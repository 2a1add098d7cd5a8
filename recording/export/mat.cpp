// MATLAB 5 MAT-files, uncompressed: for each topic a matrix and what belongs to it. One matrix is
// 2 GiB at most; its size is written once it is known.
// Source: MAT-File Format, MathWorks, chapter 1 (level 5).
#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>

#include "recording/export/array.h"
#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/utf.h"

namespace acq::exports {
namespace {

constexpr std::uint64_t kMostBytes = 0x7FFFFFFF;
constexpr std::size_t kMostName = 63;

enum Type : std::uint32_t {
  kInt8 = 1,
  kUint8 = 2,
  kInt32 = 5,
  kUint32 = 6,
  kSingle = 7,
  kDouble = 9,
  kMatrix = 14,
  kUtf16 = 17
};
enum Class : std::uint32_t { kCharClass = 4, kDoubleClass = 6, kSingleClass = 7, kUint8Class = 9 };

void put32(std::string& out, std::uint64_t value) {
  const auto narrow = static_cast<std::uint32_t>(value);
  char raw[4];
  std::memcpy(raw, &narrow, 4);
  out.append(raw, 4);
}

void pad(std::string& out) {
  out.append((8 - out.size() % 8) % 8, '\0');
}

// Everything of a matrix in front of its numbers. `dims` in MATLAB's order: the first runs fastest.
std::string matrix_head(const std::string& name, Class type, Type stored,
                        const std::vector<std::uint64_t>& dims, std::uint64_t bytes) {
  std::string inner;
  put32(inner, kUint32);
  put32(inner, 8);
  put32(inner, type);
  put32(inner, 0);
  put32(inner, kInt32);
  put32(inner, dims.size() * 4);
  for (const std::uint64_t size : dims) put32(inner, size);
  pad(inner);
  put32(inner, kInt8);
  put32(inner, name.size());
  inner += name;
  pad(inner);
  put32(inner, stored);
  put32(inner, bytes);
  std::string out;
  put32(out, kMatrix);
  put32(out, inner.size() + (bytes + 7) / 8 * 8);
  return out + inner;
}

// A topic as the beginning of a variable's name.
std::string variable_name(const std::string& topic) {
  std::string name;
  for (const char c : topic) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class MatExporter final : public ListingExporter {
 public:
  explicit MatExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    if (!has_begun_) {
      auto file = Draft::create(path_);
      if (!file) return tl::unexpected<Error>(file.error());
      file_ = std::move(*file);
      has_begun_ = true;
      std::string head = "MATLAB 5.0 MAT-file, written by " + description.software;
      head.resize(124, ' ');
      if (auto done = file_.append(head + std::string("\x00\x01IM", 4)); !done) return done;
    }
    if (auto done = ListingExporter::begin(description); !done) return done;
    array_.emplace(description);
    name_ = variable_name(description.topic);
    if (name_.size() + std::string_view("_start_utc").size() > kMostName)
      return fail(Code::kUnsupported, "a name in a MAT-file has 63 characters at most",
                  description.topic, "npz, nexus");
    bytes_ = 0;
    start_ = file_.size();
    return file_.append(data_head());
  }

  Result<void> append(const Piece& piece) override {
    const auto bytes = array_->take(piece);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    bytes_ += bytes->size();
    if (bytes_ + 1024 > kMostBytes) {
      return fail(Code::kUnsupported,
                  description_.topic + " has more than the 2 GiB that a matrix in a MAT-file has",
                  description_.topic, "parts of it by --from and --to, or nexus, npz");
    }
    return file_.append(*bytes);
  }

  Result<void> end() override {
    auto done = file_.append(std::string((8 - bytes_ % 8) % 8, '\0'));
    if (done) done = file_.rewrite(start_, data_head());
    const std::vector<double> rate = {description_.rate_hz.value()};
    if (done) done = add_matrix("_rate_hz", {1, 1}, rate);
    if (done) done = add_texts("_start_utc", {iso_time(description_.start_utc_ns)});
    std::vector<std::string> names;
    std::vector<std::string> units;
    for (const Channel& channel : description_.channels) {
      names.push_back(name_of(channel));
      units.push_back(channel.unit);
    }
    if (done) done = add_texts("_channels", names);
    if (done) done = add_texts("_units", units);
    if (done) done = add_gaps();
    if (done) done = add_events();
    if (done && !description_.is_continuous())
      done = add_matrix("_times_s", {array_->times_s().size(), 1}, array_->times_s());
    if (done && !array_->x().empty()) done = add_matrix("_x", {array_->x().size(), 1}, array_->x());
    if (done && !array_->x().empty()) done = add_texts("_x_unit", {description_.axis.unit});
    return done;
  }

  Result<std::vector<std::string>> finish() override {
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  // A row of C's order is a column of MATLAB's: (channels, samples), (values, channels, frames).
  [[nodiscard]] std::string data_head() const {
    std::vector<std::uint64_t> dims = array_->shape();
    std::reverse(dims.begin(), dims.end());
    switch (array_->element()) {
      case Element::kU8: return matrix_head(name_, kUint8Class, kUint8, dims, bytes_);
      case Element::kF32: return matrix_head(name_, kSingleClass, kSingle, dims, bytes_);
      case Element::kF64: break;
    }
    return matrix_head(name_, kDoubleClass, kDouble, dims, bytes_);
  }

  Result<void> add_matrix(const char* suffix, const std::vector<std::uint64_t>& dims,
                          const std::vector<double>& values) {
    const std::uint64_t bytes = values.size() * sizeof(double);
    if (auto done = file_.append(matrix_head(name_ + suffix, kDoubleClass, kDouble, dims, bytes));
        !done)
      return done;
    return file_.append(std::as_bytes(std::span(values)));
  }

  // A matrix of characters, a text a row, padded with blanks.
  Result<void> add_texts(const char* suffix, const std::vector<std::string>& texts) {
    std::vector<std::u16string> wide;
    std::size_t longest = 0;
    for (const std::string& text : texts) {
      wide.push_back(utf16_of(text));
      longest = std::max(longest, wide.back().size());
    }
    std::string data;
    for (std::size_t column = 0; column < longest; ++column) {
      for (const std::u16string& text : wide) {
        const char16_t c = column < text.size() ? text[column] : u' ';
        data += static_cast<char>(c & 0xFF);
        data += static_cast<char>(c >> 8);
      }
    }
    std::string out =
        matrix_head(name_ + suffix, kCharClass, kUtf16, {wide.size(), longest}, data.size());
    out += data;
    pad(out);
    return file_.append(out);
  }

  // A row a gap: first_index, row it is in front of, samples, frames, reasons, is_exact, is_new_epoch.
  Result<void> add_gaps() {
    constexpr std::size_t kColumns = 7;
    std::vector<double> values(gaps_.size() * kColumns);
    for (std::size_t i = 0; i < gaps_.size(); ++i) {
      const Gap& gap = gaps_[i];
      const double row[kColumns] = {
          static_cast<double>(gap.first_index), static_cast<double>(gap.position),
          static_cast<double>(gap.samples),     static_cast<double>(gap.frames),
          static_cast<double>(gap.reasons),     gap.is_exact ? 1.0 : 0.0,
          gap.is_new_epoch ? 1.0 : 0.0};
      for (std::size_t c = 0; c < kColumns; ++c) values[c * gaps_.size() + i] = row[c];
    }
    return add_matrix("_gaps", {gaps_.size(), kColumns}, values);
  }

  Result<void> add_events() {
    std::vector<std::string> lines;
    for (const Event& event : events_) {
      lines.push_back(iso_time(event.utc_ns) + " " + event.source + " " + event.what + ": " +
                      event.sentence);
    }
    return add_texts("_events", lines);
  }

  const std::string path_;
  bool has_begun_ = false;
  Draft file_;
  std::optional<GrowingArray> array_;
  std::string name_;
  std::uint64_t start_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<Exporter> make_mat(const std::string& path) {
  return std::make_unique<MatExporter>(with_extension(path, "mat"));
}

}  // namespace acq::exports
