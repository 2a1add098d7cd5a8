#include "daemon/describe.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <bit>

#include "acq/v1/control.pb.h"
#include "acq/v1/stream.pb.h"
#include "dsp/base/hash.h"
#include "proto/channel.h"
#include "proto/codec.h"

namespace acq {
namespace {

constexpr const char* kTypeNames[] = {"number", "integer", "flag",  "text",
                                      "choice", "numbers", "tables"};

void put(const Rational& from, v1::Rational& to) {
  to.set_num(from.num);
  to.set_den(from.den);
}

void describe_channels(const TopicInfo& topic, v1::StreamDescriptor& out) {
  for (const Channel& channel : topic.channels) put(channel, *out.add_channels());
  for (const Axis& axis : topic.axes) {
    v1::Axis& a = *out.add_axes();
    a.set_name(axis.name);
    a.set_unit(axis.unit);
    a.set_rule(static_cast<v1::Axis::Rule>(axis.rule));
    a.set_start(axis.start);
    a.set_step(axis.step);
    if (axis.rule == AxisRule::kList)
      a.mutable_values()->Assign(axis.values.begin(), axis.values.end());
  }
  for (const ResultSpec& result : topic.results) {
    out.add_result_names(result.name);
    out.add_result_units(result.unit);
  }
}

void describe_steps(const Node& node, v1::StreamDescriptor& out) {
  for (const Step& step : node.steps) {
    v1::PipelineStep& s = *out.add_pipeline();
    s.set_block(std::string(step.entry->name));
    s.set_tap(step.tap);
    for (const auto& [name, value] : step.params.values()) {
      (*s.mutable_parameters())[name] = to_text(value);
    }
  }
}

// The same message gives the same bytes, maps included: the hash names the content.
std::string encode_deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

std::array<std::uint8_t, 16> stream_id_of(const InstrumentInfo& instrument,
                                          const std::string& topic) {
  const std::string identity =
      instrument.vendor + '\n' + instrument.model + '\n' + instrument.serial + '\n' + topic;
  const std::uint64_t halves[2] = {hash_of(identity), hash_of(identity, 0x9e3779b97f4a7c15U)};
  return std::bit_cast<std::array<std::uint8_t, 16>>(halves);
}

}  // namespace

std::shared_ptr<const TopicInfo> describe_topic(const PlannedUnit& unit, const Node& node,
                                                const StreamInfo& stream,
                                                const InstrumentInfo& instrument,
                                                const PlanOptions& options) {
  const SignalInfo& signal = unit.signals.back();
  auto topic = std::make_shared<TopicInfo>();
  topic->topic = node.topic();
  topic->instrument = node.instrument;
  topic->name = node.name;
  topic->source = node.instrument + "/" + stream.name;
  topic->kind = signal.kind;
  topic->dtype = unit.dtype;
  topic->layout = unit.layout;
  topic->rate_hz = signal.rate_hz;
  topic->channels = unit.is_raw ? stream.channels : signal.channels;
  if (signal.kind != Kind::kScalars) topic->axes = {signal.axis};
  topic->results = signal.results;
  topic->group_delay = signal.group_delay;
  topic->stream_id = stream_id_of(instrument, topic->topic);
  topic->run_id = options.run_id;
  topic->config_revision = options.revision;

  v1::StreamDescriptor descriptor;
  descriptor.set_topic(topic->topic);
  descriptor.set_instrument(topic->instrument);
  descriptor.set_name(topic->name);
  descriptor.set_kind(static_cast<v1::Kind>(topic->kind));
  descriptor.set_dtype(static_cast<v1::Dtype>(topic->dtype));
  put(topic->rate_hz, *descriptor.mutable_rate_hz());
  describe_channels(*topic, descriptor);
  describe_steps(node, descriptor);
  descriptor.set_source(topic->source);
  descriptor.set_software(options.software);
  descriptor.set_stream_id(topic->stream_id.data(), topic->stream_id.size());
  put(topic->group_delay, *descriptor.mutable_group_delay());
  descriptor.set_frame_bytes(unit.frame_bytes);
  descriptor.set_on_demand(node.config->publish == Publish::kOnDemand);
  topic->descriptor = encode_deterministic(descriptor);
  topic->descriptor_id = hash_of(topic->descriptor);
  topic->header_constant = encode_constant(*topic);
  return topic;
}

void describe_setting(const ParamSpec& spec, const Table& asked, const Table& in_force,
                      v1::Setting& out) {
  out.set_name(std::string(spec.name));
  out.set_text(std::string(spec.text));
  out.set_type(kTypeNames[static_cast<std::size_t>(spec.type)]);
  out.set_unit(std::string(spec.unit));
  out.set_min(spec.min);
  out.set_max(spec.max);
  for (const std::string_view choice : spec.choices) out.add_choices(std::string(choice));
  out.set_default_value(std::string(spec.fallback));
  if (const auto found = asked.find(spec.name); found != asked.end()) {
    out.set_value(to_text(found->second));
  }
  if (const auto found = in_force.find(spec.name); found != in_force.end()) {
    out.set_coerced(to_text(found->second));
  }
  out.set_live(spec.live);
  out.set_required(spec.required);
}

void describe_instrument(const Acquire& acquire, v1::InstrumentDescriptor& out) {
  const InstrumentInfo& info = acquire.info();
  out.set_name(acquire.name());
  out.set_driver(std::string(acquire.driver().name));
  out.set_vendor(info.vendor);
  out.set_model(info.model);
  out.set_serial(info.serial);
  out.set_firmware(info.firmware);
  out.set_transport(info.transport);
  out.set_state(static_cast<v1::InstrumentDescriptor::State>(acquire.state()));
  out.set_since_utc_ns(acquire.since_utc_ns());
  out.set_last_error(acquire.last_error());
  out.set_loss_report(static_cast<v1::InstrumentDescriptor::LossReport>(info.loss_report));
  out.set_settings_read_back(info.reads_settings_back);
  out.set_epoch(acquire.epoch());
  for (const auto& stream : info.streams) {
    v1::StreamDescriptor& s = *out.add_streams();
    s.set_instrument(acquire.name());
    s.set_name(stream->name);
    s.set_kind(static_cast<v1::Kind>(stream->kind));
    s.set_dtype(static_cast<v1::Dtype>(stream->dtype));
    put(stream->rate_hz, *s.mutable_rate_hz());
    TopicInfo channels;
    channels.channels = stream->channels;
    describe_channels(channels, s);
  }
  Table in_force = acquire.told();
  in_force.insert(acquire.params().values().begin(), acquire.params().values().end());
  for (const ParamSpec& spec : acquire.driver().params)
    describe_setting(spec, acquire.config().params, in_force, *out.add_settings());
}

void describe_block(const BlockEntry& entry, v1::PlugInDescriptor& out) {
  out.set_name(std::string(entry.name));
  out.set_summary(std::string(entry.summary));
  out.set_header("latency: " + std::string(entry.latency) + "\ncost: " + std::string(entry.cost));
  for (const ParamSpec& spec : entry.params) describe_setting(spec, {}, {}, *out.add_params());
}

void describe_driver(const DriverEntry& entry, v1::PlugInDescriptor& out) {
  out.set_name(std::string(entry.name));
  out.set_summary(std::string(entry.summary));
  for (const ParamSpec& spec : entry.params) describe_setting(spec, {}, {}, *out.add_params());
}

}  // namespace acq
