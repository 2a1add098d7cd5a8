// Words for time, loss and numbers that travel with samples.
#pragma once

#include <cstdint>
#include <limits>
#include <numeric>

namespace acq {

// An exact non-negative ratio, kept in lowest terms by make_rational().
struct Rational {
  std::uint64_t num = 0;
  std::uint64_t den = 1;

  [[nodiscard]] double value() const noexcept {
    return static_cast<double>(num) / static_cast<double>(den);
  }
  bool operator==(const Rational&) const = default;
};

constexpr Rational make_rational(std::uint64_t num, std::uint64_t den) noexcept {
  const std::uint64_t divisor = std::gcd(num, den);
  return divisor == 0 ? Rational{0, 1} : Rational{num / divisor, den / divisor};
}

// The first convergent of the continued fraction of `value` that is within 1e-15 of it relatively,
// or the last one with a denominator up to 10^6: then it is off by less than 10^-6 / denominator.
// 0 <= value <= 10^18. A positive value below 10^-6 gives 0.
Rational rational_from(double value) noexcept;

enum class TimeScale : std::uint8_t { kUnspecified, kTai, kUtc, kMonotonic, kFreeRunning };
enum class TimeOrigin : std::uint8_t {
  kUnspecified,
  kHardware,
  kDeviceReported,
  kHostArrival,
  kComputed
};
enum class ClockState : std::uint8_t { kUnspecified, kFree, kAcquiring, kLocked, kHoldover };

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// When the first sample of a packet or frame was taken: ticks of an exact period on a named time
// scale.
struct Stamp {
  std::int64_t t0_ticks = 0;
  Rational tick_s{1, 1'000'000'000};
  TimeScale scale = TimeScale::kUnspecified;
  TimeOrigin origin = TimeOrigin::kUnspecified;
  ClockState clock_state = ClockState::kUnspecified;
  double sigma_ns = kUnknown;   // one standard deviation; NaN when unknown
  std::int64_t host_rx_ns = 0;  // CLOCK_MONOTONIC at arrival of the last byte
};

// The stamp of the sample `samples` after (negative: before) the stamped one, to the nearest tick.
Stamp shifted(const Stamp& stamp, std::int64_t samples, Rational rate_hz) noexcept;

// Why samples are missing: a set.
enum GapReason : std::uint32_t {
  kGapNone = 0,
  kGapDevice = 1,
  kGapUsb = 2,
  kGapRingFull = 4,
  kGapLate = 8,
  kGapPublisher = 16,
  kGapReconnect = 32,
  kGapReconfigure = 64,
  kGapUnknown = 128,
  kGapRecorder = 256,
  // Nothing is known lost: the instrument has begun a new record, and what is before does not adjoin.
  kGapNewRecord = 512,
  // Made by nobody: the topic is made on demand, and nobody had subscribed to it.
  kGapPaused = 1024,
};
inline constexpr int kGapReasonCount = 11;
// The word for one reason bit: "device", "usb", "ring_full" ...
const char* gap_reason_name(int bit) noexcept;

// Samples known lost just before a packet or frame; or that it does not adjoin the one before, for
// which there is a reason without samples.
struct Gap {
  std::uint64_t samples = 0;
  std::uint32_t reasons = kGapNone;
  bool is_exact = true;  // false where nobody can tell how many

  // Whether the samples before and behind do not adjoin.
  [[nodiscard]] bool breaks() const noexcept { return samples > 0 || reasons != kGapNone; }
  // What of it is a loss.
  [[nodiscard]] Gap loss() const noexcept { return {samples, reasons & ~kGapNewRecord, is_exact}; }
  void add(const Gap& other) noexcept {
    samples += other.samples;
    reasons |= other.reasons;
    is_exact = is_exact && other.is_exact;
  }
  bool operator==(const Gap&) const = default;
};

enum Flag : std::uint32_t {
  kFlagNone = 0,
  kFlagTriggered = 1,
  kFlagPartial = 2,
  kFlagSimulated = 4,
  kFlagReplayed = 8,
  kFlagOverrange = 16,
  kFlagCalibrated = 32,
  kFlagSettingsUnconfirmed = 64,
};

}  // namespace acq
