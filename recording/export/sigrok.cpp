// A session of sigrok (PulseView, sigrok-cli): logic in a zip archive. A channel of its own, `lost`, is 1
// where samples are missing and all others are 0.
// Source: the sigrok wiki, File format:sigrok/v2.
#include <fmt/format.h>

#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/logic_words.h"
#include "recording/export/zip.h"

namespace acq::exports {
namespace {

constexpr std::size_t kEntryBytes = std::size_t{4} << 20;

// A value of the metadata is one line.
std::string line(std::string_view text) {
  std::string out;
  for (const char c : text) out += c < ' ' ? '_' : c;
  return out;
}

class SigrokExporter final : public Exporter {
 public:
  explicit SigrokExporter(const std::string& path) : path_(path), zip_(file_) {}

  Result<void> begin(const Description& description) override {
    if (auto done = check_logic(description, "sigrok"); !done) return done;
    if (description.rate_hz.den != 1) {
      return fail(Code::kUnsupported, "sigrok holds whole numbers of samples a second",
                  description.topic, "vcd");
    }
    auto file = Draft::create(path_);
    if (!file) return tl::unexpected<Error>(file.error());
    file_ = std::move(*file);
    description_ = description;
    const std::size_t channels = description.channels.size();
    size_ = (channels + 1 + 7) / 8;
    std::string text = fmt::format(
        "[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes={}\n"
        "samplerate={} Hz\ntotal analog=0\n",
        channels + 1, description.rate_hz.num);
    for (std::size_t c = 0; c < channels; ++c)
      text += fmt::format("probe{}={}\n", c + 1, line(name_of(description.channels[c])));
    text += fmt::format("probe{}=lost\nunitsize={}\n", channels + 1, size_);
    if (auto done = zip_.add("version", "2"); !done) return done;
    return zip_.add("metadata", text);
  }

  Result<void> append(const Piece& piece) override {
    const std::size_t size = acq::size_of(description_.dtype);
    const std::size_t channels = description_.channels.size();
    const std::uint32_t all = (1U << channels) - 1;
    for (std::size_t i = 0; i < piece.count; ++i) {
      const std::uint32_t word = piece.is_fill ? 1U << channels : word_at(piece.raw, size, i) & all;
      for (std::size_t b = 0; b < size_; ++b)
        samples_.push_back(static_cast<std::byte>(word >> (8 * b) & 0xFF));
    }
    while (samples_.size() >= entry_bytes()) {
      if (auto done = write_entry(entry_bytes()); !done) return done;
    }
    return {};
  }

  Result<void> gap(const Gap& gap) override {
    notes_ += fmt::format("from sample {} on: {}\n", gap.position, break_text(gap));
    return {};
  }

  Result<void> event(const Event& event) override {
    notes_ += line(iso_time(event.utc_ns) + " " + event.source + " " + event.what + ": " +
                   event.sentence) +
              "\n";
    return {};
  }

  // sigrok passes over what it does not know.
  Result<void> end() override {
    if (!samples_.empty()) {
      if (auto done = write_entry(samples_.size()); !done) return done;
    }
    const std::string text = description_.topic + " of the recording " + description_.recording +
                             ", run " + description_.run_id + ", from " +
                             iso_time(description_.start_utc_ns) + " (" + description_.clock +
                             ")\n" + notes_;
    return zip_.add("acqd.txt", text);
  }

  Result<std::vector<std::string>> finish() override {
    auto done = zip_.finish();
    if (done) done = file_.finish();
    if (!done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  [[nodiscard]] std::size_t entry_bytes() const noexcept { return kEntryBytes / size_ * size_; }

  Result<void> write_entry(std::size_t bytes) {
    const std::span<const std::byte> all = samples_;
    if (auto done = zip_.add(fmt::format("logic-1-{}", ++entries_), all.first(bytes)); !done)
      return done;
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(bytes));
    return {};
  }

  const std::string path_;
  Draft file_;
  ZipWriter zip_;
  Description description_;
  std::size_t size_ = 1;
  std::vector<std::byte> samples_;
  std::size_t entries_ = 0;
  std::string notes_;
};

}  // namespace

std::unique_ptr<Exporter> make_sigrok(const std::string& path) {
  return std::make_unique<SigrokExporter>(with_extension(path, "sr"));
}

}  // namespace acq::exports
