// SigMF: the device's numbers as they are, and beside them what they mean. A gap begins a capture.
// Source: the Signal Metadata Format specification 1.2.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "recording/export/draft.h"
#include "recording/export/formats.h"

namespace acq::exports {
namespace {

using Json = nlohmann::ordered_json;

std::string datatype_of(const Description& description) {
  const std::string prefix = description.kind == Kind::kIq ? "c" : "r";
  switch (description.dtype) {
    case Dtype::kI8: return prefix + "i8";
    case Dtype::kU8: return prefix + "u8";
    case Dtype::kI16: return prefix + "i16_le";
    case Dtype::kU16: return prefix + "u16_le";
    case Dtype::kI32: return prefix + "i32_le";
    case Dtype::kF32: return prefix + "f32_le";
    case Dtype::kF64: return prefix + "f64_le";
    case Dtype::kC64:
    case Dtype::kUnspecified: break;
  }
  return "";
}

// What the file has from `sample_start` on: the samples from `global_index` on.
struct Capture {
  std::uint64_t sample_start;
  std::uint64_t global_index;
  std::int64_t utc_ns;
  Gap gap;
};

class SigmfExporter final : public Exporter {
 public:
  explicit SigmfExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    const bool has_pairs = description.kind != Kind::kIq || description.channels.size() % 2 == 0;
    if (!description.is_continuous() || description.kind == Kind::kLogic || !has_pairs) {
      return fail(Code::kUnsupported,
                  "sigmf holds waveforms and I/Q, and " + description.topic + " is neither",
                  description.topic, "npz, nexus, datalab, csv; vcd, sigrok for logic");
    }
    auto meta = Draft::create(path_ + ".sigmf-meta");
    if (!meta) return tl::unexpected<Error>(meta.error());
    auto data = Draft::create(path_ + ".sigmf-data");
    if (!data) return tl::unexpected<Error>(data.error());
    meta_ = std::move(*meta);
    data_ = std::move(*data);
    description_ = description;
    captures_.push_back({0, description.first_index, description.start_utc_ns, {}});
    return {};
  }

  Result<void> append(const Piece& piece) override {
    samples_ += piece.count;
    return data_.append(piece.raw);
  }

  Result<void> gap(const Gap& gap) override {
    lost_ += gap.samples;
    // In front of the first sample, and behind another gap, there is only a later beginning.
    Gap all = gap;
    if (captures_.back().sample_start == samples_) {
      if (captures_.size() > 1 || captures_.back().gap.breaks())
        all = joined(captures_.back().gap, gap);
      captures_.pop_back();
    }
    captures_.push_back({samples_, gap.first_index + gap.samples, gap.end_utc_ns, all});
    return {};
  }

  Result<void> event(const Event& event) override {
    events_.push_back(event);
    return {};
  }

  Result<void> end() override {
    const std::string text = meta().dump(2, ' ', false, Json::error_handler_t::replace);
    return meta_.append(text + "\n");
  }

  // The metadata names the data: it comes last.
  Result<std::vector<std::string>> finish() override {
    auto done = meta_.sync();
    if (done) done = data_.finish();
    if (done) done = meta_.finish();
    if (!done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{meta_.path(), data_.path()};
  }

 private:
  [[nodiscard]] Json meta() const {
    Json global;
    const std::size_t channels = description_.channels.size();
    global["core:datatype"] = datatype_of(description_);
    global["core:sample_rate"] = description_.rate_hz.value();
    global["core:num_channels"] = description_.kind == Kind::kIq ? channels / 2 : channels;
    global["core:version"] = "1.2.0";
    global["core:recorder"] = description_.software;
    global["core:description"] = description_.topic + " of the recording " +
                                 description_.recording + "; times by " + description_.clock;
    Json extension;
    extension["name"] = "acqd";
    extension["version"] = "1.0.0";
    extension["optional"] = true;
    global["core:extensions"] = Json::array({extension});
    global["acqd:topic"] = description_.topic;
    global["acqd:run_id"] = description_.run_id;
    global["acqd:lost_samples"] = lost_;
    for (const Channel& channel : description_.channels) {
      global["acqd:channels"].push_back({{"id", channel.id},
                                         {"label", channel.label},
                                         {"quantity", channel.quantity},
                                         {"unit", channel.unit},
                                         {"scale", channel.scale},
                                         {"offset", channel.offset},
                                         {"range_min", channel.range_min},
                                         {"range_max", channel.range_max},
                                         {"significant_bits", channel.significant_bits}});
    }
    return {{"global", global}, {"captures", captures()}, {"annotations", annotations()}};
  }

  // Behind the last sample nothing can be captured any more.
  [[nodiscard]] Json captures() const {
    Json list = Json::array();
    for (const Capture& capture : captures_) {
      if (capture.sample_start >= samples_ && samples_ > 0) continue;
      Json entry;
      entry["core:sample_start"] = capture.sample_start;
      entry["core:global_index"] = capture.global_index;
      entry["core:datetime"] = iso_time(capture.utc_ns);
      if (capture.gap.breaks()) {
        entry["acqd:lost_before"] = capture.gap.samples;
        entry["acqd:reasons"] = gap_text(capture.gap);
      }
      list.push_back(entry);
    }
    return list;
  }

  // In the order of their samples, as the specification wants them.
  [[nodiscard]] Json annotations() const {
    std::multimap<std::uint64_t, Json> list;
    const auto add = [&](std::uint64_t sample, const std::string& label, const std::string& comment,
                         const std::string& generator) -> Json& {
      Json entry;
      entry["core:sample_start"] = sample;
      entry["core:label"] = label;
      entry["core:comment"] = comment;
      entry["core:generator"] = generator;
      return list.emplace(sample, std::move(entry))->second;
    };
    const std::uint64_t last = samples_ == 0 ? 0 : samples_ - 1;
    for (const Capture& capture : captures_) {
      const Gap& gap = capture.gap;
      if (!gap.breaks()) continue;
      const char* where = capture.sample_start >= samples_ ? "behind" : "before";
      const std::string what = gap.samples > 0 || !gap.is_exact
                                   ? fmt::format("{} samples lost {} this one", gap.samples, where)
                                   : "begins anew with this one";
      add(std::min(capture.sample_start, last), "gap", fmt::format("{} ({})", what, gap_text(gap)),
          description_.software)["core:sample_count"] = 1;
    }
    for (const Event& event : events_) {
      add(place_of(event.utc_ns), event.what, event.sentence, event.source)["acqd:utc"] =
          iso_time(event.utc_ns);
    }
    Json out = Json::array();
    for (auto& [sample, entry] : list) out.push_back(std::move(entry));
    return out;
  }

  // The first sample of the file at or behind this time.
  [[nodiscard]] std::uint64_t place_of(std::int64_t utc_ns) const {
    if (samples_ == 0) return 0;
    const double rows = description_.seconds_to(utc_ns) * description_.rate_hz.value();
    if (!(rows > 0)) return 0;
    constexpr double kFarthest = 1e18;
    const std::uint64_t index = description_.first_index +
                                static_cast<std::uint64_t>(std::min(std::round(rows), kFarthest));
    std::uint64_t place = 0;
    for (const Capture& capture : captures_) {
      if (capture.global_index > index) return std::min(place, capture.sample_start);
      place = capture.sample_start + (index - capture.global_index);
    }
    return std::min(place, samples_ - 1);
  }

  const std::string path_;
  Draft meta_;
  Draft data_;
  Description description_;
  std::uint64_t samples_ = 0;
  std::uint64_t lost_ = 0;
  std::vector<Capture> captures_;
  std::vector<Event> events_;
};

}  // namespace

std::unique_ptr<Exporter> make_sigmf(const std::string& path) {
  std::string base = path;
  for (const char* ending : {".sigmf-meta", ".sigmf-data", ".sigmf"}) {
    if (base.ends_with(ending)) base.resize(base.size() - std::string_view(ending).size());
  }
  return std::make_unique<SigmfExporter>(base);
}

}  // namespace acq::exports
