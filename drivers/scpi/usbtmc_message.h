// The headers of USBTMC messages (USBTMC 1.00, section 3; USB488 1.00, section 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dsp/base/result.h"

namespace acq::scpi::usbtmc {

constexpr std::size_t kHeaderBytes = 12;
// A transfer is padded with zeros to a multiple of this.
constexpr std::size_t kAlignment = 4;

using Header = std::array<std::byte, kHeaderBytes>;

// The tag of each bulk-OUT header: 1 to 255, never the one before.
class BulkTag {
 public:
  std::uint8_t next() noexcept { return tag_ = static_cast<std::uint8_t>(tag_ % 255 + 1); }
  [[nodiscard]] std::uint8_t last() const noexcept { return tag_; }

 private:
  std::uint8_t tag_ = 0;
};

// The tag of a request for the status byte: 2 to 127.
class StatusTag {
 public:
  std::uint8_t next() noexcept {
    tag_ = static_cast<std::uint8_t>(tag_ >= 127 ? 2 : tag_ + 1);
    return tag_;
  }

 private:
  std::uint8_t tag_ = 1;
};

// DEV_DEP_MSG_OUT: `size` bytes of a message follow, the last of it when `is_end`.
Header message_out(std::uint8_t tag, std::uint32_t size, bool is_end);
// REQUEST_DEV_DEP_MSG_IN: send at most `most` bytes, up to the character `terminator` if given.
Header request_in(std::uint8_t tag, std::uint32_t most, std::optional<char> terminator);
// TRIGGER.
Header trigger(std::uint8_t tag);

constexpr std::size_t padded(std::size_t bytes) noexcept {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// The header of DEV_DEP_MSG_IN.
struct MessageIn {
  std::uint32_t size_bytes = 0;  // of the data behind the header, without padding
  bool is_end = false;           // of the message
  bool is_terminated = false;    // by the character asked for
};

// Checks what an instrument sent in answer to request_in(tag, most, ...). kIo: what is wrong with
// it, and where.
Result<MessageIn> parse_message_in(std::span<const std::byte> raw, std::uint8_t tag,
                                   std::uint32_t most);

}  // namespace acq::scpi::usbtmc
