#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "acq/v1/frame.pb.h"
#include "proto/codec.h"
#include "proto/header_check.h"
#include "proto/limits.h"
#include "proto/text.h"
#include "proto/wire_reader.h"

namespace acq {
namespace {

using wire::bytes;
using wire::fixed32;
using wire::fixed64;
using wire::read_bytes;
using wire::read_fixed;
using wire::read_varint;
using wire::varint;
using Fields = v1::FrameHeader;

// Reads a header in one pass, straight into the caller's: a generated message in between would
// cost more than the rest together, and could not refuse a list before it has grown. As everywhere
// in protobuf, a field of an unexpected wire type is an unknown field, and of a field given twice
// the last value counts. Each value is checked as it is read, check_header() what they say together.
//
// The readers give the place behind what they read, or nullptr to stop: malformed, or refused with
// error_ set.
class HeaderReader {
 public:
  explicit HeaderReader(FrameHeader& header) : header_(header) {}

  // `raw` with wire::kSlop readable bytes behind it.
  Result<void> read(std::string_view raw, std::size_t payload_bytes) {
    clear();
    const char* const end = raw.data() + raw.size();
    const bool is_whole = fields(raw.data(), end) != nullptr;
    header_.axes.resize(axes_);
    header_.triggers.resize(triggers_);
    header_.results.resize(results_);
    if (error_) return tl::unexpected<Error>(std::move(*error_));
    if (!is_whole) {
      return fail(Code::kInvalid, "the frame header is not a valid protobuf message", "header");
    }
    if (!has_stream_id_) {
      return tl::unexpected<Error>(invalid("stream_id", "is missing", "16 bytes"));
    }
    header_.gap_before.is_exact = !is_inexact_;
    // A time needs its unit; a message without a time has neither.
    const bool has_time =
        header_.stamp.t0_ticks != 0 || header_.stamp.scale != TimeScale::kUnspecified;
    if (has_time && !has_tick_) header_.stamp.tick_s = {0, 0};
    return check_header(header_, payload_bytes);
  }

 private:
  const char* fields(const char* at, const char* end) {
    // As encode_header() and protobuf itself write them.
    return wire::fields<
        varint(Fields::kVersionFieldNumber), bytes(Fields::kStreamIdFieldNumber),
        fixed64(Fields::kDescriptorIdFieldNumber), fixed64(Fields::kRunIdFieldNumber),
        varint(Fields::kConfigRevisionFieldNumber), varint(Fields::kKindFieldNumber),
        varint(Fields::kDtypeFieldNumber), varint(Fields::kLayoutFieldNumber),
        bytes(Fields::kAxesFieldNumber), bytes(Fields::kGroupDelayFieldNumber),
        fixed64(Fields::kSequenceFieldNumber), varint(Fields::kEpochFieldNumber),
        fixed64(Fields::kFirstIndexFieldNumber), varint(Fields::kCountFieldNumber),
        varint(Fields::kFlagsFieldNumber), bytes(Fields::kShapeFieldNumber),
        bytes(Fields::kTickSFieldNumber), varint(Fields::kTimeScaleFieldNumber),
        varint(Fields::kTimeOriginFieldNumber), varint(Fields::kClockStateFieldNumber),
        fixed64(Fields::kT0TicksFieldNumber), fixed64(Fields::kTSigmaNsFieldNumber),
        fixed64(Fields::kHostRxNsFieldNumber), varint(Fields::kGapBeforeFieldNumber),
        varint(Fields::kGapReasonsFieldNumber), varint(Fields::kGapInexactFieldNumber),
        varint(Fields::kOverrangeLowFieldNumber), varint(Fields::kOverrangeHighFieldNumber),
        fixed64(Fields::kAxisStartFieldNumber), fixed32(Fields::kCrc32CFieldNumber),
        bytes(Fields::kTriggersFieldNumber), bytes(Fields::kResultsFieldNumber)>(
        at, end,
        [this](std::uint32_t tag, const char* p, const char* stop)
            __attribute__((always_inline)) { return field(tag, p, stop); });
  }

  [[gnu::always_inline]] const char* field(std::uint32_t tag, const char* at, const char* end) {
    Stamp& stamp = header_.stamp;
    switch (tag) {
      case varint(Fields::kVersionFieldNumber): return version(at);
      case bytes(Fields::kStreamIdFieldNumber): return stream_id(at, end);
      case fixed64(Fields::kDescriptorIdFieldNumber): return read_fixed(at, header_.descriptor_id);
      case fixed64(Fields::kRunIdFieldNumber): return read_fixed(at, header_.run_id);
      case varint(Fields::kConfigRevisionFieldNumber):
        return read_varint(at, header_.config_revision);
      case varint(Fields::kKindFieldNumber): return kind(at);
      case varint(Fields::kDtypeFieldNumber):
        return choice(at, header_.dtype, Dtype::kC64, "dtype");
      case varint(Fields::kLayoutFieldNumber):
        return choice(at, header_.layout, Layout::kPacked, "layout");
      case bytes(Fields::kAxesFieldNumber): return axis(at, end);
      case bytes(Fields::kGroupDelayFieldNumber):
        return rational(at, end, header_.group_delay, has_group_delay_);
      case fixed64(Fields::kSequenceFieldNumber): return read_fixed(at, header_.sequence);
      case varint(Fields::kEpochFieldNumber): return read_varint(at, header_.epoch);
      case fixed64(Fields::kFirstIndexFieldNumber): return read_fixed(at, header_.first_index);
      case varint(Fields::kCountFieldNumber): return read_varint(at, header_.count);
      case varint(Fields::kFlagsFieldNumber): return read_varint(at, header_.flags);
      case bytes(Fields::kShapeFieldNumber): return packed_shape(at, end);
      case varint(Fields::kShapeFieldNumber): return dimension(at);
      case bytes(Fields::kTickSFieldNumber): return rational(at, end, stamp.tick_s, has_tick_);
      case varint(Fields::kTimeScaleFieldNumber):
        return choice(at, stamp.scale, TimeScale::kFreeRunning, "time_scale");
      case varint(Fields::kTimeOriginFieldNumber):
        return choice(at, stamp.origin, TimeOrigin::kComputed, "time_origin");
      case varint(Fields::kClockStateFieldNumber):
        return choice(at, stamp.clock_state, ClockState::kHoldover, "clock_state");
      case fixed64(Fields::kT0TicksFieldNumber): return read_fixed(at, stamp.t0_ticks);
      case fixed64(Fields::kTSigmaNsFieldNumber):
        return deviation(at, stamp.sigma_ns, "t_sigma_ns");
      case fixed64(Fields::kHostRxNsFieldNumber): return read_fixed(at, stamp.host_rx_ns);
      case varint(Fields::kGapBeforeFieldNumber):
        return read_varint(at, header_.gap_before.samples);
      case varint(Fields::kGapReasonsFieldNumber): return gap_reasons(at);
      case varint(Fields::kGapInexactFieldNumber): return read_varint(at, is_inexact_);
      case varint(Fields::kOverrangeLowFieldNumber): return read_varint(at, header_.overrange_low);
      case varint(Fields::kOverrangeHighFieldNumber):
        return read_varint(at, header_.overrange_high);
      case fixed64(Fields::kAxisStartFieldNumber):
        header_.has_axis_start = true;
        return finite(at, header_.axis_start, "axis_start");
      case fixed32(Fields::kCrc32CFieldNumber): return read_fixed(at, header_.crc32c);
      case bytes(Fields::kTriggersFieldNumber): return trigger(at, end);
      case bytes(Fields::kResultsFieldNumber): return result(at, end);
      default: return wire::skip(at, end, tag);
    }
  }

  // `list` and `i`, where given, say which item the field belongs to.
  template <typename Enum>
  [[gnu::always_inline]] const char* choice(const char* at, Enum& out, Enum last, const char* field,
                                            const char* list = nullptr, std::size_t i = 0) {
    std::uint32_t value = 0;
    at = read_varint(at, value);
    if (value > static_cast<std::uint32_t>(last)) {
      return not_known(value, static_cast<int>(last), field, list, i);
    }
    out = static_cast<Enum>(value);
    return at;
  }
  [[gnu::always_inline]] const char* finite(const char* at, double& out, const char* field,
                                            const char* list = nullptr, std::size_t i = 0) {
    at = read_fixed(at, out);
    if (std::isfinite(out)) return at;
    return not_finite(field, list, i);
  }
  // One standard deviation.
  [[gnu::always_inline]] const char* deviation(const char* at, double& out, const char* field,
                                               const char* list = nullptr, std::size_t i = 0) {
    at = read_fixed(at, out);
    if (std::isnan(out) || (std::isfinite(out) && out >= 0)) return at;
    return no_deviation(field, list, i);
  }
  // `out` lies in the bytes of the header.
  const char* text(const char* at, const char* end, std::string_view& out, const char* field,
                   const char* list, std::size_t i) {
    at = read_bytes(at, end, out);
    if (at == nullptr || (out.size() <= limits::kStringBytes && is_clean_text(out))) return at;
    return refuse(field, list, i, "is not clean text",
                  "at most " + std::to_string(limits::kStringBytes) +
                      " bytes of UTF-8 without control characters");
  }
  // From one frame to the next names stay what they are.
  static void keep(std::string& name, std::string_view given) {
    if (name != given) name.assign(given);
  }
  const char* channel(const char* at, std::uint32_t& out, const char* field, const char* list,
                      std::size_t i) {
    at = read_varint(at, out);
    if (out < kMaxChannels) return at;
    return refuse(field, list, i, "is not a channel", "0 to " + std::to_string(kMaxChannels - 1));
  }

  const char* version(const char* at) {
    at = read_varint(at, header_.version);
    if (header_.version / 1000 == kWireVersion / 1000) return at;
    error_ = other_version(header_.version);
    return nullptr;
  }
  const char* stream_id(const char* at, const char* end) {
    std::string_view raw;
    at = read_bytes(at, end, raw);
    if (at == nullptr) return nullptr;
    has_stream_id_ = raw.size() == header_.stream_id.size();
    if (!has_stream_id_) {
      return refuse("stream_id", "has " + std::to_string(raw.size()) + " bytes", "16 bytes");
    }
    std::memcpy(header_.stream_id.data(), raw.data(), raw.size());
    return at;
  }
  const char* kind(const char* at) {
    at = choice(at, header_.kind, kLastKind, "kind");
    if (error_) error_->code = Code::kUnsupported;
    return at;
  }
  const char* gap_reasons(const char* at) {
    constexpr std::uint32_t kKnown = (1U << kGapReasonCount) - 1;
    std::uint32_t& reasons = header_.gap_before.reasons;
    at = read_varint(at, reasons);
    if ((reasons & ~kKnown) != 0) reasons = (reasons & kKnown) | kGapUnknown;
    return at;
  }
  const char* rational(const char* at, const char* end, Rational& out, bool& is_given) {
    if (!is_given) out = {0, 0};
    is_given = true;
    return wire::message<varint(v1::Rational::kNumFieldNumber),
                         varint(v1::Rational::kDenFieldNumber)>(
        at, end,
        [&](std::uint32_t tag, const char* p, const char* stop) __attribute__((always_inline)) {
          switch (tag) {
            case varint(v1::Rational::kNumFieldNumber): return read_varint(p, out.num);
            case varint(v1::Rational::kDenFieldNumber): return read_varint(p, out.den);
            default: return wire::skip(p, stop, tag);
          }
        });
  }
  const char* dimension(const char* at) {
    if (header_.shape.size() == limits::kDimensions) {
      return too_many("shape", limits::kDimensions);
    }
    return read_varint(at, header_.shape.emplace_back());
  }
  const char* packed_shape(const char* at, const char* end) {
    std::string_view raw;
    const char* const behind = read_bytes(at, end, raw);
    if (behind == nullptr) return nullptr;
    for (at = raw.data(); at < behind;) {
      at = dimension(at);
      if (at == nullptr || at > behind) return nullptr;
    }
    return behind;
  }

  const char* axis(const char* at, const char* end) {
    if (axes_ == limits::kAxes) return too_many("axes", limits::kAxes);
    const std::size_t i = axes_++;
    Axis& out = item(header_.axes, i);
    std::string_view name;
    std::string_view unit;
    out.rule = AxisRule::kLinear;
    out.start = out.step = 0;
    at = wire::message<bytes(v1::Axis::kNameFieldNumber), bytes(v1::Axis::kUnitFieldNumber),
                       varint(v1::Axis::kRuleFieldNumber), fixed64(v1::Axis::kStartFieldNumber),
                       fixed64(v1::Axis::kStepFieldNumber)>(
        at, end,
        [&](std::uint32_t tag, const char* p, const char* stop) __attribute__((always_inline)) {
          switch (tag) {
            case bytes(v1::Axis::kNameFieldNumber): return text(p, stop, name, "name", "axes", i);
            case bytes(v1::Axis::kUnitFieldNumber): return text(p, stop, unit, "unit", "axes", i);
            case varint(v1::Axis::kRuleFieldNumber):
              return choice(p, out.rule, AxisRule::kList, "rule", "axes", i);
            case fixed64(v1::Axis::kStartFieldNumber):
              return finite(p, out.start, "start", "axes", i);
            case fixed64(v1::Axis::kStepFieldNumber): return finite(p, out.step, "step", "axes", i);
            case bytes(v1::Axis::kValuesFieldNumber): return positions(p, stop);
            default: return wire::skip(p, stop, tag);
          }
        });
    if (at == nullptr) return nullptr;
    keep(out.name, name);
    keep(out.unit, unit);
    if (out.rule == AxisRule::kList) return at;  // its positions are in the description
    const bool is_log = out.rule == AxisRule::kLog;
    if (is_log ? out.step > 0 : out.step != 0) return at;
    return refuse("step", "axes", i, "gives no axis", is_log ? "a ratio above 0" : "other than 0");
  }

  // Positions belong to the description; here they are passed over, if they are whole numbers of doubles.
  static const char* positions(const char* at, const char* end) {
    std::string_view raw;
    at = read_bytes(at, end, raw);
    return raw.size() % sizeof(double) == 0 ? at : nullptr;
  }

  const char* trigger(const char* at, const char* end) {
    if (triggers_ == kMaxTriggers) return too_many("triggers", kMaxTriggers);
    const std::size_t i = triggers_++;
    TriggerMark& out = item(header_.triggers, i);
    out = {.is_rising = false};
    return wire::message<
        fixed64(v1::TriggerMark::kPositionFieldNumber), varint(v1::TriggerMark::kSourceFieldNumber),
        varint(v1::TriggerMark::kRisingFieldNumber), fixed64(v1::TriggerMark::kLevelFieldNumber)>(
        at, end,
        [&](std::uint32_t tag, const char* p, const char* stop) __attribute__((always_inline)) {
          switch (tag) {
            case fixed64(v1::TriggerMark::kPositionFieldNumber):
              return finite(p, out.position, "position", "triggers", i);
            case varint(v1::TriggerMark::kSourceFieldNumber):
              return channel(p, out.channel, "source", "triggers", i);
            case varint(v1::TriggerMark::kRisingFieldNumber): return read_varint(p, out.is_rising);
            case fixed64(v1::TriggerMark::kLevelFieldNumber):
              return finite(p, out.level, "level", "triggers", i);
            default: return wire::skip(p, stop, tag);
          }
        });
  }

  const char* result(const char* at, const char* end) {
    if (results_ == kMaxResults) return too_many("results", kMaxResults);
    const std::size_t i = results_++;
    NamedResult& out = item(header_.results, i);
    std::string_view name;
    std::string_view unit;
    std::string_view reason;
    out.channel = 0;
    out.value = out.uncertainty = 0;
    out.is_valid = false;
    at = wire::message<
        varint(v1::NamedResult::kChannelFieldNumber), bytes(v1::NamedResult::kNameFieldNumber),
        bytes(v1::NamedResult::kUnitFieldNumber), fixed64(v1::NamedResult::kValueFieldNumber),
        fixed64(v1::NamedResult::kUncertaintyFieldNumber),
        varint(v1::NamedResult::kValidFieldNumber), bytes(v1::NamedResult::kReasonFieldNumber)>(
        at, end,
        [&](std::uint32_t tag, const char* p, const char* stop) __attribute__((always_inline)) {
          switch (tag) {
            case varint(v1::NamedResult::kChannelFieldNumber):
              return channel(p, out.channel, "channel", "results", i);
            case bytes(v1::NamedResult::kNameFieldNumber):
              return text(p, stop, name, "name", "results", i);
            case bytes(v1::NamedResult::kUnitFieldNumber):
              return text(p, stop, unit, "unit", "results", i);
            case fixed64(v1::NamedResult::kValueFieldNumber): return read_fixed(p, out.value);
            case fixed64(v1::NamedResult::kUncertaintyFieldNumber):
              return deviation(p, out.uncertainty, "uncertainty", "results", i);
            case varint(v1::NamedResult::kValidFieldNumber): return read_varint(p, out.is_valid);
            case bytes(v1::NamedResult::kReasonFieldNumber):
              return text(p, stop, reason, "reason", "results", i);
            default: return wire::skip(p, stop, tag);
          }
        });
    if (at == nullptr) return nullptr;
    keep(out.name, name);
    keep(out.unit, unit);
    keep(out.reason, reason);
    if (!out.is_valid || std::isfinite(out.value)) return at;
    return refuse("value", "results", i, "is not finite", "a finite number, or not valid");
  }

  // Everything back to "not given"; what lists hold is kept and used again.
  void clear() {
    header_.version = 0;
    header_.descriptor_id = header_.run_id = header_.config_revision = 0;
    header_.kind = Kind::kUnspecified;
    header_.dtype = Dtype::kUnspecified;
    header_.layout = Layout::kInterleaved;
    header_.group_delay = {0, 1};
    header_.sequence = header_.first_index = header_.count = 0;
    header_.epoch = header_.flags = header_.crc32c = 0;
    header_.gap_before = {};
    header_.stamp = {.sigma_ns = 0};
    header_.shape.clear();
    header_.overrange_low = header_.overrange_high = 0;
    header_.axis_start = 0;
    header_.has_axis_start = false;
  }

  template <typename T>
  static T& item(std::vector<T>& list, std::size_t at) {
    return at < list.size() ? list[at] : list.emplace_back();
  }

  [[gnu::cold]] const char* refuse(const char* field, const std::string& sentence,
                                   std::string allowed) {
    return refuse(field, nullptr, 0, sentence, std::move(allowed));
  }
  [[gnu::cold]] const char* refuse(const char* field, const char* list, std::size_t i,
                                   const std::string& sentence, std::string allowed) {
    const std::string path =
        list == nullptr ? field : std::string(list) + "[" + std::to_string(i) + "]." + field;
    error_ = invalid(path, sentence, std::move(allowed));
    return nullptr;
  }
  [[gnu::cold]] const char* not_known(std::uint32_t value, int last, const char* field,
                                      const char* list, std::size_t i) {
    return refuse(field, list, i, "is " + std::to_string(value) + ", which is not known",
                  "0 to " + std::to_string(last));
  }
  [[gnu::cold]] const char* not_finite(const char* field, const char* list, std::size_t i) {
    return refuse(field, list, i, "is not finite", "a finite number");
  }
  [[gnu::cold]] const char* no_deviation(const char* field, const char* list, std::size_t i) {
    return refuse(field, list, i, "is not a standard deviation", "at least 0, or NaN for unknown");
  }
  [[gnu::cold]] const char* too_many(const char* list, std::size_t limit) {
    return refuse(list, "has too many items", "at most " + std::to_string(limit));
  }

  FrameHeader& header_;
  std::size_t axes_ = 0;
  std::size_t triggers_ = 0;
  std::size_t results_ = 0;
  bool is_inexact_ = false;
  bool has_stream_id_ = false;
  bool has_tick_ = false;
  bool has_group_delay_ = false;
  std::optional<Error> error_;
};

// A copy with the readable bytes behind it that the readers need.
std::string_view padded(std::span<const std::byte> raw, char* copy) {
  if (!raw.empty()) std::memcpy(copy, raw.data(), raw.size());
  std::memset(copy + raw.size(), 0, wire::kSlop);
  return {copy, raw.size()};
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
  constexpr std::size_t kUsualBytes = 1024;
  if (raw_header.size() <= kUsualBytes) {
    std::array<char, kUsualBytes + wire::kSlop> usual;  // not cleared
    return HeaderReader(header).read(padded(raw_header, usual.data()), payload_bytes);
  }
  thread_local std::vector<char> large;  // grown once
  large.resize(limits::kHeaderBytes + wire::kSlop);
  return HeaderReader(header).read(padded(raw_header, large.data()), payload_bytes);
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
