// A workspace of DataLab: each channel, result or cut-out is a signal with its x, units, title and
// metadata. Source: DataLab 1.2, its native HDF5 files (datalab/h5/native.py over guidata's handler).
#include <fmt/format.h>

#include <cctype>
#include <memory>

#include "recording/export/formats.h"
#include "recording/export/hdf5_file.h"

namespace acq::exports {
namespace {

constexpr hsize_t kChunk = 16384;
// DataLab lists every signal; more of them it does not show in a useful time.
constexpr std::size_t kMostSignals = 10'000;
constexpr std::size_t kGapsInText = 20;
constexpr std::size_t kEventsInText = 200;

// Names of objects have these characters alone.
std::string object_name(char prefix, std::size_t number, const std::string& title) {
  std::string name;
  for (const char c : title) {
    const bool is_kept = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                         std::string_view("-_.() ").find(c) != std::string_view::npos;
    name += is_kept ? std::string(1, c) : c == '/' ? "_" : "";
  }
  return fmt::format("{}{:03}: {}", prefix, number, name);
}

struct Signal {
  HdfHandle group;
  HdfHandle numbers;
  std::string title;
};

class DatalabExporter final : public ListingExporter {
 public:
  explicit DatalabExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    if (!has_begun_) {
      if (auto done = file_.create(path_); !done) return done;
      has_begun_ = true;
      file_.add_text(file_.root(), "DataLab_Version", "1.2.2");
      signals_root_ = file_.group(file_.root(), "DataLab_Sig");
      file_.group(file_.root(), "DataLab_Ima");
      file_.group(file_.root(), "DataLab_Mac");
    }
    if (auto done = ListingExporter::begin(description); !done) return done;
    rows_ = 0;
    const std::string title(description.topic);
    group_ = file_.group(signals_root_, object_name('g', ++groups_, title));
    file_.set(group_, "title", title);
    if (!description_.has_axis()) {
      for (const Channel& channel : description.channels) {
        if (auto done = add_signal(name_of(channel), channel); !done) return done;
      }
    }
    return file_.status();
  }

  Result<void> append(const Piece& piece) override {
    if (description_.has_axis()) return append_frame(piece);
    row_times(description_, piece, x_);
    for (std::size_t c = 0; c < signals_.size(); ++c) {
      file_.put(signals_[c].numbers, Element::kF64, {0, rows_}, {1, piece.count}, x_.data());
      file_.put(signals_[c].numbers, Element::kF64, {1, rows_}, {1, piece.count},
                piece.columns[c].data());
    }
    rows_ += piece.count;
    return file_.status();
  }

  // Cut-outs have their metadata already; what is lost between them, the group tells.
  Result<void> end() override {
    const std::string lost = lost_count() > 0 ? fmt::format(" ({} lost)", lost_count()) : "";
    file_.set(group_, "title", description_.topic + lost);
    for (const Signal& signal : signals_) {
      if (!lost.empty()) file_.set(signal.group, "title", signal.title + lost);
      add_metadata(signal.group);
    }
    signals_.clear();
    group_ = {};
    return file_.status();
  }

  Result<std::vector<std::string>> finish() override {
    signals_root_ = {};
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  [[nodiscard]] std::int64_t lost_count() const noexcept {
    std::uint64_t lost = 0;
    for (const Gap& gap : gaps_) lost += gap.samples + gap.frames;
    return static_cast<std::int64_t>(lost);
  }

  Result<void> add_signal(const std::string& title, const Channel& channel) {
    if (++count_ > kMostSignals) {
      return fail(Code::kUnsupported,
                  fmt::format("{} makes more than {} signals", description_.topic, kMostSignals),
                  description_.topic, "a part of it by --from and --to, or nexus, npz");
    }
    Signal signal;
    signal.title = title;
    signal.group = file_.group(group_, object_name('s', count_, title));
    signal.numbers = file_.dataset(signal.group, "xydata", Element::kF64, {1, kChunk});
    const Axis& axis = description_.axis;
    file_.set(signal.group, "title", title);
    file_.set(signal.group, "xlabel",
              description_.has_axis() ? std::string_view(axis.name) : "Time");
    file_.set(signal.group, "xunit", description_.has_axis() ? std::string_view(axis.unit) : "s");
    file_.set(signal.group, "ylabel",
              channel.quantity.empty() ? name_of(channel) : channel.quantity);
    file_.set(signal.group, "yunit", unit_of(channel));
    signals_.push_back(std::move(signal));
    return file_.status();
  }

  Result<void> append_frame(const Piece& piece) {
    for (std::size_t c = 0; c < piece.columns.size(); ++c) {
      const Channel& channel = description_.channels[c];
      const std::string title = fmt::format("{} {} at {:.6f} s", name_of(channel), piece.position,
                                            description_.seconds_to(piece.utc_ns));
      if (auto done = add_signal(title, channel); !done) return done;
      const Signal& signal = signals_.back();
      file_.put(signal.numbers, Element::kF64, {0, 0}, {1, piece.count}, piece.x.data());
      file_.put(signal.numbers, Element::kF64, {1, 0}, {1, piece.count}, piece.columns[c].data());
      const HdfHandle metadata = file_.group(signal.group, "metadata");
      file_.set(metadata, "utc", iso_time(piece.utc_ns));
      file_.set(metadata, "frame", static_cast<std::int64_t>(piece.position));
      file_.set(metadata, "first_index", static_cast<std::int64_t>(piece.first_index));
      std::int64_t entries = 3 + set_origin(metadata);
      if (!gaps_.empty() && gaps_.back().position == piece.position) {
        file_.set(metadata, "lost_before", gap_line(gaps_.back()));
        ++entries;
      }
      file_.set(metadata, "__dict", entries);
      signals_.clear();
    }
    return file_.status();
  }

  // How many entries it sets.
  std::int64_t set_origin(const HdfHandle& metadata) {
    file_.set(metadata, "topic", description_.topic);
    file_.set(metadata, "recording", description_.recording);
    file_.set(metadata, "run_id", description_.run_id);
    file_.set(metadata, "software", description_.software);
    return 4;
  }

  [[nodiscard]] std::string gap_line(const Gap& gap) const {
    const std::string frames = gap.frames > 0 ? fmt::format("{} frames, ", gap.frames) : "";
    return fmt::format("{}{} samples from index {} ({})", frames, gap.samples, gap.first_index,
                       gap_text(gap));
  }

  void add_metadata(const HdfHandle& signal) {
    const HdfHandle metadata = file_.group(signal, "metadata");
    std::int64_t entries = set_origin(metadata);
    file_.set(metadata, "start_utc", iso_time(description_.start_utc_ns));
    file_.set(metadata, "clock", description_.clock);
    file_.set(metadata, "first_index", static_cast<std::int64_t>(description_.first_index));
    file_.set(metadata, "lost", lost_count());
    entries += 4;
    if (description_.is_continuous()) {
      file_.set(metadata, "rate_hz", description_.rate_hz.value());
      ++entries;
    }
    if (!gaps_.empty()) {
      std::vector<double> table;
      std::string text;
      for (const Gap& gap : gaps_) {
        table.insert(table.end(), {static_cast<double>(gap.position),
                                   static_cast<double>(gap.samples + gap.frames),
                                   static_cast<double>(gap.reasons), gap.is_exact ? 1.0 : 0.0});
        if (table.size() <= 4 * kGapsInText) text += (text.empty() ? "" : "; ") + gap_line(gap);
      }
      if (gaps_.size() > kGapsInText)
        text += fmt::format("; and {} more", gaps_.size() - kGapsInText);
      file_.add_numbers(metadata, "gaps", table, {gaps_.size(), 4});
      file_.set(metadata, "gaps_are", "row, lost, reasons, exact");
      file_.set(metadata, "gaps_text", text);
      entries += 3;
    }
    if (events_.size() > kEventsInText) {
      file_.set(metadata, "events", fmt::format("{}, the first of them here", events_.size()));
      ++entries;
    }
    for (std::size_t i = 0; i < events_.size() && i < kEventsInText; ++i) {
      file_.set(metadata, fmt::format("event_{:03}", i + 1),
                fmt::format("{} {} {}: {}", iso_time(events_[i].utc_ns), events_[i].source,
                            events_[i].what, events_[i].sentence));
      ++entries;
    }
    file_.set(metadata, "__dict", entries);
  }

  const std::string path_;
  bool has_begun_ = false;
  HdfFile file_;
  HdfHandle signals_root_;
  HdfHandle group_;
  std::vector<Signal> signals_;
  std::size_t groups_ = 0;
  std::size_t count_ = 0;
  hsize_t rows_ = 0;
  std::vector<double> x_;
};

}  // namespace

std::unique_ptr<Exporter> make_datalab(const std::string& path) {
  return std::make_unique<DatalabExporter>(with_extension(path, "h5"));
}

}  // namespace acq::exports
