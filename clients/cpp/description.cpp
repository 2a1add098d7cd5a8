#include "clients/cpp/description.h"

#include <cmath>
#include <cstring>
#include <string>

#include "proto/limits.h"
#include "proto/text.h"
#include "proto/topic.h"
#include "proto/wire.h"

namespace acq::client {
namespace {

constexpr int kNesting = 16;

Result<void> wrong(const std::string& field, const std::string& allowed) {
  return fail(Code::kInvalid, "description field " + field + " is not valid", field, allowed);
}

Result<void> check_text(const std::string& field, const std::string& text) {
  if (text.size() <= limits::kStringBytes && is_clean_text(text)) return {};
  return wrong(field, "at most " + std::to_string(limits::kStringBytes) +
                          " bytes of UTF-8 without control characters");
}

Result<void> read_channel(const v1::Channel& raw, const std::string& field, Channel& channel) {
  for (const std::string* text : {&raw.id(), &raw.label(), &raw.quantity(), &raw.unit()}) {
    if (auto ok = check_text(field, *text); !ok) return ok;
  }
  for (const double number : {raw.scale(), raw.offset(), raw.range_min(), raw.range_max()}) {
    if (!std::isfinite(number)) return wrong(field, "finite numbers");
  }
  channel = {.id = raw.id(),
             .label = raw.label(),
             .quantity = raw.quantity(),
             .unit = raw.unit(),
             .scale = raw.scale(),
             .offset = raw.offset(),
             .range_min = raw.range_min(),
             .range_max = raw.range_max(),
             .significant_bits = static_cast<int>(raw.significant_bits() & 0xFF)};
  return {};
}

Result<void> read_channels(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.channels_size() > static_cast<int>(kMaxChannels)) {
    return wrong("channels", "at most " + std::to_string(kMaxChannels));
  }
  topic.channels.resize(static_cast<std::size_t>(raw.channels_size()));
  for (int i = 0; i < raw.channels_size(); ++i) {
    const std::string field = "channels[" + std::to_string(i) + "]";
    Channel& channel = topic.channels[static_cast<std::size_t>(i)];
    if (auto ok = read_channel(raw.channels(i), field, channel); !ok) return ok;
  }
  return {};
}

Result<void> read_axes(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.axes_size() > static_cast<int>(limits::kAxes)) {
    return wrong("axes", "at most " + std::to_string(limits::kAxes));
  }
  for (const v1::Axis& axis : raw.axes()) {
    if (auto ok = check_text("axes", axis.name()); !ok) return ok;
    if (auto ok = check_text("axes", axis.unit()); !ok) return ok;
    const bool is_axis = std::isfinite(axis.start()) && std::isfinite(axis.step()) &&
                         v1::Axis::Rule_IsValid(axis.rule());
    if (!is_axis) return wrong("axes", "finite numbers and a known rule");
    topic.axes.push_back({.name = axis.name(),
                          .unit = axis.unit(),
                          .rule = static_cast<AxisRule>(axis.rule()),
                          .start = axis.start(),
                          .step = axis.step()});
  }
  return {};
}

Result<void> read_results(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.result_names_size() != raw.result_units_size() ||
      raw.result_names_size() > static_cast<int>(kMaxResults)) {
    return wrong("result_names", "as many as result_units, at most " + std::to_string(kMaxResults));
  }
  for (int i = 0; i < raw.result_names_size(); ++i) {
    if (auto ok = check_text("result_names", raw.result_names(i)); !ok) return ok;
    if (auto ok = check_text("result_units", raw.result_units(i)); !ok) return ok;
    topic.results.push_back({raw.result_names(i), raw.result_units(i)});
  }
  return {};
}

Result<void> read_identity(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (!is_valid_topic(raw.topic())) return wrong("topic", "d/INSTRUMENT/NAME, s/NAME or e/NAME");
  topic.topic = raw.topic();
  for (const std::string* text : {&raw.instrument(), &raw.name(), &raw.source()}) {
    if (auto ok = check_text("name", *text); !ok) return ok;
  }
  topic.instrument = raw.instrument();
  topic.name = raw.name();
  topic.source = raw.source();
  if (raw.kind() < 0 || raw.kind() > static_cast<int>(Kind::kStatus)) {
    return wrong("kind", "1 to " + std::to_string(static_cast<int>(Kind::kStatus)));
  }
  topic.kind = static_cast<Kind>(raw.kind());
  if (!v1::Dtype_IsValid(raw.dtype())) return wrong("dtype", "0 to 8");
  topic.dtype = static_cast<Dtype>(raw.dtype());
  // An absent rate is that of a topic without samples.
  topic.rate_hz = {raw.rate_hz().num(), raw.has_rate_hz() ? raw.rate_hz().den() : 1};
  topic.group_delay = {raw.group_delay().num(),
                       raw.has_group_delay() ? raw.group_delay().den() : 1};
  if (topic.rate_hz.den == 0) return wrong("rate_hz", "a denominator above 0");
  if (topic.group_delay.den == 0) return wrong("group_delay", "a denominator above 0");
  if (raw.stream_id().size() == topic.stream_id.size()) {
    std::memcpy(topic.stream_id.data(), raw.stream_id().data(), topic.stream_id.size());
  } else if (!raw.stream_id().empty()) {
    return wrong("stream_id", "16 bytes");
  }
  return {};
}

}  // namespace

Result<TopicInfo> check_description(const v1::StreamDescriptor& raw) {
  TopicInfo topic;
  Result<void> ok = read_identity(raw, topic);
  if (ok) ok = read_channels(raw, topic);
  if (ok) ok = read_axes(raw, topic);
  if (ok) ok = read_results(raw, topic);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  return topic;
}

Result<TopicInfo> decode_description(std::span<const std::byte> raw_description) {
  if (raw_description.size() > limits::kControlBytes) {
    return fail(Code::kOverflow, "a description is too large", "description",
                "at most " + std::to_string(limits::kControlBytes) + " bytes");
  }
  v1::StreamDescriptor raw;
  if (!wire::parse(raw, raw_description, kNesting)) {
    return fail(Code::kInvalid, "a description is not a valid message", "description");
  }
  auto topic = check_description(raw);
  if (topic) topic->descriptor = raw.SerializeAsString();
  return topic;
}

}  // namespace acq::client
