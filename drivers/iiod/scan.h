// Scans as an iio buffer holds them, turned into samples of one type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "drivers/iiod/context.h"
#include "dsp/base/stream_info.h"

namespace acq::iiod {

// Where one value lies in a scan.
struct Field {
  std::size_t offset = 0;
  Format format;  // repeat 1
};

// Channels lie in the order of their index, each at a multiple of its own size; the scan is as long
// as a multiple of its largest channel.
struct ScanPlan {
  std::vector<Field> fields;  // of the samples, channel by channel
  std::optional<Field> timestamp;
  std::size_t scan_bytes = 0;
  Dtype dtype = Dtype::kUnspecified;  // the smallest that holds every field; float64 if none does
};

// `chosen`: places of channels with a scan element in `device`, at least one. A channel "timestamp"
// becomes the plan's timestamp instead of samples.
ScanPlan plan_scan(const Device& device, std::span<const std::size_t> chosen);

// The value of a field, sign-extended. Values of 64 bits without sign wrap.
std::int64_t raw_value(const std::byte* scan, const Field& field) noexcept;

// `count` scans to `count` interleaved samples of plan.dtype. Real-time safe.
void decode(const ScanPlan& plan, const std::byte* scans, std::size_t count,
            std::byte* samples) noexcept;

// What the kernel's ABI says a channel measures once scale and offset are applied.
struct Quantity {
  std::string_view name;
  std::string_view unit = "1";  // UCUM
  double factor = 1;            // from the ABI's unit to this one
};
Quantity quantity_of(std::string_view channel_id) noexcept;

}  // namespace acq::iiod
