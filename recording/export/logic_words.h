// Packed logic samples, for the formats that hold logic alone.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "recording/export/exporter.h"

namespace acq::exports {

// The sample at `index`, of 1 or 2 bytes.
inline std::uint32_t word_at(std::span<const std::byte> raw, std::size_t size,
                             std::size_t index) noexcept {
  const auto low = std::to_integer<std::uint32_t>(raw[index * size]);
  return size == 1 ? low : low | std::to_integer<std::uint32_t>(raw[index * size + 1]) << 8;
}

inline Result<void> check_logic(const Description& description, std::string_view format) {
  if (description.kind == Kind::kLogic) return {};
  return fail(Code::kUnsupported,
              std::string(format) + " holds logic, and " + description.topic + " is analogue",
              description.topic, "datalab, nexus, npz, sigmf, wav, csv");
}

}  // namespace acq::exports
