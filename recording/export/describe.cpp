#include "recording/export/describe.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>

#include "acq/v1/stream.pb.h"
#include "proto/channel.h"

namespace acq::exports {
namespace {

Axis axis_of(const v1::Axis& from) {
  Axis axis{.name = from.name(),
            .unit = from.unit(),
            .rule = static_cast<AxisRule>(from.rule()),
            .start = from.start(),
            .step = from.step()};
  axis.values.assign(from.values().begin(), from.values().end());
  return axis;
}

std::vector<Channel> channels_of(const v1::StreamDescriptor& from) {
  std::vector<Channel> channels;
  for (const v1::Channel& c : from.channels()) {
    channels.push_back(channel_of(c));
    if (c.scale() == 0 && c.offset() == 0) channels.back().scale = 1;
  }
  return channels;
}

// One column a result, named by its channel too where there are several.
std::vector<Channel> results_of(const FrameHeader& header, const std::vector<Channel>& channels) {
  std::vector<Channel> results;
  for (const NamedResult& result : header.results) {
    std::string name = result.name;
    if (channels.size() > 1 && result.channel < channels.size())
      name = name_of(channels[result.channel]) + " " + name;
    results.push_back({.id = name, .unit = result.unit});
  }
  return results;
}

tl::unexpected<Error> not_understood(const std::string& topic, const std::string& why) {
  return fail(Code::kUnsupported, topic + " " + why, topic,
              "waveforms, I/Q, logic, records, spectra, results");
}

Result<void> describe_frames(const JournalItem& item, Description& out) {
  v1::StreamDescriptor in;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (item.description == nullptr ||
      !google::protobuf::util::JsonStringToMessage(*item.description, &in, options).ok())
    return not_understood(out.topic, "has no description that can be read");
  out.kind = item.header.kind;
  out.dtype = item.header.dtype;
  out.rate_hz = {in.rate_hz().num(), std::max<std::uint64_t>(in.rate_hz().den(), 1)};
  out.channels = channels_of(in);
  if (out.kind == Kind::kScalars) {
    out.channels = results_of(item.header, out.channels);
  } else if (in.axes_size() > 0) {
    out.axis = axis_of(in.axes(0));
  }
  return {};
}

}  // namespace

Result<Description> describe(const Journal& journal, const JournalItem& item) {
  Description out;
  out.recording = journal.name();
  out.run_id = journal.run_id();
  out.software = journal.software();
  if (item.kind == JournalKind::kPackets) {
    out.topic = "s/" + journal.streams()[item.number].name;
    out.kind = item.info->kind;
    out.dtype = item.info->dtype;
    out.rate_hz = item.info->rate_hz;
    out.channels = item.info->channels;
  } else {
    out.topic = journal.topics()[item.number].topic;
    if (auto done = describe_frames(item, out); !done) return tl::unexpected<Error>(done.error());
  }
  const bool is_known = out.is_continuous() || out.kind == Kind::kRecord ||
                        out.kind == Kind::kSpectrum || out.kind == Kind::kScalars;
  if (!is_known) return not_understood(out.topic, "holds messages, not numbers");
  if (out.kind != Kind::kScalars && out.dtype == Dtype::kC64) {
    return fail(Code::kUnsupported,
                out.topic + " holds complex numbers (C64), for which no format of export is made",
                out.topic, "integers, F32, F64; other topics by --topic; acqd.open() in Python");
  }
  if (out.kind != Kind::kScalars && out.dtype == Dtype::kUnspecified)
    return not_understood(out.topic, "has numbers of a type that is not known");
  if (out.channels.empty()) return not_understood(out.topic, "has no channels");
  if (out.is_continuous() && out.rate_hz.num == 0)
    return not_understood(out.topic, "does not tell its rate");
  return out;
}

std::int64_t utc_of(const Journal& journal, const Stamp& stamp,
                    std::int64_t arrival_utc_ns) noexcept {
  if (stamp.scale != TimeScale::kUtc && stamp.scale != TimeScale::kMonotonic) return arrival_utc_ns;
  __extension__ using Wide = __int128;
  if (stamp.tick_s.den == 0) return arrival_utc_ns;
  const auto ns =
      static_cast<Wide>(stamp.t0_ticks) * 1'000'000'000 * stamp.tick_s.num / stamp.tick_s.den;
  const Wide offset = stamp.scale == TimeScale::kUtc ? 0 : journal.utc_minus_monotonic_ns();
  return static_cast<std::int64_t>(ns + offset);
}

std::string clock_text(const Stamp& stamp) {
  const bool has_clock = stamp.scale == TimeScale::kUtc || stamp.scale == TimeScale::kMonotonic;
  if (!has_clock || stamp.origin == TimeOrigin::kHostArrival)
    return "the host's clock, when it received the first sample";
  const std::string whose = stamp.scale == TimeScale::kUtc ? "UTC" : "the host's clock";
  switch (stamp.origin) {
    case TimeOrigin::kHardware: return whose + ", read by the instrument's hardware";
    case TimeOrigin::kDeviceReported: return whose + ", as the instrument reports it";
    default: return whose + ", computed from when it received samples";
  }
}

void fill_axis(const Axis& axis, const FrameHeader& header, std::size_t count,
               std::vector<double>& x) {
  const double start = header.has_axis_start ? header.axis_start : axis.start;
  x.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    switch (axis.rule) {
      case AxisRule::kLinear: x[i] = start + static_cast<double>(i) * axis.step; break;
      case AxisRule::kLog: x[i] = start * std::pow(axis.step, static_cast<double>(i)); break;
      case AxisRule::kList:
        x[i] = i < axis.values.size() ? axis.values[i] : static_cast<double>(i);
        break;
    }
  }
}

}  // namespace acq::exports
