#include "drivers/iiod/scan.h"

#include <algorithm>
#include <cstring>

namespace acq::iiod {
namespace {

template <typename Storage>
std::uint64_t load(const std::byte* at, bool is_big_endian) noexcept {
  Storage value = 0;
  std::memcpy(&value, at, sizeof value);
  if (!is_big_endian || sizeof value == 1) return value;
  if constexpr (sizeof value == 2) return __builtin_bswap16(value);
  if constexpr (sizeof value == 4) return __builtin_bswap32(value);
  if constexpr (sizeof value == 8) return __builtin_bswap64(value);
  return value;
}

// The significant bits, with the sign pulled up to the top and down again.
std::int64_t extend(std::uint64_t raw, const Format& format) noexcept {
  const int above = 64 - format.bits;
  const std::uint64_t top = (raw >> format.shift) << above;
  return format.is_signed ? static_cast<std::int64_t>(top) >> above
                          : static_cast<std::int64_t>(top >> above);
}

template <typename Storage, typename Sample>
void decode_field(const ScanPlan& plan, const Field& field, const std::byte* scans,
                  std::size_t count, Sample* out) noexcept {
  const std::byte* at = scans + field.offset;
  const std::size_t step = plan.fields.size();
  for (std::size_t i = 0; i < count; ++i, at += plan.scan_bytes, out += step)
    *out = static_cast<Sample>(extend(load<Storage>(at, field.format.is_big_endian), field.format));
}

template <typename Sample>
void decode_all(const ScanPlan& plan, const std::byte* scans, std::size_t count,
                std::byte* samples) noexcept {
  auto* out = reinterpret_cast<Sample*>(samples);
  for (const Field& field : plan.fields) {
    switch (field.format.storage_bits) {
      case 8: decode_field<std::uint8_t>(plan, field, scans, count, out); break;
      case 16: decode_field<std::uint16_t>(plan, field, scans, count, out); break;
      case 32: decode_field<std::uint32_t>(plan, field, scans, count, out); break;
      default: decode_field<std::uint64_t>(plan, field, scans, count, out); break;
    }
    ++out;
  }
}

Dtype dtype_of(const std::vector<Field>& fields) noexcept {
  const bool is_unsigned =
      std::none_of(fields.begin(), fields.end(), [](const Field& f) { return f.format.is_signed; });
  int bits = 0;  // with a sign, where one is needed
  for (const Field& field : fields) {
    const bool needs_sign = !is_unsigned && !field.format.is_signed;
    bits = std::max(bits, field.format.bits + (needs_sign ? 1 : 0));
  }
  if (bits <= 8) return is_unsigned ? Dtype::kU8 : Dtype::kI8;
  if (bits <= 16) return is_unsigned ? Dtype::kU16 : Dtype::kI16;
  return bits <= (is_unsigned ? 31 : 32) ? Dtype::kI32 : Dtype::kF64;
}

std::size_t aligned(std::size_t offset, std::size_t size) noexcept {
  return (offset + size - 1) / size * size;
}

}  // namespace

ScanPlan plan_scan(const Device& device, std::span<const std::size_t> chosen) {
  std::vector<const Channel*> channels;
  for (const std::size_t place : chosen) channels.push_back(&device.channels.at(place));
  std::sort(channels.begin(), channels.end(), [](const Channel* a, const Channel* b) {
    return std::pair(a->scan->index, a) < std::pair(b->scan->index, b);
  });
  ScanPlan plan;
  std::size_t end = 0, largest = 1, offset = 0;
  const Channel* before = nullptr;
  for (const Channel* channel : channels) {
    const std::size_t size = channel->scan->format.bytes();
    // Channels of the same index are parts of one element.
    const bool is_part = before != nullptr && before->scan->index == channel->scan->index;
    if (!is_part) offset = aligned(end, size);
    end = std::max(end, offset + size);
    largest = std::max(largest, size);
    before = channel;
    Field field{offset, channel->scan->format};
    const int repeat = std::exchange(field.format.repeat, 1);
    if (channel->id == "timestamp") {
      plan.timestamp = field;
      continue;
    }
    for (int i = 0; i < repeat; ++i, field.offset += field.format.bytes())
      plan.fields.push_back(field);
  }
  plan.scan_bytes = aligned(end, largest);
  plan.dtype = dtype_of(plan.fields);
  return plan;
}

std::int64_t raw_value(const std::byte* scan, const Field& field) noexcept {
  const std::byte* at = scan + field.offset;
  const bool is_big_endian = field.format.is_big_endian;
  switch (field.format.storage_bits) {
    case 8: return extend(load<std::uint8_t>(at, is_big_endian), field.format);
    case 16: return extend(load<std::uint16_t>(at, is_big_endian), field.format);
    case 32: return extend(load<std::uint32_t>(at, is_big_endian), field.format);
    default: return extend(load<std::uint64_t>(at, is_big_endian), field.format);
  }
}

void decode(const ScanPlan& plan, const std::byte* scans, std::size_t count,
            std::byte* samples) noexcept {
  switch (plan.dtype) {
    case Dtype::kI8: return decode_all<std::int8_t>(plan, scans, count, samples);
    case Dtype::kU8: return decode_all<std::uint8_t>(plan, scans, count, samples);
    case Dtype::kI16: return decode_all<std::int16_t>(plan, scans, count, samples);
    case Dtype::kU16: return decode_all<std::uint16_t>(plan, scans, count, samples);
    case Dtype::kI32: return decode_all<std::int32_t>(plan, scans, count, samples);
    default: return decode_all<double>(plan, scans, count, samples);
  }
}

// Source: Documentation/ABI/testing/sysfs-bus-iio of Linux.
Quantity quantity_of(std::string_view channel_id) noexcept {
  struct Row {
    std::string_view prefix;
    Quantity quantity;
  };
  static constexpr Row kRows[] = {
      {"voltage", {"voltage", "mV"}},
      {"altvoltage", {"voltage", "mV"}},
      {"current", {"current", "mA"}},
      {"power", {"power", "mW"}},
      {"capacitance", {"capacitance", "nF"}},
      {"resistance", {"resistance", "Ohm"}},
      {"accel", {"acceleration", "m/s2"}},
      {"anglvel", {"angular velocity", "rad/s"}},
      {"angl", {"angle", "rad"}},
      {"magn", {"magnetic flux density", "G"}},
      {"temp", {"temperature", "mCel"}},
      {"pressure", {"pressure", "kPa"}},
      {"humidityrelative", {"relative humidity", "%", 1e-3}},
      {"illuminance", {"illuminance", "lx"}},
      {"distance", {"distance", "m"}},
      {"concentration", {"concentration", "%"}},
  };
  for (const Row& row : kRows)
    if (channel_id.starts_with(row.prefix)) return row.quantity;
  return {"", "1"};
}

}  // namespace acq::iiod
