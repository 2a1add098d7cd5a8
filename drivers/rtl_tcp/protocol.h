// What an rtl_tcp server says and understands.
//
// Source: the server's own program, rtl_tcp.c of the rtl-sdr project; there is no document. It
// greets with 12 bytes, then sends pairs of unsigned bytes, I and Q, without end. Commands have 5
// bytes and no answer: what is in force can never be read back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::rtl_tcp {

inline constexpr std::size_t kGreetingBytes = 12;
inline constexpr std::size_t kCommandBytes = 5;

enum class Command : std::uint8_t {
  kFrequency = 0x01,       // Hz
  kRate = 0x02,            // Hz
  kGainMode = 0x03,        // 0: the tuner's own control, 1: by kGain
  kGain = 0x04,            // 0.1 dB; the tuner takes its nearest step
  kCorrection = 0x05,      // of the crystal, ppm, two's complement
  kTestMode = 0x07,        // 1: an 8-bit counter instead of samples
  kAgc = 0x08,             // of the RTL2832, behind the converter
  kDirectSampling = 0x09,  // 0: off, 1: I input, 2: Q input
  kOffsetTuning = 0x0a,
  kBiasTee = 0x0e,
};

struct Greeting {
  std::uint32_t tuner = 0;  // 0: unknown to the server
  std::uint32_t gains = 0;  // how many steps the tuner has
};

// kIo: these are not the first bytes of an rtl_tcp server.
Result<Greeting> parse_greeting(std::span<const std::byte, kGreetingBytes> bytes);

// "R820T"; "unknown tuner" for a number without a name.
std::string_view tuner_name(std::uint32_t tuner) noexcept;

std::array<std::byte, kCommandBytes> encode(Command command, std::uint32_t value) noexcept;

}  // namespace acq::rtl_tcp
