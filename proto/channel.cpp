#include "proto/channel.h"

namespace acq {

void put(const Channel& from, v1::Channel& to) {
  to.set_id(from.id);
  to.set_label(from.label);
  to.set_quantity(from.quantity);
  to.set_unit(from.unit);
  to.set_scale(from.scale);
  to.set_offset(from.offset);
  to.set_range_min(from.range_min);
  to.set_range_max(from.range_max);
  to.set_significant_bits(static_cast<std::uint32_t>(from.significant_bits));
  if (from.calibration == Calibration{}) return;
  v1::Calibration& calibration = *to.mutable_calibration();
  calibration.set_id(from.calibration.id);
  calibration.set_date(from.calibration.date);
  calibration.set_due(from.calibration.due);
  calibration.set_hash(from.calibration.hash);
}

Channel channel_of(const v1::Channel& from) {
  const v1::Calibration& calibration = from.calibration();
  return {.id = from.id(),
          .label = from.label(),
          .quantity = from.quantity(),
          .unit = from.unit(),
          .scale = from.scale(),
          .offset = from.offset(),
          .range_min = from.range_min(),
          .range_max = from.range_max(),
          .significant_bits = static_cast<int>(from.significant_bits() & 0xFF),
          .calibration = {.id = calibration.id(),
                          .date = calibration.date(),
                          .due = calibration.due(),
                          .hash = calibration.hash()}};
}

}  // namespace acq
