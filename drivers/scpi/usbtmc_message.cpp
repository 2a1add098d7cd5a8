#include "drivers/scpi/usbtmc_message.h"

#include <string>

namespace acq::scpi::usbtmc {
namespace {

enum MessageId : std::uint8_t {
  kDevDepMsgOut = 1,
  kRequestDevDepMsgIn = 2,
  kDevDepMsgIn = 2,
  kTrigger = 128
};
constexpr std::size_t kTagAt = 1;
constexpr std::size_t kTagInverseAt = 2;
constexpr std::size_t kSizeAt = 4;
constexpr std::size_t kAttributesAt = 8;
constexpr std::size_t kTerminatorAt = 9;
constexpr unsigned kEnd = 1;
constexpr unsigned kTerminator = 2;

std::byte byte_of(unsigned value) {
  return static_cast<std::byte>(value & 0xffU);
}

Header header(MessageId id, std::uint8_t tag, std::uint32_t size) {
  Header made{byte_of(id), byte_of(tag), ~byte_of(tag)};
  for (unsigned i = 0; i < 4; ++i) made[kSizeAt + i] = byte_of(size >> 8 * i);
  return made;
}

tl::unexpected<Error> wrong(std::size_t at, std::string what) {
  return fail(Code::kIo, "the USBTMC answer " + std::move(what), "byte " + std::to_string(at));
}

}  // namespace

Header message_out(std::uint8_t tag, std::uint32_t size, bool is_end) {
  Header made = header(kDevDepMsgOut, tag, size);
  made[kAttributesAt] = byte_of(is_end ? kEnd : 0);
  return made;
}

Header request_in(std::uint8_t tag, std::uint32_t most, std::optional<char> terminator) {
  Header made = header(kRequestDevDepMsgIn, tag, most);
  if (!terminator) return made;
  made[kAttributesAt] = byte_of(kTerminator);
  made[kTerminatorAt] = static_cast<std::byte>(*terminator);
  return made;
}

Header trigger(std::uint8_t tag) {
  return header(kTrigger, tag, 0);
}

Result<MessageIn> parse_message_in(std::span<const std::byte> raw, std::uint8_t tag,
                                   std::uint32_t most) {
  if (raw.size() < kHeaderBytes)
    return wrong(raw.size(),
                 "is shorter than its header: " + std::to_string(raw.size()) + " bytes");
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(raw[at]); };
  if (byte(0) != kDevDepMsgIn)
    return wrong(0, "is a message of kind " + std::to_string(byte(0)) + ", not 2");
  if (byte(kTagAt) != tag) {
    return wrong(kTagAt, "has the tag " + std::to_string(byte(kTagAt)) + ", asked for was " +
                             std::to_string(tag));
  }
  if (byte(kTagInverseAt) != (~byte(kTagAt) & 0xffU))
    return wrong(kTagInverseAt, "has a damaged tag");
  MessageIn message;
  for (unsigned i = 0; i < 4; ++i) message.size_bytes |= byte(kSizeAt + i) << 8 * i;
  if (message.size_bytes > most) {
    return wrong(kSizeAt, "announces " + std::to_string(message.size_bytes) + " bytes, asked for " +
                              "were at most " + std::to_string(most));
  }
  message.is_end = (byte(kAttributesAt) & kEnd) != 0;
  message.is_terminated = (byte(kAttributesAt) & kTerminator) != 0;
  return message;
}

}  // namespace acq::scpi::usbtmc
