// WAV, and RF64 where it is larger than WAV can be. The device's numbers; gaps are silence with a
// cue and a comment.
// Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991);
// EBU Tech 3306 v1.1 (RF64).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "recording/export/bytes.h"
#include "recording/export/draft.h"
#include "recording/export/formats.h"

namespace acq::exports {
namespace {

constexpr std::uint64_t kMost32 = 0xFFFFFFFF;
constexpr std::size_t kGapsInText = 20;

void chunk(std::string& out, std::string_view id, std::string content) {
  out += id;
  put_number(out, static_cast<std::uint32_t>(content.size()));
  if (content.size() % 2 != 0) content += '\0';
  out += content;
}

// What a number of the device is in the file: 8 bits are unsigned there, more are signed.
struct Shift {
  int bits;
  bool is_float;
  double by;  // file = device + by
};
Shift shift_of(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kI8: return {8, false, 128};
    case Dtype::kU8: return {8, false, 0};
    case Dtype::kI16: return {16, false, 0};
    case Dtype::kU16: return {16, false, -32768};
    case Dtype::kI32: return {32, false, 0};
    case Dtype::kF32: return {32, true, 0};
    default: return {64, true, 0};
  }
}

struct Cue {
  std::uint64_t position;
  std::string label;
};

class WavExporter final : public Exporter {
 public:
  explicit WavExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    if (!description.is_continuous() || description.kind == Kind::kLogic) {
      return fail(Code::kUnsupported,
                  "wav holds waveforms and I/Q, and " + description.topic + " is neither",
                  description.topic, "npz, nexus, datalab, csv; vcd, sigrok for logic");
    }
    if (description.rate_hz.den != 1 || description.rate_hz.num > kMost32) {
      return fail(Code::kUnsupported,
                  fmt::format("wav holds whole numbers of samples a second up to 2^32, and {} has "
                              "{}/{}",
                              description.topic, description.rate_hz.num, description.rate_hz.den),
                  description.topic, "sigmf, npz, nexus, datalab, csv");
    }
    auto file = Draft::create(path_);
    if (!file) return tl::unexpected<Error>(file.error());
    file_ = std::move(*file);
    description_ = description;
    shift_ = shift_of(description.dtype);
    return file_.append(head(0));
  }

  Result<void> append(const Piece& piece) override {
    rows_ += piece.count;
    if (piece.is_fill && shift_.bits != 8) return file_.append_zeros(piece.raw.size());
    if (piece.is_fill) {
      shifted_.assign(piece.raw.size(), std::byte{0x80});
      return file_.append(shifted_);
    }
    if (shift_.by == 0) return file_.append(piece.raw);
    // Flipping the highest bit is the shift by half of the range.
    shifted_.assign(piece.raw.begin(), piece.raw.end());
    const std::size_t size = static_cast<std::size_t>(shift_.bits) / 8;
    for (std::size_t i = size - 1; i < shifted_.size(); i += size) shifted_[i] ^= std::byte{0x80};
    return file_.append(shifted_);
  }

  Result<void> gap(const Gap& gap) override {
    cues_.push_back({gap.position, break_text(gap)});
    lost_ += gap.samples;
    if (gap.samples > 0) ++gaps_;
    if (cues_of_gaps_++ < kGapsInText)
      comment_ += fmt::format("; from sample {}: {}", gap.position, break_text(gap));
    return {};
  }

  Result<void> event(const Event& event) override {
    const double rows = description_.seconds_to(event.utc_ns) * description_.rate_hz.value();
    cues_.push_back({static_cast<std::uint64_t>(std::clamp(rows, 0.0, 1e18)),
                     event.what + ": " + event.sentence});
    return {};
  }

  Result<void> end() override {
    const std::uint64_t data_bytes = rows_ * scan();
    std::string tail;
    if (data_bytes % 2 != 0) tail += '\0';
    add_cues(tail);
    add_info(tail);
    if (auto done = file_.append(tail); !done) return done;
    return file_.rewrite(0, head(data_bytes));
  }

  Result<std::vector<std::string>> finish() override {
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  [[nodiscard]] std::uint64_t scan() const noexcept {
    return description_.channels.size() * static_cast<std::uint64_t>(shift_.bits) / 8;
  }

  // Everything in front of the samples; of one length whether it is RF64 or not.
  [[nodiscard]] std::string head(std::uint64_t data_bytes) {
    const std::uint64_t riff_bytes = file_.size() < 8 ? 0 : file_.size() - 8;
    const bool is_large = riff_bytes > kMost32 || data_bytes > kMost32;
    std::string sizes;
    put_number(sizes, is_large ? riff_bytes : 0);
    put_number(sizes, is_large ? data_bytes : 0);
    put_number(sizes, is_large ? rows_ : 0);
    put_number(sizes, std::uint32_t{0});
    std::string out = is_large ? "RF64" : "RIFF";
    put_number(out, static_cast<std::uint32_t>(is_large ? kMost32 : riff_bytes));
    out += "WAVE";
    chunk(out, is_large ? "ds64" : "JUNK", sizes);
    chunk(out, "fmt ", format());
    std::string fact;
    put_number(fact, static_cast<std::uint32_t>(std::min(rows_, kMost32)));
    if (shift_.is_float) chunk(out, "fact", fact);
    out += "data";
    put_number(out, static_cast<std::uint32_t>(is_large ? kMost32 : data_bytes));
    return out;
  }

  [[nodiscard]] std::string format() const {
    constexpr std::uint16_t kPcm = 1;
    constexpr std::uint16_t kFloat = 3;
    constexpr std::uint16_t kExtensible = 0xFFFE;
    const std::uint16_t tag = shift_.is_float ? kFloat : kPcm;
    const bool is_extensible =
        description_.channels.size() > 2 || (shift_.bits > 16 && tag == kPcm);
    const auto rate = static_cast<std::uint32_t>(description_.rate_hz.num);
    std::string out;
    put_number(out, is_extensible ? kExtensible : tag);
    put_number(out, static_cast<std::uint16_t>(description_.channels.size()));
    put_number(out, rate);
    put_number(out, static_cast<std::uint32_t>(std::min(rate * scan(), kMost32)));
    put_number(out, static_cast<std::uint16_t>(scan()));
    put_number(out, static_cast<std::uint16_t>(shift_.bits));
    if (!is_extensible) {
      if (tag != kPcm) put_number(out, std::uint16_t{0});
      return out;
    }
    put_number(out, std::uint16_t{22});
    put_number(out, static_cast<std::uint16_t>(shift_.bits));
    put_number(out, std::uint32_t{0});  // channels of no place in a room
    put_number(out, tag);
    return out + std::string("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 14);
  }

  // Places beyond 2^32 samples a cue cannot tell; the comment has them.
  void add_cues(std::string& out) const {
    std::string cues;
    std::string labels = "adtl";
    std::uint32_t number = 0;
    for (const Cue& cue : cues_) {
      const std::uint64_t position = std::min(cue.position, rows_);
      if (position > kMost32) continue;
      ++number;
      put_number(cues, number);
      put_number(cues, static_cast<std::uint32_t>(position));
      cues += "data";
      put_number(cues, std::uint64_t{0});
      put_number(cues, static_cast<std::uint32_t>(position));
      std::string label;
      put_number(label, number);
      chunk(labels, "labl", label + cue.label + '\0');
    }
    if (number == 0) return;
    std::string content;
    put_number(content, number);
    chunk(out, "cue ", content + cues);
    chunk(out, "LIST", labels);
  }

  void add_info(std::string& out) const {
    std::string text;
    for (const Channel& channel : description_.channels) {
      text += fmt::format("{}{} = number * {} + {} {}", text.empty() ? "" : "; ", name_of(channel),
                          channel.scale, channel.offset - shift_.by * channel.scale, channel.unit);
    }
    if (lost_ > 0) text += fmt::format("; lost {} samples in {} gaps, silent here", lost_, gaps_);
    std::string info = "INFO";
    chunk(info, "INAM", description_.topic + '\0');
    chunk(info, "ICRD", iso_time(description_.start_utc_ns) + '\0');
    chunk(info, "ISFT", description_.software + '\0');
    chunk(info, "ICMT", text + comment_ + (cues_of_gaps_ > kGapsInText ? "; and more" : "") + '\0');
    chunk(out, "LIST", info);
  }

  const std::string path_;
  Draft file_;
  Description description_;
  Shift shift_{};
  std::uint64_t rows_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t gaps_ = 0;          // with something lost
  std::uint64_t cues_of_gaps_ = 0;  // all places where it does not adjoin
  std::vector<Cue> cues_;
  std::string comment_;
  std::vector<std::byte> shifted_;
};

}  // namespace

std::unique_ptr<Exporter> make_wav(const std::string& path) {
  return std::make_unique<WavExporter>(with_extension(path, "wav"));
}

}  // namespace acq::exports
