#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "acq/v1/frame.pb.h"
#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/text.h"
#include "proto/wire.h"

namespace acq {
namespace {

// Frame header, axis or mark, one more for what a later version may add.
constexpr int kHeaderNesting = 4;

Result<void> wrong(std::string field, const std::string& sentence, std::string allowed = {}) {
  return fail(Code::kInvalid, "header field " + field + " " + sentence, field, std::move(allowed));
}

std::string indexed(std::string_view list, int i, std::string_view field) {
  return std::string(list) + "[" + std::to_string(i) + "]." + std::string(field);
}

bool is_good_text(std::string_view text) noexcept {
  return text.size() <= limits::kStringBytes && is_clean_text(text);
}

Result<void> bad_text(std::string field) {
  return wrong(std::move(field), "is not clean text",
               "at most " + std::to_string(limits::kStringBytes) +
                   " bytes of UTF-8 without control characters");
}

Result<void> too_many(std::string field, int count, std::size_t limit) {
  return wrong(std::move(field), "has " + std::to_string(count) + " items",
               "at most " + std::to_string(limit));
}

// One standard deviation: unknown (NaN), or a finite number of at least zero.
bool is_deviation(double value) noexcept {
  return std::isnan(value) || (std::isfinite(value) && value >= 0);
}

Result<void> read_identity(const v1::FrameHeader& raw, FrameHeader& header) {
  if (raw.version() / 1000 != kWireVersion / 1000) {
    return fail(Code::kUnsupported,
                "header field version is " + std::to_string(raw.version()) +
                    ": another major version of the protocol",
                "version", "1000 to 1999");
  }
  header.version = raw.version();
  const std::string& stream_id = raw.stream_id();
  if (stream_id.size() != header.stream_id.size()) {
    return wrong("stream_id", "has " + std::to_string(stream_id.size()) + " bytes", "16 bytes");
  }
  std::memcpy(header.stream_id.data(), stream_id.data(), stream_id.size());
  header.descriptor_id = raw.descriptor_id();
  header.run_id = raw.run_id();
  header.config_revision = raw.config_revision();
  if (raw.kind() <= v1::KIND_UNSPECIFIED || raw.kind() > v1::STATUS) {
    return fail(raw.kind() == v1::KIND_UNSPECIFIED ? Code::kInvalid : Code::kUnsupported,
                "header field kind is " + std::to_string(raw.kind()), "kind", "1 to 7");
  }
  header.kind = static_cast<Kind>(raw.kind());
  if (!v1::Dtype_IsValid(raw.dtype())) {
    return wrong("dtype", "is " + std::to_string(raw.dtype()), "0 to 8");
  }
  header.dtype = static_cast<Dtype>(raw.dtype());
  if (!v1::Layout_IsValid(raw.layout())) {
    return wrong("layout", "is " + std::to_string(raw.layout()), "0 to 1");
  }
  header.layout = static_cast<Layout>(raw.layout());
  return {};
}

Result<void> read_axes(const v1::FrameHeader& raw, FrameHeader& header) {
  if (raw.axes_size() > static_cast<int>(limits::kAxes)) {
    return too_many("axes", raw.axes_size(), limits::kAxes);
  }
  header.axes.resize(static_cast<std::size_t>(raw.axes_size()));
  for (int i = 0; i < raw.axes_size(); ++i) {
    const v1::Axis& axis = raw.axes(i);
    if (!is_good_text(axis.name())) return bad_text(indexed("axes", i, "name"));
    if (!is_good_text(axis.unit())) return bad_text(indexed("axes", i, "unit"));
    if (!v1::Axis::Rule_IsValid(axis.rule())) {
      return wrong(indexed("axes", i, "rule"), "is " + std::to_string(axis.rule()), "0 to 1");
    }
    if (!std::isfinite(axis.start())) {
      return wrong(indexed("axes", i, "start"), "is not finite", "a finite number");
    }
    const bool is_log = axis.rule() == v1::Axis::LOG;
    if (!std::isfinite(axis.step()) || (is_log ? axis.step() <= 0 : axis.step() == 0)) {
      return wrong(indexed("axes", i, "step"), "gives no axis",
                   is_log ? "a finite ratio above 0" : "a finite number other than 0");
    }
    Axis& out = header.axes[static_cast<std::size_t>(i)];
    out.name = axis.name();
    out.unit = axis.unit();
    out.rule = static_cast<AxisRule>(axis.rule());
    out.start = axis.start();
    out.step = axis.step();
  }
  header.has_axis_start = raw.has_axis_start();
  header.axis_start = raw.axis_start();
  if (!std::isfinite(raw.axis_start())) {
    return wrong("axis_start", "is not finite", "a finite number");
  }
  return {};
}

Result<void> read_time(const v1::FrameHeader& raw, FrameHeader& header) {
  if (raw.group_delay().den() == 0 && raw.has_group_delay()) {
    return wrong("group_delay.den", "is 0", "at least 1");
  }
  header.group_delay = raw.has_group_delay()
                           ? Rational{raw.group_delay().num(), raw.group_delay().den()}
                           : Rational{0, 1};
  if (!v1::TimeScale_IsValid(raw.time_scale())) {
    return wrong("time_scale", "is " + std::to_string(raw.time_scale()), "0 to 4");
  }
  if (!v1::TimeOrigin_IsValid(raw.time_origin())) {
    return wrong("time_origin", "is " + std::to_string(raw.time_origin()), "0 to 4");
  }
  if (!v1::ClockState_IsValid(raw.clock_state())) {
    return wrong("clock_state", "is " + std::to_string(raw.clock_state()), "0 to 4");
  }
  Stamp& stamp = header.stamp;
  stamp.scale = static_cast<TimeScale>(raw.time_scale());
  stamp.origin = static_cast<TimeOrigin>(raw.time_origin());
  stamp.clock_state = static_cast<ClockState>(raw.clock_state());
  stamp.tick_s = {raw.tick_s().num(), raw.tick_s().den()};
  // A time needs its unit; a message without a time has neither.
  const bool has_time =
      raw.has_tick_s() || raw.t0_ticks() != 0 || raw.time_scale() != v1::TIME_SCALE_UNSPECIFIED;
  if (!has_time) stamp.tick_s = Stamp{}.tick_s;
  if (stamp.tick_s.num == 0 || stamp.tick_s.den == 0) {
    return wrong("tick_s", "is not a period", "a ratio above 0");
  }
  if (!is_deviation(raw.t_sigma_ns())) {
    return wrong("t_sigma_ns", "is not a standard deviation", "at least 0, or NaN for unknown");
  }
  stamp.sigma_ns = raw.t_sigma_ns();
  stamp.t0_ticks = raw.t0_ticks();
  stamp.host_rx_ns = raw.host_rx_ns();
  return {};
}

Result<void> read_place(const v1::FrameHeader& raw, FrameHeader& header) {
  header.epoch = raw.epoch();
  header.sequence = raw.sequence();
  header.first_index = raw.first_index();
  header.count = raw.count();
  if (header.first_index + header.count < header.first_index) {
    return wrong("count", "goes past the last 64-bit index", "first_index + count below 2^64");
  }
  header.gap_before.samples = raw.gap_before();
  constexpr std::uint32_t kKnownReasons = (1U << kGapReasonCount) - 1;
  header.gap_before.reasons = raw.gap_reasons() & kKnownReasons;
  if ((raw.gap_reasons() & ~kKnownReasons) != 0) header.gap_before.reasons |= kGapUnknown;
  header.gap_before.is_exact = !raw.gap_inexact();
  header.flags = raw.flags();
  header.overrange_low = raw.overrange_low();
  header.overrange_high = raw.overrange_high();
  header.crc32c = raw.crc32c();
  return {};
}

// Bytes the shape asks for, or no value when they do not fit 64 bits.
bool shape_bytes(const FrameHeader& header, std::uint64_t& bytes) noexcept {
  bytes = header.shape.empty() ? 0 : size_of(header.dtype);
  for (const std::uint64_t size : header.shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes)) return false;
  }
  return true;
}

Result<void> read_shape(const v1::FrameHeader& raw, std::size_t payload_bytes,
                        FrameHeader& header) {
  if (raw.shape_size() > static_cast<int>(limits::kDimensions)) {
    return too_many("shape", raw.shape_size(), limits::kDimensions);
  }
  header.shape.assign(raw.shape().begin(), raw.shape().end());
  if (header.dtype == Dtype::kUnspecified && !header.shape.empty()) {
    return wrong("dtype", "is not given for a payload with a shape", "1 to 8");
  }
  std::uint64_t bytes = 0;
  if (!shape_bytes(header, bytes) || bytes != payload_bytes) {
    return wrong("shape",
                 "does not give the " + std::to_string(payload_bytes) + " bytes of the payload",
                 "a product of sizes and dtype equal to the payload's bytes");
  }
  const bool has_samples = header.kind == Kind::kWaveform || header.kind == Kind::kRecord ||
                           header.kind == Kind::kSpectrum;
  if (!has_samples) return {};
  if (header.shape.size() != 2) {
    return wrong("shape", "has " + std::to_string(header.shape.size()) + " dimensions",
                 "2 for samples: channels and count");
  }
  const std::size_t count_at = header.layout == Layout::kPlanar ? 1 : 0;
  if (header.shape[count_at] != header.count) {
    return wrong("count", "differs from the shape", std::to_string(header.shape[count_at]));
  }
  if (header.shape[1 - count_at] > kMaxChannels) {
    return wrong("shape", "has " + std::to_string(header.shape[1 - count_at]) + " channels",
                 "at most " + std::to_string(kMaxChannels));
  }
  return {};
}

Result<void> read_triggers(const v1::FrameHeader& raw, FrameHeader& header) {
  if (raw.triggers_size() > static_cast<int>(kMaxTriggers)) {
    return too_many("triggers", raw.triggers_size(), kMaxTriggers);
  }
  header.triggers.resize(static_cast<std::size_t>(raw.triggers_size()));
  for (int i = 0; i < raw.triggers_size(); ++i) {
    const v1::TriggerMark& mark = raw.triggers(i);
    if (!std::isfinite(mark.position())) {
      return wrong(indexed("triggers", i, "position"), "is not finite", "a finite number");
    }
    if (!std::isfinite(mark.level())) {
      return wrong(indexed("triggers", i, "level"), "is not finite", "a finite number");
    }
    if (mark.source() >= kMaxChannels) {
      return wrong(indexed("triggers", i, "source"), "is not a channel", "0 to 63");
    }
    header.triggers[static_cast<std::size_t>(i)] = {mark.position(), mark.source(), mark.rising(),
                                                    mark.level()};
  }
  return {};
}

Result<void> check_result(const v1::NamedResult& result, int i) {
  if (!is_good_text(result.name())) return bad_text(indexed("results", i, "name"));
  if (!is_good_text(result.unit())) return bad_text(indexed("results", i, "unit"));
  if (!is_good_text(result.reason())) return bad_text(indexed("results", i, "reason"));
  if (result.channel() >= kMaxChannels) {
    return wrong(indexed("results", i, "channel"), "is not a channel", "0 to 63");
  }
  if (result.valid() && !std::isfinite(result.value())) {
    return wrong(indexed("results", i, "value"), "is valid but not finite", "a finite number");
  }
  if (!is_deviation(result.uncertainty())) {
    return wrong(indexed("results", i, "uncertainty"), "is not a standard deviation",
                 "at least 0, or NaN for unknown");
  }
  return {};
}

Result<void> read_results(const v1::FrameHeader& raw, FrameHeader& header) {
  if (raw.results_size() > static_cast<int>(kMaxResults)) {
    return too_many("results", raw.results_size(), kMaxResults);
  }
  header.results.resize(static_cast<std::size_t>(raw.results_size()));
  for (int i = 0; i < raw.results_size(); ++i) {
    const v1::NamedResult& result = raw.results(i);
    if (auto ok = check_result(result, i); !ok) return ok;
    NamedResult& out = header.results[static_cast<std::size_t>(i)];
    out.channel = result.channel();
    out.name = result.name();
    out.unit = result.unit();
    out.value = result.value();
    out.uncertainty = result.uncertainty();
    out.is_valid = result.valid();
    out.reason = result.reason();
  }
  return {};
}

}  // namespace

Result<void> decode_header(std::span<const std::byte> raw_header, std::size_t payload_bytes,
                           FrameHeader& header) {
  if (raw_header.size() > limits::kHeaderBytes) {
    return fail(Code::kOverflow,
                "a frame header of " + std::to_string(raw_header.size()) + " bytes is too large",
                "header", "at most " + std::to_string(limits::kHeaderBytes) + " bytes");
  }
  if (payload_bytes > limits::kFrameBytes) {
    return fail(Code::kOverflow,
                "a payload of " + std::to_string(payload_bytes) + " bytes is too large", "payload",
                "at most " + std::to_string(limits::kFrameBytes) + " bytes");
  }
  // Kept by the thread, so that its lists and strings are grown once.
  thread_local v1::FrameHeader raw;
  if (!wire::parse(raw, raw_header, kHeaderNesting)) {
    return fail(Code::kInvalid, "the frame header is not a valid protobuf message", "header");
  }
  if (auto ok = read_identity(raw, header); !ok) return ok;
  if (auto ok = read_axes(raw, header); !ok) return ok;
  if (auto ok = read_time(raw, header); !ok) return ok;
  if (auto ok = read_place(raw, header); !ok) return ok;
  if (auto ok = read_shape(raw, payload_bytes, header); !ok) return ok;
  if (auto ok = read_triggers(raw, header); !ok) return ok;
  return read_results(raw, header);
}

Result<FrameHeader> decode_header(std::span<const std::byte> raw_header,
                                  std::size_t payload_bytes) {
  FrameHeader header;
  if (auto ok = decode_header(raw_header, payload_bytes, header); !ok) {
    return tl::unexpected<Error>(std::move(ok.error()));
  }
  return header;
}

}  // namespace acq
