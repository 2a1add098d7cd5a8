// Modbus requests and replies, for TCP and for serial lines (RTU).
//
// Source: Modbus Application Protocol 1.1b3; Messaging on TCP/IP Implementation Guide 1.0b; Modbus
// over Serial Line 1.02.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq::modbus {

// The tables of a device; the values are the codes of the functions that read them.
enum class Kind : std::uint8_t { kCoil = 1, kDiscrete = 2, kHolding = 3, kInput = 4 };

constexpr bool is_bits(Kind kind) noexcept {
  return kind == Kind::kCoil || kind == Kind::kDiscrete;
}
// Most values of one request.
constexpr std::uint16_t most_of(Kind kind) noexcept {
  return is_bits(kind) ? 2000 : 125;
}

struct Request {
  std::uint8_t unit = 1;
  Kind kind = Kind::kHolding;
  std::uint16_t address = 0;
  std::uint16_t count = 1;
  bool operator==(const Request&) const = default;
};

enum class Framing : std::uint8_t { kTcp, kRtu };

// Both framings are below 256 bytes for a request and 260 for a reply.
inline constexpr std::size_t kMostReplyBytes = 260;

// `transaction` is used with TCP only.
std::vector<std::byte> encode(const Request& request, Framing framing, std::uint16_t transaction);

// What the front of the bytes received is.
struct Reply {
  std::size_t used = 0;                 // bytes to drop; 0: more have to come
  std::vector<std::uint16_t> values;    // a bit is 0 or 1; empty: this was no answer to the request
  std::optional<std::uint8_t> refusal;  // the exception code instead of values
};

// Reads the answer to `request` at the front of `received`. Answers to other transactions (TCP) are
// passed over: they come when a time-out was too short. kIo: what came cannot be an answer; the
// connection is out of step.
Result<Reply> parse(std::span<const std::byte> received, const Request& request, Framing framing,
                    std::uint16_t transaction);

// "illegal data address"
std::string_view exception_name(std::uint8_t code) noexcept;

std::uint16_t crc16(std::span<const std::byte> bytes) noexcept;

}  // namespace acq::modbus
