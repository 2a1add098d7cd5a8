// What a stream of samples is: immutable while it is in force, shared by the packets it describes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dsp/base/signal.h"
#include "dsp/base/time.h"

namespace acq {

enum class Dtype : std::uint8_t { kUnspecified, kI8, kU8, kI16, kU16, kI32, kF32, kF64, kC64 };

constexpr std::size_t size_of(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kI8:
    case Dtype::kU8: return 1;
    case Dtype::kI16:
    case Dtype::kU16: return 2;
    case Dtype::kI32:
    case Dtype::kF32: return 4;
    case Dtype::kF64:
    case Dtype::kC64: return 8;
    case Dtype::kUnspecified: break;
  }
  return 0;
}

enum class Layout : std::uint8_t {
  kInterleaved,  // scan by scan: (samples, channels)
  kPlanar,       // channel by channel: (channels, samples)
  kPacked,       // bits: one u8 or u16 a scan, channel c in bit c: (samples)
};

// Bytes of one sample of each channel.
constexpr std::size_t scan_bytes(Dtype dtype, Layout layout, std::size_t channels) noexcept {
  return layout == Layout::kPacked ? size_of(dtype) : channels * size_of(dtype);
}

// The smallest type with a bit for each channel; kUnspecified: there is none.
constexpr Dtype packed_dtype(std::size_t channels) noexcept {
  if (channels <= 8) return Dtype::kU8;
  return channels <= 16 ? Dtype::kU16 : Dtype::kUnspecified;
}

// What the values of a channel can be traced to.
struct Calibration {
  std::string id = {};     // of the certificate; empty: none was given
  std::string date = {};   // when it was calibrated, YYYY-MM-DD; empty: not told
  std::string due = {};    // the last day it is good for, likewise
  std::uint64_t hash = 0;  // of the coefficients in force, hash_of(); 0: nobody calibrated
  bool operator==(const Calibration&) const = default;
};

// One channel: value = raw * scale + offset, in `unit`.
struct Channel {
  std::string id;
  std::string label = {};
  std::string quantity = {};
  std::string unit = "1";
  double scale = 1;
  double offset = 0;
  double range_min = 0;
  double range_max = 0;
  int significant_bits = 0;
  Calibration calibration = {};
  bool operator==(const Channel&) const = default;
};

// One typed flow of samples of an instrument, as the driver makes it.
struct StreamInfo {
  std::string name;
  Dtype dtype = Dtype::kI16;
  Layout layout = Layout::kInterleaved;
  Rational rate_hz{1, 1};
  std::vector<Channel> channels;
  std::uint32_t flags = kFlagNone;  // set on every frame: simulated, replayed
  Kind kind = Kind::kWaveform;      // or another continuous one; kLogic is kPacked, and the reverse

  [[nodiscard]] std::size_t scan_bytes() const noexcept {
    return acq::scan_bytes(dtype, layout, channels.size());
  }
  bool operator==(const StreamInfo&) const = default;
};

}  // namespace acq
