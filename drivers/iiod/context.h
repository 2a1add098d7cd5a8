// The description of itself that an iiod server gives: devices, channels, attributes.
//
// Source: the XML of libiio's PRINT command and the kernel's ABI of industrial I/O (iio).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq::iiod {

// How one channel lies in a scan: "le:s12/16>>4".
struct Format {
  bool is_big_endian = false;
  bool is_signed = false;
  int bits = 0;          // significant
  int storage_bits = 0;  // 8, 16, 32 or 64
  int shift = 0;         // of the significant bits, to the right
  int repeat = 1;        // values of one channel in one scan
  bool operator==(const Format&) const = default;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(storage_bits / 8) * static_cast<std::size_t>(repeat);
  }
};

// kIo: not a format, or one that contradicts itself.
Result<Format> parse_format(std::string_view text);

struct ScanElement {
  std::uint32_t index = 0;  // place in the scan
  Format format;
  std::optional<double> scale;  // where the server told it
};

struct Channel {
  std::string id;  // "voltage0", "accel_x", "timestamp"
  std::string name;
  bool is_output = false;
  std::optional<ScanElement> scan;
  std::vector<std::string> attributes;
};

struct Device {
  std::string id;  // "iio:device0"
  std::string name;
  std::vector<Channel> channels;  // their place is their bit in the mask of OPEN
  std::vector<std::string> attributes;
};

struct Context {
  std::string description;
  std::vector<Device> devices;
};

inline constexpr std::size_t kMostContextBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMostDevices = 256;
inline constexpr std::size_t kMostChannels = 512;  // of a device
inline constexpr std::size_t kMostAttributes = 256;
inline constexpr std::size_t kMostNameBytes = 256;

// kIo: not a context, or one beyond these limits; `where` is the element at fault.
Result<Context> parse_context(std::string_view xml);

// Whether a name can be part of a command: one word of printable ASCII.
bool is_name(std::string_view text) noexcept;

}  // namespace acq::iiod
