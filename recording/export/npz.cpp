// NumPy arrays in a zip archive: for each topic its numbers, times, names, units, gaps and events.
#include <algorithm>
#include <cstring>
#include <optional>

#include "recording/export/array.h"
#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/npy_header.h"
#include "recording/export/utf.h"
#include "recording/export/zip.h"

namespace acq::exports {
namespace {

constexpr std::size_t kEventWord = 64;
constexpr std::size_t kEventSentence = 256;

template <typename T>
void put(std::string& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

std::string text_type(std::size_t length) {
  return "<U" + std::to_string(length);
}

// NumPy's text: UTF-32, padded with zeros.
void put_text(std::string& out, const std::u32string& text, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) put(out, i < text.size() ? text[i] : char32_t{0});
}

class NpzExporter final : public ListingExporter {
 public:
  explicit NpzExporter(const std::string& path) : path_(path), zip_(file_) {}

  Result<void> begin(const Description& description) override {
    if (!has_begun_) {
      auto file = Draft::create(path_);
      if (!file) return tl::unexpected<Error>(file.error());
      file_ = std::move(*file);
      has_begun_ = true;
    }
    if (auto done = ListingExporter::begin(description); !done) return done;
    array_.emplace(description);
    return zip_.begin(description.topic + "/data.npy", kNpyHeaderBytes);
  }

  Result<void> append(const Piece& piece) override {
    const auto bytes = array_->take(piece);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return zip_.append(*bytes);
  }

  Result<void> end() override {
    if (auto done = zip_.end(npy_header(npy_type(array_->element()), array_->shape())); !done)
      return done;
    auto done = add_number("first_index", "'<u8'", description_.first_index);
    if (done) done = add_number("start_utc_ns", "'<i8'", description_.start_utc_ns);
    if (done) done = add_number("rate_hz", "'<f8'", description_.rate_hz.value());
    std::vector<std::string> names;
    std::vector<std::string> units;
    for (const Channel& channel : description_.channels) {
      names.push_back(name_of(channel));
      units.push_back(channel.unit);
    }
    if (done) done = add_texts("channels", names);
    if (done) done = add_texts("units", units);
    if (done) done = add_texts("clock", {description_.clock});
    if (done) done = add_gaps();
    if (done) done = add_events();
    if (done && !description_.is_continuous()) done = add_numbers("times_s", array_->times_s());
    if (done && !array_->x().empty()) done = add_numbers("x", array_->x());
    if (done && !array_->x().empty())
      done = add_texts("x_name", {description_.axis.name, description_.axis.unit});
    return done;
  }

  Result<std::vector<std::string>> finish() override {
    auto done = zip_.finish();
    if (done) done = file_.finish();
    if (!done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  Result<void> add(const std::string& name, const std::string& descr,
                   std::span<const std::uint64_t> shape, const std::string& bytes) {
    return zip_.add(description_.topic + "/" + name + ".npy", npy_header(descr, shape) + bytes);
  }

  template <typename T>
  Result<void> add_number(const std::string& name, const std::string& descr, T value) {
    std::string bytes;
    put(bytes, value);
    return add(name, descr, {}, bytes);
  }

  Result<void> add_numbers(const std::string& name, const std::vector<double>& values) {
    std::string bytes;
    for (const double value : values) put(bytes, value);
    const std::uint64_t shape[] = {values.size()};
    return add(name, "'<f8'", shape, bytes);
  }

  Result<void> add_texts(const std::string& name, const std::vector<std::string>& texts) {
    std::vector<std::u32string> wide;
    std::size_t longest = 1;
    for (const std::string& text : texts) {
      wide.push_back(utf32_of(text));
      longest = std::max(longest, wide.back().size());
    }
    std::string bytes;
    for (const std::u32string& text : wide) put_text(bytes, text, longest);
    const std::uint64_t shape[] = {texts.size()};
    return add(name, "'" + text_type(longest) + "'", shape, bytes);
  }

  Result<void> add_gaps() {
    std::string bytes;
    for (const Gap& gap : gaps_) {
      put(bytes, gap.first_index);
      put(bytes, gap.position);
      put(bytes, gap.samples);
      put(bytes, gap.frames);
      put(bytes, gap.reasons);
      put(bytes, gap.is_exact);
      put(bytes, gap.is_new_epoch);
      put(bytes, gap.end_utc_ns);
    }
    const std::uint64_t shape[] = {gaps_.size()};
    return add("gaps",
               "[('first_index', '<u8'), ('position', '<u8'), ('samples', '<u8'), "
               "('frames', '<u8'), ('reasons', '<u4'), ('is_exact', '|b1'), "
               "('is_new_epoch', '|b1'), ('end_utc_ns', '<i8')]",
               shape, bytes);
  }

  Result<void> add_events() {
    std::string bytes;
    for (const Event& event : events_) {
      put(bytes, event.utc_ns);
      put_text(bytes, utf32_of(event.source), kEventWord);
      put_text(bytes, utf32_of(event.what), kEventWord);
      put_text(bytes, utf32_of(event.sentence), kEventSentence);
    }
    const std::string word = "'" + text_type(kEventWord) + "'";
    const std::uint64_t shape[] = {events_.size()};
    return add("events",
               "[('utc_ns', '<i8'), ('source', " + word + "), ('what', " + word +
                   "), ('sentence', '" + text_type(kEventSentence) + "')]",
               shape, bytes);
  }

  const std::string path_;
  bool has_begun_ = false;
  Draft file_;
  ZipWriter zip_;
  std::optional<GrowingArray> array_;
};

}  // namespace

std::unique_ptr<Exporter> make_npz(const std::string& path) {
  return std::make_unique<NpzExporter>(with_extension(path, "npz"));
}

}  // namespace acq::exports
