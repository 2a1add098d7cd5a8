// Readings out of a stream of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {

// How a byte travels. All of these take as long as 8N1, and are received as such: the eighth bit is
// then ours to check.
enum class Framing : std::uint8_t {
  k8n1,
  k7o1,
  k7e1,
  k7n2,
};

// Finds frames; what is between them is dropped, byte by byte up to the next frame, and counted.
// Allocates nothing. One thread.
class Scanner {
 public:
  Scanner(Find find, std::uint32_t variant, Framing framing) noexcept
      : find_(find), variant_(variant), framing_(framing) {}

  // Takes as many of the bytes as there is room for, and says how many. There is room for one at
  // least after next() has given nothing.
  std::size_t put(std::span<const std::byte> bytes) noexcept;
  // The next reading, when one is complete.
  std::optional<Reading> next() noexcept;
  // Bytes dropped since the last time this was asked.
  std::uint64_t take_discarded() noexcept { return std::exchange(discarded_, 0); }
  // Forgets what has come.
  void clear() noexcept { size_ = 0; }

 private:
  [[nodiscard]] std::uint8_t checked(std::uint8_t byte) const noexcept;
  void drop(std::size_t count) noexcept;

  Find find_;
  std::uint32_t variant_;
  Framing framing_;
  std::array<std::uint8_t, 2 * kLongestFrame> bytes_{};
  std::size_t size_ = 0;
  std::uint64_t discarded_ = 0;
};

}  // namespace acq::dmm
