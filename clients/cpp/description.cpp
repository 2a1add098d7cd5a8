#include "clients/cpp/description.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "proto/channel.h"
#include "proto/limits.h"
#include "proto/messages.h"
#include "proto/topic.h"

namespace acq::client {
namespace {

Result<void> wrong(const std::string& field, const std::string& allowed) {
  return fail(Code::kInvalid, "description field " + field + " is not valid", field, allowed);
}

Result<void> read_channels(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.channels_size() > static_cast<int>(kMaxChannels)) {
    return wrong("channels", "at most " + std::to_string(kMaxChannels));
  }
  for (const v1::Channel& channel : raw.channels()) topic.channels.push_back(channel_of(channel));
  return {};
}

Result<void> read_axes(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.axes_size() > static_cast<int>(limits::kAxes)) {
    return wrong("axes", "at most " + std::to_string(limits::kAxes));
  }
  for (const v1::Axis& axis : raw.axes()) {
    if (!v1::Axis::Rule_IsValid(axis.rule())) return wrong("axes", "a known rule");
    const bool is_finite = std::all_of(axis.values().begin(), axis.values().end(),
                                       [](double x) { return std::isfinite(x); });
    if (axis.values_size() > static_cast<int>(limits::kAxisValues) || !is_finite) {
      return wrong("axes.values",
                   "at most " + std::to_string(limits::kAxisValues) + " finite numbers");
    }
    topic.axes.push_back({.name = axis.name(),
                          .unit = axis.unit(),
                          .rule = static_cast<AxisRule>(axis.rule()),
                          .start = axis.start(),
                          .step = axis.step(),
                          .values = {axis.values().begin(), axis.values().end()}});
  }
  return {};
}

Result<void> read_results(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (raw.result_names_size() != raw.result_units_size() ||
      raw.result_names_size() > static_cast<int>(kMaxResults)) {
    return wrong("result_names", "as many as result_units, at most " + std::to_string(kMaxResults));
  }
  for (int i = 0; i < raw.result_names_size(); ++i) {
    topic.results.push_back({raw.result_names(i), raw.result_units(i)});
  }
  return {};
}

Result<void> read_identity(const v1::StreamDescriptor& raw, TopicInfo& topic) {
  if (!is_valid_topic(raw.topic())) return wrong("topic", "d/INSTRUMENT/NAME, s/NAME or e/NAME");
  topic.topic = raw.topic();
  topic.instrument = raw.instrument();
  topic.name = raw.name();
  topic.source = raw.source();
  if (raw.kind() < 0 || raw.kind() > static_cast<int>(kLastKind)) {
    return wrong("kind", "1 to " + std::to_string(static_cast<int>(kLastKind)));
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

Result<TopicInfo> decode_description(std::span<const std::byte> raw_description) {
  const auto raw = decode_descriptor(raw_description);
  if (!raw) return tl::unexpected(raw.error());
  TopicInfo topic;
  Result<void> ok = read_identity(*raw, topic);
  if (ok) ok = read_channels(*raw, topic);
  if (ok) ok = read_axes(*raw, topic);
  if (ok) ok = read_results(*raw, topic);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  topic.descriptor = encode(*raw);
  return topic;
}

}  // namespace acq::client
