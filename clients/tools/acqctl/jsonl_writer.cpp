#include <vector>

#include "clients/tools/acqctl/frame_writer.h"
#include "clients/tools/acqctl/json.h"

namespace acq::tool {
namespace {

constexpr const char* kKinds[] = {"unspecified", "waveform",    "record", "spectrum", "scalars",
                                  "event",       "description", "status", "iq",       "logic"};
static_assert(std::size(kKinds) == static_cast<std::size_t>(kLastKind) + 1);
constexpr const char* kFlags[] = {"triggered", "partial",    "simulated",           "replayed",
                                  "overrange", "calibrated", "settings_unconfirmed"};

void write_gap(const client::ReceivedFrame& frame, JsonWriter& json) {
  const Gap& gap = frame.header().gap_before;
  json.key("gap_before").integer(gap.samples).key("gap_reasons").begin_list();
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    if ((gap.reasons & (1U << bit)) != 0) json.text(gap_reason_name(bit));
  }
  json.end_list().key("gap_exact").flag(gap.is_exact);
  json.key("lost_frames").integer(frame.arrival().transport_frames);
  json.key("lost_samples").integer(frame.arrival().transport_samples);
}

void write_stamp(const Stamp& stamp, JsonWriter& json) {
  json.key("t0_ticks").integer(stamp.t0_ticks);
  json.key("tick_s").begin_list().integer(stamp.tick_s.num).integer(stamp.tick_s.den).end_list();
  json.key("t_sigma_ns").number(stamp.sigma_ns);
  json.key("host_rx_ns").integer(stamp.host_rx_ns);
}

void write_results(const client::ReceivedFrame& frame, JsonWriter& json) {
  json.key("results").begin_list();
  for (const NamedResult& result : frame.header().results) {
    json.begin_object().key("channel").text(channel_name(frame, result.channel));
    json.key("name").text(result.name).key("unit").text(result.unit);
    json.key("value").number(result.value).key("uncertainty").number(result.uncertainty);
    json.key("valid").flag(result.is_valid);
    if (!result.is_valid) json.key("reason").text(result.reason);
    json.end_object();
  }
  json.end_list();
}

void write_triggers(const client::ReceivedFrame& frame, JsonWriter& json) {
  json.key("triggers").begin_list();
  for (const TriggerMark& mark : frame.header().triggers) {
    json.begin_object().key("position").number(mark.position);
    json.key("channel").text(channel_name(frame, mark.channel));
    json.key("rising").flag(mark.is_rising).key("level").number(mark.level).end_object();
  }
  json.end_list();
}

void write_values(const client::ReceivedFrame& frame, JsonWriter& json) {
  const FrameHeader& header = frame.header();
  json.key("x").begin_object().key("start").number(frame.x(0));
  json.key("step").number(frame.x(1) - frame.x(0));
  json.key("unit").text(header.axes.empty() ? "s" : header.axes.front().unit).end_object();
  json.key("channels").begin_object();
  std::vector<double> values;
  for (std::size_t i = 0; i < frame.channels(); ++i) {
    frame.channel(i, values);
    json.key(channel_title(frame, i)).begin_list();
    for (const double value : values) {
      if (header.dtype == Dtype::kF32) {
        json.number(static_cast<float>(value));
      } else {
        json.number(value);
      }
    }
    json.end_list();
  }
  json.end_object();
}

class JsonlWriter final : public FrameWriter {
 public:
  explicit JsonlWriter(Output output) : output_(std::move(output)) {}

  Result<void> write(const client::ReceivedFrame& frame) override {
    const FrameHeader& header = frame.header();
    json_.clear();
    json_.begin_object().key("topic").text(frame.topic());
    json_.key("kind").text(kKinds[static_cast<std::size_t>(header.kind)]);
    json_.key("sequence").integer(header.sequence);
    json_.key("epoch").integer(std::uint64_t{header.epoch});
    json_.key("config_revision").integer(header.config_revision);
    json_.key("first_index").integer(header.first_index).key("count").integer(header.count);
    write_gap(frame, json_);
    json_.key("flags").begin_list();
    for (std::size_t bit = 0; bit < std::size(kFlags); ++bit) {
      if ((header.flags & (1U << bit)) != 0) json_.text(kFlags[bit]);
    }
    json_.end_list();
    write_stamp(header.stamp, json_);
    if (!header.triggers.empty()) write_triggers(frame, json_);
    if (!header.results.empty()) write_results(frame, json_);
    if (frame.channels() > 0) write_values(frame, json_);
    json_.end_object();
    return output_.write(json_.str() + "\n");
  }

  Result<void> finish() override { return output_.finish(); }

 private:
  Output output_;
  JsonWriter json_;
};

}  // namespace

std::unique_ptr<FrameWriter> make_jsonl_writer(Output output) {
  return std::make_unique<JsonlWriter>(std::move(output));
}

}  // namespace acq::tool
