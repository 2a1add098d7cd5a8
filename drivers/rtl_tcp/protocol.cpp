#include "drivers/rtl_tcp/protocol.h"

#include <cstring>

namespace acq::rtl_tcp {
namespace {

constexpr std::string_view kMagic = "RTL0";
constexpr std::uint32_t kMostGains = 256;  // a command picks one by a byte in other programs
constexpr std::array<std::string_view, 7> kTuners = {"unknown tuner", "E4000", "FC0012", "FC0013",
                                                     "FC2580",        "R820T", "R828D"};

std::uint32_t big_endian(std::span<const std::byte, 4> bytes) noexcept {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint32_t>(b);
  return value;
}

}  // namespace

Result<Greeting> parse_greeting(std::span<const std::byte, kGreetingBytes> bytes) {
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    const std::string_view start(reinterpret_cast<const char*>(bytes.data()), kMagic.size());
    return fail(Code::kIo, "the server greets with " + quote(start) + ": it is not rtl_tcp",
                "greeting", std::string(kMagic));
  }
  const Greeting greeting{.tuner = big_endian(bytes.subspan<4, 4>()),
                          .gains = big_endian(bytes.subspan<8, 4>())};
  if (greeting.gains > kMostGains) {
    return fail(Code::kIo, "the server greets with " + std::to_string(greeting.gains) + " gains",
                "greeting", "at most " + std::to_string(kMostGains));
  }
  return greeting;
}

std::string_view tuner_name(std::uint32_t tuner) noexcept {
  return tuner < kTuners.size() ? kTuners[tuner] : kTuners[0];
}

std::array<std::byte, kCommandBytes> encode(Command command, std::uint32_t value) noexcept {
  return {static_cast<std::byte>(command), static_cast<std::byte>(value >> 24),
          static_cast<std::byte>(value >> 16), static_cast<std::byte>(value >> 8),
          static_cast<std::byte>(value)};
}

}  // namespace acq::rtl_tcp
