#include "proto/codec.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "acq/v1/frame.pb.h"
#include "proto/limits.h"

namespace acq {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using Fields = v1::FrameHeader;

// Tag and value of the longest scalar field: two bytes and a ten-byte varint.
constexpr std::size_t kScalarBound = 12;
// Every scalar of the changing part, two shape values and one rational among them.
constexpr std::size_t kChangingBound = 24 * kScalarBound;
constexpr std::size_t kTriggerBound = 3 + 4 * kScalarBound;
// Literals in our own code; cut to this, so that the bound holds whatever they say.
constexpr std::size_t kReasonBytes = 64;

bool is_message(Kind kind) noexcept {
  return kind == Kind::kEvent || kind == Kind::kDescription || kind == Kind::kStatus;
}

std::string_view cut(std::string_view text, std::size_t bytes) noexcept {
  return text.substr(0, bytes);
}

// Writes fields one behind the other, leaving out zeros as protobuf does. The caller has made sure
// of the room.
class FieldWriter {
 public:
  explicit FieldWriter(std::uint8_t* at) : at_(at) {}
  [[nodiscard]] std::uint8_t* at() const { return at_; }

  void varint(int field, std::uint64_t value) {
    if (value != 0) at_ = WireFormatLite::WriteUInt64ToArray(field, value, at_);
  }
  void fixed64(int field, std::uint64_t value) {
    if (value != 0) at_ = WireFormatLite::WriteFixed64ToArray(field, value, at_);
  }
  void fixed32(int field, std::uint32_t value) {
    if (value != 0) at_ = WireFormatLite::WriteFixed32ToArray(field, value, at_);
  }
  void number(int field, double value) {
    if (std::bit_cast<std::uint64_t>(value) != 0) present_number(field, value);
  }
  void present_number(int field, double value) {
    at_ = WireFormatLite::WriteDoubleToArray(field, value, at_);
  }
  void text(int field, std::string_view value) {
    if (value.empty()) return;
    tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    raw(value.data(), value.size());
  }
  // A sub-message whose body is below 128 bytes: its length is one byte, written afterwards.
  template <typename Body>
  void small_message(int field, Body body) {
    tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    FieldWriter inner(at_ + 1);
    body(inner);
    *at_ = static_cast<std::uint8_t>(inner.at_ - at_ - 1);
    at_ = inner.at_;
  }
  // Several varints in one length-delimited field.
  void packed(int field, std::span<const std::uint64_t> values) {
    if (values.empty()) return;
    small_message(field, [&](FieldWriter& body) {
      for (const std::uint64_t value : values) {
        body.at_ = CodedOutputStream::WriteVarint64ToArray(value, body.at_);
      }
    });
  }
  void message(int field, std::span<const std::uint8_t> body) {
    tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    raw(body.data(), body.size());
  }

 private:
  void tag(int field, WireFormatLite::WireType type) {
    at_ = WireFormatLite::WriteTagToArray(field, type, at_);
  }
  void raw(const void* bytes, std::size_t size) {
    at_ = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(size), at_);
    std::memcpy(at_, bytes, size);
    at_ += size;
  }

  std::uint8_t* at_;
};

void write_stamp(FieldWriter& out, const Stamp& stamp) {
  out.small_message(Fields::kTickSFieldNumber, [&](FieldWriter& body) {
    body.varint(v1::Rational::kNumFieldNumber, stamp.tick_s.num);
    body.varint(v1::Rational::kDenFieldNumber, stamp.tick_s.den);
  });
  out.varint(Fields::kTimeScaleFieldNumber, static_cast<std::uint64_t>(stamp.scale));
  out.varint(Fields::kTimeOriginFieldNumber, static_cast<std::uint64_t>(stamp.origin));
  out.varint(Fields::kClockStateFieldNumber, static_cast<std::uint64_t>(stamp.clock_state));
  out.fixed64(Fields::kT0TicksFieldNumber, static_cast<std::uint64_t>(stamp.t0_ticks));
  out.number(Fields::kTSigmaNsFieldNumber, stamp.sigma_ns);
  out.fixed64(Fields::kHostRxNsFieldNumber, static_cast<std::uint64_t>(stamp.host_rx_ns));
}

void write_triggers(FieldWriter& out, const Frame& frame) {
  for (std::size_t i = 0; i < frame.trigger_count; ++i) {
    const TriggerMark& mark = frame.triggers[i];
    out.small_message(Fields::kTriggersFieldNumber, [&](FieldWriter& body) {
      body.number(v1::TriggerMark::kPositionFieldNumber, mark.position);
      body.varint(v1::TriggerMark::kSourceFieldNumber, mark.channel);
      body.varint(v1::TriggerMark::kRisingFieldNumber, mark.is_rising ? 1 : 0);
      body.number(v1::TriggerMark::kLevelFieldNumber, mark.level);
    });
  }
}

void write_results(FieldWriter& out, const Frame& frame) {
  const std::vector<ResultSpec>& specs = frame.topic->results;
  std::array<std::uint8_t, 2 * limits::kStringBytes + kReasonBytes + 8 * kScalarBound> buffer;
  for (std::size_t i = 0; i < frame.result_count; ++i) {
    const ScalarResult& result = frame.results[i];
    const ResultSpec& spec = specs[i % specs.size()];
    const std::string_view reason = cut(result.invalid_because, kReasonBytes);
    FieldWriter body(buffer.data());
    body.varint(v1::NamedResult::kChannelFieldNumber, i / specs.size());
    body.text(v1::NamedResult::kNameFieldNumber, cut(spec.name, limits::kStringBytes));
    body.text(v1::NamedResult::kUnitFieldNumber, cut(spec.unit, limits::kStringBytes));
    body.number(v1::NamedResult::kValueFieldNumber, result.value);
    body.number(v1::NamedResult::kUncertaintyFieldNumber, result.uncertainty);
    body.varint(v1::NamedResult::kValidFieldNumber, reason.empty() ? 1 : 0);
    body.text(v1::NamedResult::kReasonFieldNumber, reason);
    out.message(Fields::kResultsFieldNumber,
                {buffer.data(), static_cast<std::size_t>(body.at() - buffer.data())});
  }
}

// The payload's dimensions. A frame that says one size and carries another is our own bug.
void write_shape(FieldWriter& out, const Frame& frame) {
  const TopicInfo& topic = *frame.topic;
  if (is_message(topic.kind)) {
    const std::uint64_t bytes = frame.payload_bytes;
    out.packed(Fields::kShapeFieldNumber, {&bytes, 1});
    return;
  }
  if (topic.kind == Kind::kScalars && frame.payload_bytes == 0) return;
  const std::uint64_t channels = topic.channels.size();
  ACQ_CHECK(frame.count * scan_bytes(topic.dtype, topic.layout, channels) == frame.payload_bytes);
  if (topic.layout == Layout::kPacked) {
    const std::uint64_t samples = frame.count;
    out.packed(Fields::kShapeFieldNumber, {&samples, 1});
    return;
  }
  const bool is_planar = topic.layout == Layout::kPlanar;
  const std::array<std::uint64_t, 2> shape = {is_planar ? channels : frame.count,
                                              is_planar ? frame.count : channels};
  out.packed(Fields::kShapeFieldNumber, shape);
}

FieldWriter start_header(const TopicInfo& topic, std::span<std::byte> out) noexcept {
  ACQ_CHECK(!topic.header_constant.empty());
  std::memcpy(out.data(), topic.header_constant.data(), topic.header_constant.size());
  return FieldWriter(reinterpret_cast<std::uint8_t*>(out.data()) + topic.header_constant.size());
}

std::size_t size_of_header(const FieldWriter& writer, std::span<std::byte> out) noexcept {
  const auto size =
      static_cast<std::size_t>(writer.at() - reinterpret_cast<const std::uint8_t*>(out.data()));
  ACQ_CHECK(size <= out.size());
  return size;
}

}  // namespace

std::string encode_constant(const TopicInfo& topic) {
  v1::FrameHeader header;
  header.set_version(kWireVersion);
  header.set_stream_id(topic.stream_id.data(), topic.stream_id.size());
  header.set_descriptor_id(topic.descriptor_id);
  header.set_run_id(topic.run_id);
  header.set_config_revision(topic.config_revision);
  header.set_kind(static_cast<v1::Kind>(topic.kind));
  const Dtype dtype = is_message(topic.kind) ? Dtype::kU8 : topic.dtype;
  header.set_dtype(static_cast<v1::Dtype>(dtype));
  header.set_layout(static_cast<v1::Layout>(topic.layout));
  for (const Axis& axis : topic.axes) {
    v1::Axis& out = *header.add_axes();
    out.set_name(axis.name);
    out.set_unit(axis.unit);
    out.set_rule(static_cast<v1::Axis::Rule>(axis.rule));
    out.set_start(axis.start);
    out.set_step(axis.step);
  }
  header.mutable_group_delay()->set_num(topic.group_delay.num);
  header.mutable_group_delay()->set_den(topic.group_delay.den);
  return header.SerializeAsString();
}

std::size_t encode_header(const Frame& frame, std::uint64_t sequence, std::uint32_t crc32c,
                          std::span<std::byte> out) noexcept {
  const TopicInfo& topic = *frame.topic;
  ACQ_CHECK(frame.trigger_count <= kMaxTriggers && frame.result_count <= kMaxResults);
  ACQ_CHECK(frame.result_count <= topic.channels.size() * topic.results.size());
  ACQ_CHECK(out.size() >=
            topic.header_constant.size() + kChangingBound + frame.trigger_count * kTriggerBound);
  FieldWriter writer = start_header(topic, out);
  writer.fixed64(Fields::kSequenceFieldNumber, sequence);
  writer.varint(Fields::kEpochFieldNumber, frame.epoch);
  writer.fixed64(Fields::kFirstIndexFieldNumber, frame.first_index);
  writer.varint(Fields::kCountFieldNumber, frame.count);
  writer.varint(Fields::kFlagsFieldNumber, frame.flags);
  write_shape(writer, frame);
  write_stamp(writer, frame.stamp);
  writer.varint(Fields::kGapBeforeFieldNumber, frame.gap_before.samples);
  writer.varint(Fields::kGapReasonsFieldNumber, frame.gap_before.reasons);
  writer.varint(Fields::kGapInexactFieldNumber, frame.gap_before.is_exact ? 0 : 1);
  writer.varint(Fields::kOverrangeLowFieldNumber, frame.overrange_low);
  writer.varint(Fields::kOverrangeHighFieldNumber, frame.overrange_high);
  if (frame.has_axis_start) {
    writer.present_number(Fields::kAxisStartFieldNumber, frame.axis_start);
  }
  writer.fixed32(Fields::kCrc32CFieldNumber, crc32c);
  write_triggers(writer, frame);
  if (frame.result_count > 0) {
    ACQ_CHECK(out.size() >= header_bound(topic));
    write_results(writer, frame);
  }
  return size_of_header(writer, out);
}

std::size_t encode_message_header(const TopicInfo& topic, Kind kind, std::uint64_t sequence,
                                  std::size_t payload_bytes, std::uint32_t crc32c,
                                  std::span<std::byte> out) noexcept {
  ACQ_CHECK(is_message(kind));
  ACQ_CHECK(out.size() >= topic.header_constant.size() + kChangingBound);
  FieldWriter writer = start_header(topic, out);
  // Written again behind the constant part: the last value of a field counts.
  writer.varint(Fields::kKindFieldNumber, static_cast<std::uint64_t>(kind));
  writer.varint(Fields::kDtypeFieldNumber, static_cast<std::uint64_t>(Dtype::kU8));
  writer.fixed64(Fields::kSequenceFieldNumber, sequence);
  const std::uint64_t bytes = payload_bytes;
  writer.packed(Fields::kShapeFieldNumber, {&bytes, 1});
  writer.fixed32(Fields::kCrc32CFieldNumber, crc32c);
  return size_of_header(writer, out);
}

std::size_t header_bound(const TopicInfo& topic) noexcept {
  std::size_t results = 0;
  for (const ResultSpec& spec : topic.results) {
    results += std::min(spec.name.size(), limits::kStringBytes) +
               std::min(spec.unit.size(), limits::kStringBytes) + kReasonBytes + 8 * kScalarBound;
  }
  results *= topic.channels.size();  // each result is given per channel
  return topic.header_constant.size() + kChangingBound + kMaxTriggers * kTriggerBound + results;
}

}  // namespace acq
