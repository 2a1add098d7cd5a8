// HDF5 in the layout of NeXus: an NXdata for each topic, with its axes, gaps and events.
// Source: NeXus 2022.07, classes NXroot, NXentry, NXdata, NXcollection.
#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include "recording/export/formats.h"
#include "recording/export/hdf5_file.h"

namespace acq::exports {
namespace {

constexpr hsize_t kChunk = 16384;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

// Letters, digits and underscores, not beginning with a digit.
std::string nexus_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0)
    name = "_" + name;
  return name;
}

class NexusExporter final : public ListingExporter {
 public:
  explicit NexusExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    if (auto done = ListingExporter::begin(description); !done) return done;
    element_ = element_of(description);
    columns_.clear();
    rows_ = length_ = 0;
    if (auto done = open(); !done) return done;
    const std::string name = nexus_name(description.topic);
    group_ = file_.group(entry_, name);
    if (topics_++ == 0) file_.set(entry_, "default", name);
    file_.set(group_, "NX_class", "NXdata");
    file_.set(group_, "title", description.topic);
    file_.set(group_, "start_time", iso_time(description.start_utc_ns));
    file_.set(group_, "clock", description.clock);
    file_.set(group_, "first_index", static_cast<std::int64_t>(description.first_index));
    if (description.is_continuous()) file_.set(group_, "rate_hz", description.rate_hz.value());
    if (!description_.has_axis()) add_columns({kChunk});
    time_ = file_.dataset(group_, "time", Element::kF64, {kChunk});
    file_.set(time_, "units", "s");
    file_.set(time_, "start", iso_time(description.start_utc_ns));
    file_.set(time_, "long_name", "time (s)");
    return file_.status();
  }

  Result<void> append(const Piece& piece) override {
    if (description_.has_axis()) return append_frame(piece);
    row_times(description_, piece, times_);
    file_.put(time_, Element::kF64, {rows_}, {piece.count}, times_.data());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      to_planes(piece.columns.subspan(c, 1), piece.count, element_, bytes_);
      file_.put(columns_[c], element_, {rows_}, {piece.count}, bytes_.data());
    }
    rows_ += piece.count;
    return file_.status();
  }

  Result<void> end() override {
    add_gaps();
    add_events();
    columns_.clear();
    time_ = {};
    group_ = {};
    return file_.status();
  }

  Result<std::vector<std::string>> finish() override {
    entry_ = {};
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  Result<void> open() {
    if (topics_ > 0) return {};
    if (auto done = file_.create(path_); !done) return done;
    const HdfHandle root = file_.root();
    file_.set(root, "NX_class", "NXroot");
    file_.set(root, "default", "entry");
    file_.set(root, "creator", description_.software);
    entry_ = file_.group(root, "entry");
    file_.set(entry_, "NX_class", "NXentry");
    file_.add_text(entry_, "title", description_.recording);
    file_.add_text(entry_, "entry_identifier", description_.run_id);
    file_.add_text(entry_, "program_name", description_.software);
    file_.add_text(entry_, "start_time", iso_time(description_.start_utc_ns));
    return file_.status();
  }

  // The first channel is the signal that is shown, the others are beside it.
  void add_columns(const HdfSizes& chunk) {
    std::set<std::string> taken = {"time", "x", "x_start", "gaps", "events"};
    std::vector<std::string> names;
    for (const Channel& channel : description_.channels) {
      std::string name = nexus_name(channel.id);
      while (!taken.insert(name).second) name += "_";
      const std::string unit(unit_of(channel));
      HdfHandle column = file_.dataset(group_, name, element_, chunk);
      if (!unit.empty()) file_.set(column, "units", unit);
      file_.set(column, "long_name", name_of(channel) + (unit.empty() ? "" : " (" + unit + ")"));
      columns_.push_back(std::move(column));
      names.push_back(std::move(name));
    }
    file_.set(group_, "signal", names.front());
    names.erase(names.begin());
    if (!names.empty()) file_.set(group_, "auxiliary_signals", names);
    std::vector<std::string> axes = {"time"};
    file_.set(group_, "time_indices", std::int64_t{0});
    if (description_.has_axis()) {
      axes.emplace_back("x");
      file_.set(group_, "x_indices", std::int64_t{1});
    }
    file_.set(group_, "axes", axes);
  }

  Result<void> append_frame(const Piece& piece) {
    if (rows_ == 0) {
      length_ = piece.count;
      const hsize_t values = std::max<hsize_t>(length_, 1);
      add_columns({std::max<hsize_t>(kChunkBytes / size_of(element_) / values / 4, 1), values});
      const HdfHandle x = file_.dataset(group_, "x", Element::kF64, {values});
      file_.put(x, Element::kF64, {0}, {piece.count}, piece.x.data());
      const Axis& axis = description_.axis;
      if (axis.unit != "1") file_.set(x, "units", axis.unit);
      file_.set(x, "long_name", axis.name);
      x_start_ = file_.dataset(group_, "x_start", Element::kF64, {kChunk});
    } else if (piece.count != length_) {
      return fail(Code::kUnsupported,
                  "frame " + std::to_string(piece.position) + " of " + description_.topic +
                      " has another length than those before, and an array has one",
                  description_.topic, "csv, datalab");
    }
    const double seconds = description_.seconds_to(piece.utc_ns);
    const double start = piece.x.empty() ? 0 : piece.x.front();
    file_.put(time_, Element::kF64, {rows_}, {1}, &seconds);
    file_.put(x_start_, Element::kF64, {rows_}, {1}, &start);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      to_planes(piece.columns.subspan(c, 1), piece.count, element_, bytes_);
      file_.put(columns_[c], element_, {rows_, 0}, {1, piece.count}, bytes_.data());
    }
    ++rows_;
    return file_.status();
  }

  void add_gaps() {
    const HdfHandle group = file_.group(group_, "gaps");
    file_.set(group, "NX_class", "NXcollection");
    const auto add = [&](const char* name, auto value_of) {
      std::vector<std::int64_t> values;
      for (const Gap& gap : gaps_) values.push_back(static_cast<std::int64_t>(value_of(gap)));
      file_.add_numbers(group, name, values);
    };
    add("first_index", [](const Gap& gap) { return gap.first_index; });
    add("position", [](const Gap& gap) { return gap.position; });
    add("samples", [](const Gap& gap) { return gap.samples; });
    add("frames", [](const Gap& gap) { return gap.frames; });
    add("reasons", [](const Gap& gap) { return gap.reasons; });
    add("is_exact", [](const Gap& gap) { return gap.is_exact; });
    add("is_new_epoch", [](const Gap& gap) { return gap.is_new_epoch; });
    add("end_utc_ns", [](const Gap& gap) { return gap.end_utc_ns; });
  }

  void add_events() {
    const HdfHandle group = file_.group(group_, "events");
    file_.set(group, "NX_class", "NXcollection");
    std::vector<std::int64_t> times;
    std::vector<std::string> sources;
    std::vector<std::string> kinds;
    std::vector<std::string> sentences;
    for (const Event& event : events_) {
      times.push_back(event.utc_ns);
      sources.push_back(event.source);
      kinds.push_back(event.what);
      sentences.push_back(event.sentence);
    }
    file_.add_numbers(group, "utc_ns", times);
    file_.add_texts(group, "source", sources);
    file_.add_texts(group, "what", kinds);
    file_.add_texts(group, "sentence", sentences);
  }

  const std::string path_;
  HdfFile file_;
  HdfHandle entry_;
  std::size_t topics_ = 0;
  Element element_ = Element::kF64;
  HdfHandle group_;
  HdfHandle time_;
  HdfHandle x_start_;
  std::vector<HdfHandle> columns_;
  hsize_t rows_ = 0;
  std::size_t length_ = 0;
  std::vector<double> times_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::unique_ptr<Exporter> make_nexus(const std::string& path) {
  return std::make_unique<NexusExporter>(with_extension(path, "nxs"));
}

}  // namespace acq::exports
