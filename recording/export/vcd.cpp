// VCD: the changes of logic channels; lost samples are x.
// Source: IEEE 1364-2005, clause 18.
#include <fmt/format.h>

#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/logic_words.h"

namespace acq::exports {
namespace {

constexpr int kFinest = 15;     // femtoseconds
constexpr int kUsual = 12;      // where no unit fits: picoseconds, rounded
constexpr char kFirstId = '!';  // one printable character names each channel

// The coarsest unit, as a power of ten, in which the period is a whole number.
int exponent_of(Rational rate_hz) noexcept {
  __extension__ using Wide = __int128;
  Wide scale = rate_hz.den;
  for (int e = 0; e <= kFinest; ++e, scale *= 10) {
    if (scale % rate_hz.num == 0) return e;
  }
  return kUsual;
}

std::string timescale(int exponent) {
  static constexpr const char* kUnits[] = {"s", "ms", "us", "ns", "ps", "fs"};
  static constexpr int kFactors[] = {1, 100, 10};
  return fmt::format("{} {}", kFactors[exponent % 3], kUnits[(exponent + 2) / 3]);
}

// Text that ends no command and separates no name.
std::string plain(std::string_view text, bool is_name) {
  std::string out;
  for (const char c : text) {
    const bool is_bad = c == '$' || c < ' ' || (is_name && c == ' ');
    out += is_bad ? '_' : c;
  }
  return out;
}

class VcdExporter final : public Exporter {
 public:
  explicit VcdExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    if (auto done = check_logic(description, "vcd"); !done) return done;
    auto file = Draft::create(path_);
    if (!file) return tl::unexpected<Error>(file.error());
    file_ = std::move(*file);
    description_ = description;
    exponent_ = exponent_of(description.rate_hz);
    std::string text =
        "$date " + iso_time(description.start_utc_ns) + " $end\n$version " +
        plain(description.software, false) + " $end\n$comment " +
        plain(description.topic + " of the recording " + description.recording, false) +
        "; x: lost $end\n$timescale " + timescale(exponent_) + " $end\n$scope module " +
        plain(description.short_name(), true) + " $end\n";
    for (std::size_t c = 0; c < description.channels.size(); ++c) {
      text += fmt::format("$var wire 1 {} {} $end\n", id(c),
                          plain(name_of(description.channels[c]), true));
    }
    return file_.append(text + "$upscope $end\n$enddefinitions $end\n");
  }

  Result<void> append(const Piece& piece) override {
    text_.clear();
    const std::size_t size = acq::size_of(description_.dtype);
    const std::uint32_t all = (1U << description_.channels.size()) - 1;
    for (std::size_t i = 0; i < piece.count; ++i) {
      const std::uint32_t bits = word_at(piece.raw, size, i) & all;
      const std::uint32_t changed = is_known_ ? bits ^ last_ : all;
      if (changed == 0) continue;
      put_time(piece.position + i);
      for (std::size_t c = 0; c < description_.channels.size(); ++c) {
        if ((changed >> c & 1U) == 0) continue;
        text_ += (bits >> c & 1U) != 0 ? '1' : '0';
        text_ += id(c);
        text_ += '\n';
      }
      last_ = bits;
      is_known_ = true;
    }
    end_ = piece.position + piece.count;
    return file_.append(text_);
  }

  Result<void> gap(const Gap& gap) override {
    text_.clear();
    put_time(gap.position);
    for (std::size_t c = 0; c < description_.channels.size(); ++c) {
      text_ += 'x';
      text_ += id(c);
      text_ += '\n';
    }
    notes_ += fmt::format("$comment #{}: {} $end\n", units_of(gap.position), break_text(gap));
    is_known_ = false;
    end_ = gap.position + gap.samples;
    return file_.append(text_);
  }

  Result<void> event(const Event& event) override {
    notes_ += "$comment " + iso_time(event.utc_ns) + " " +
              plain(event.what + ": " + event.sentence, false) + " $end\n";
    return {};
  }

  // Comments come last: sigrok stops reading at one that is among the changes.
  Result<void> end() override {
    text_.clear();
    put_time(end_);
    return file_.append(text_ + notes_);
  }

  Result<std::vector<std::string>> finish() override {
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  static char id(std::size_t channel) noexcept {
    return static_cast<char>(kFirstId + static_cast<char>(channel));
  }

  [[nodiscard]] std::uint64_t units_of(std::uint64_t row) const noexcept {
    __extension__ using Wide = unsigned __int128;
    Wide units = static_cast<Wide>(row) * description_.rate_hz.den;
    for (int e = 0; e < exponent_; ++e) units *= 10;
    return static_cast<std::uint64_t>((units + description_.rate_hz.num / 2) /
                                      description_.rate_hz.num);
  }

  void put_time(std::uint64_t row) {
    text_ += '#';
    text_ += std::to_string(units_of(row));
    text_ += '\n';
  }

  const std::string path_;
  Draft file_;
  Description description_;
  int exponent_ = 0;
  std::uint32_t last_ = 0;
  bool is_known_ = false;
  std::uint64_t end_ = 0;
  std::string text_;
  std::string notes_;
};

}  // namespace

std::unique_ptr<Exporter> make_vcd(const std::string& path) {
  return std::make_unique<VcdExporter>(with_extension(path, "vcd"));
}

}  // namespace acq::exports
