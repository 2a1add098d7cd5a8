// A decoded header as the generated message, to compare our reader with protobuf's.
#pragma once

#include "acq/v1/frame.pb.h"
#include "proto/codec.h"

namespace acq::testing {

inline v1::FrameHeader to_message(const FrameHeader& header) {
  v1::FrameHeader out;
  out.set_version(header.version);
  out.set_stream_id(header.stream_id.data(), header.stream_id.size());
  out.set_descriptor_id(header.descriptor_id);
  out.set_run_id(header.run_id);
  out.set_config_revision(header.config_revision);
  out.set_kind(static_cast<v1::Kind>(header.kind));
  out.set_dtype(static_cast<v1::Dtype>(header.dtype));
  out.set_layout(static_cast<v1::Layout>(header.layout));
  for (const Axis& axis : header.axes) {
    v1::Axis& a = *out.add_axes();
    a.set_name(axis.name);
    a.set_unit(axis.unit);
    a.set_rule(static_cast<v1::Axis::Rule>(axis.rule));
    a.set_start(axis.start);
    a.set_step(axis.step);
  }
  out.mutable_group_delay()->set_num(header.group_delay.num);
  out.mutable_group_delay()->set_den(header.group_delay.den);
  out.set_sequence(header.sequence);
  out.set_epoch(header.epoch);
  out.set_first_index(header.first_index);
  out.set_count(header.count);
  out.set_flags(header.flags);
  for (const std::uint64_t size : header.shape) out.add_shape(size);
  out.mutable_tick_s()->set_num(header.stamp.tick_s.num);
  out.mutable_tick_s()->set_den(header.stamp.tick_s.den);
  out.set_time_scale(static_cast<v1::TimeScale>(header.stamp.scale));
  out.set_time_origin(static_cast<v1::TimeOrigin>(header.stamp.origin));
  out.set_clock_state(static_cast<v1::ClockState>(header.stamp.clock_state));
  out.set_t0_ticks(header.stamp.t0_ticks);
  out.set_t_sigma_ns(header.stamp.sigma_ns);
  out.set_host_rx_ns(header.stamp.host_rx_ns);
  out.set_gap_before(header.gap_before.samples);
  out.set_gap_reasons(header.gap_before.reasons);
  out.set_gap_inexact(!header.gap_before.is_exact);
  out.set_overrange_low(header.overrange_low);
  out.set_overrange_high(header.overrange_high);
  if (header.has_axis_start) out.set_axis_start(header.axis_start);
  out.set_crc32c(header.crc32c);
  for (const TriggerMark& mark : header.triggers) {
    v1::TriggerMark& t = *out.add_triggers();
    t.set_position(mark.position);
    t.set_source(mark.channel);
    t.set_rising(mark.is_rising);
    t.set_level(mark.level);
  }
  for (const NamedResult& result : header.results) {
    v1::NamedResult& r = *out.add_results();
    r.set_channel(result.channel);
    r.set_name(result.name);
    r.set_unit(result.unit);
    r.set_value(result.value);
    r.set_uncertainty(result.uncertainty);
    r.set_valid(result.is_valid);
    r.set_reason(result.reason);
  }
  return out;
}

// What decode_header() makes of a message: defaults filled in, reasons it does not know joined,
// unknown fields and positions, which belong to descriptions, gone.
inline v1::FrameHeader normalised(v1::FrameHeader message) {
  message.DiscardUnknownFields();
  for (v1::Axis& axis : *message.mutable_axes()) axis.clear_values();
  if (!message.has_group_delay()) message.mutable_group_delay()->set_den(1);
  if (!message.has_tick_s()) {
    message.mutable_tick_s()->set_num(1);
    message.mutable_tick_s()->set_den(1'000'000'000);
  }
  constexpr std::uint32_t kKnown = (1U << kGapReasonCount) - 1;
  const std::uint32_t reasons = message.gap_reasons();
  message.set_gap_reasons((reasons & kKnown) | ((reasons & ~kKnown) != 0 ? kGapUnknown : 0U));
  return message;
}

}  // namespace acq::testing
