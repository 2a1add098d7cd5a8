#include "drivers/modbus/protocol.h"

#include <array>
#include <string>

namespace acq::modbus {
namespace {

constexpr std::size_t kHeaderBytes = 7;  // MBAP: transaction, protocol, length, unit
constexpr std::size_t kCrcBytes = 2;
constexpr std::uint8_t kRefused = 0x80;  // set in the function code of an exception

std::uint8_t byte_at(std::span<const std::byte> bytes, std::size_t i) noexcept {
  return std::to_integer<std::uint8_t>(bytes[i]);
}

std::uint16_t word_at(std::span<const std::byte> bytes, std::size_t i) noexcept {
  return static_cast<std::uint16_t>(byte_at(bytes, i) << 8 | byte_at(bytes, i + 1));
}

void put(std::vector<std::byte>& out, std::uint16_t word) {
  out.push_back(static_cast<std::byte>(word >> 8));
  out.push_back(static_cast<std::byte>(word));
}

// Bytes of values that answer the request.
std::size_t value_bytes(const Request& request) noexcept {
  return is_bits(request.kind) ? (request.count + 7U) / 8U : 2U * request.count;
}

tl::unexpected<Error> wrong(const std::string& what, std::size_t got, std::size_t wanted) {
  return fail(Code::kIo, "the device answers with " + what + " " + std::to_string(got), {},
              std::to_string(wanted));
}

// Function code, then byte count and values, or the code of an exception.
Result<Reply> parse_body(std::span<const std::byte> body, const Request& request) {
  const std::uint8_t function = byte_at(body, 0);
  const auto wanted = static_cast<std::uint8_t>(request.kind);
  Reply reply;
  if (function == (wanted | kRefused)) {
    reply.refusal = byte_at(body, 1);
    return reply;
  }
  if (function != wanted) return wrong("function", function, wanted);
  const std::size_t size = value_bytes(request);
  if (byte_at(body, 1) != size) return wrong("a byte count of", byte_at(body, 1), size);
  if (body.size() != 2 + size) return wrong("a length of", body.size(), 2 + size);
  for (std::size_t i = 0; i < request.count; ++i) {
    reply.values.push_back(is_bits(request.kind)
                               ? static_cast<std::uint16_t>(byte_at(body, 2 + i / 8) >> i % 8 & 1)
                               : word_at(body, 2 + 2 * i));
  }
  return reply;
}

Result<Reply> parse_tcp(std::span<const std::byte> received, const Request& request,
                        std::uint16_t transaction) {
  if (received.size() < kHeaderBytes) return Reply{};
  if (word_at(received, 2) != 0) return wrong("protocol", word_at(received, 2), 0);
  const std::size_t length = word_at(received, 4);  // of what follows it
  if (length < 3 || 6 + length > kMostReplyBytes)
    return wrong("a message of", length, kMostReplyBytes - 6);
  if (received.size() < 6 + length) return Reply{};
  if (word_at(received, 0) != transaction) return Reply{.used = 6 + length};
  if (byte_at(received, 6) != request.unit)
    return wrong("unit", byte_at(received, 6), request.unit);
  auto reply = parse_body(received.subspan(kHeaderBytes, length - 1), request);
  if (reply) reply->used = 6 + length;
  return reply;
}

Result<Reply> parse_rtu(std::span<const std::byte> received, const Request& request) {
  if (received.size() < 3) return Reply{};
  if (byte_at(received, 0) != request.unit)
    return wrong("unit", byte_at(received, 0), request.unit);
  const bool is_refused = (byte_at(received, 1) & kRefused) != 0;
  const std::size_t size = 1 + 2 + (is_refused ? 0 : value_bytes(request)) + kCrcBytes;
  if (!is_refused && byte_at(received, 2) != value_bytes(request))
    return wrong("a byte count of", byte_at(received, 2), value_bytes(request));
  if (received.size() < size) return Reply{};
  const auto message = received.first(size - kCrcBytes);
  const auto sum =
      static_cast<std::uint16_t>(byte_at(received, size - 1) << 8 | byte_at(received, size - 2));
  if (sum != crc16(message)) return wrong("a checksum of", sum, crc16(message));
  auto reply = parse_body(message.subspan(1), request);
  if (reply) reply->used = size;
  return reply;
}

}  // namespace

std::vector<std::byte> encode(const Request& request, Framing framing, std::uint16_t transaction) {
  ACQ_CHECK(request.count >= 1 && request.count <= most_of(request.kind));
  std::vector<std::byte> out;
  if (framing == Framing::kTcp) {
    put(out, transaction);
    put(out, 0);
    put(out, 6);
  }
  out.push_back(static_cast<std::byte>(request.unit));
  out.push_back(static_cast<std::byte>(request.kind));
  put(out, request.address);
  put(out, request.count);
  if (framing == Framing::kRtu) {
    const std::uint16_t sum = crc16(out);
    put(out, static_cast<std::uint16_t>(sum << 8 | sum >> 8));  // the low byte first
  }
  return out;
}

Result<Reply> parse(std::span<const std::byte> received, const Request& request, Framing framing,
                    std::uint16_t transaction) {
  return framing == Framing::kTcp ? parse_tcp(received, request, transaction)
                                  : parse_rtu(received, request);
}

std::string_view exception_name(std::uint8_t code) noexcept {
  static constexpr std::array<std::string_view, 12> kNames = {
      "unknown exception",  "illegal function",         "illegal data address",
      "illegal data value", "server device failure",    "acknowledge",
      "server device busy", "unknown exception",        "memory parity error",
      "unknown exception",  "gateway path unavailable", "gateway target failed to respond"};
  return code < kNames.size() ? kNames[code] : kNames[0];
}

std::uint16_t crc16(std::span<const std::byte> bytes) noexcept {
  std::uint16_t sum = 0xffff;
  for (const std::byte b : bytes) {
    sum = static_cast<std::uint16_t>(sum ^ std::to_integer<std::uint16_t>(b));
    for (int bit = 0; bit < 8; ++bit)
      sum = static_cast<std::uint16_t>((sum & 1) != 0 ? (sum >> 1) ^ 0xa001 : sum >> 1);
  }
  return sum;
}

}  // namespace acq::modbus
