// Messages of HiSLIP (IVI-6.1): a header of 16 bytes, big endian, and a payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "drivers/transport/byte_stream.h"

namespace acq::scpi {

enum class HislipType : std::uint8_t {
  kInitialize = 0,
  kInitializeResponse = 1,
  kFatalError = 2,
  kError = 3,
  kData = 6,
  kDataEnd = 7,
  kDeviceClearComplete = 8,
  kDeviceClearAcknowledge = 9,
  kAsyncRemoteLocalControl = 10,
  kAsyncRemoteLocalResponse = 11,
  kTrigger = 12,
  kInterrupted = 13,
  kAsyncInterrupted = 14,
  kAsyncMaxMsgSize = 15,
  kAsyncMaxMsgSizeResponse = 16,
  kAsyncInitialize = 17,
  kAsyncInitializeResponse = 18,
  kAsyncDeviceClear = 19,
  kAsyncServiceRequest = 20,
  kAsyncStatusQuery = 21,
  kAsyncStatusResponse = 22,
  kAsyncDeviceClearAcknowledge = 23,
};

struct HislipHeader {
  HislipType type{};
  std::uint8_t control = 0;
  std::uint32_t parameter = 0;
  std::uint64_t length = 0;  // of the payload
};

inline constexpr std::size_t kHislipHeader_bytes = 16;
// The longest payload we take. Data goes straight to the caller, so nothing of this size is
// allocated; what is kept is short.
inline constexpr std::uint64_t kMostHislipData_bytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMostHislipControl_bytes = 4096;

using HislipBytes = std::array<std::byte, kHislipHeader_bytes>;

HislipBytes encode(const HislipHeader& header) noexcept;
// kIo: not a header, or its payload is longer than its type may have.
Result<HislipHeader> decode(std::span<const std::byte, kHislipHeader_bytes> raw);

// One of the two connections. Reading goes on where a time-out ended it; after a failed write the
// other side may have seen half a message, and the connection is of no more use.
class HislipChannel {
 public:
  explicit HislipChannel(std::unique_ptr<ByteStream> stream) noexcept
      : stream_(std::move(stream)) {}

  // The next message. What is left of the payload before is skipped.
  Result<HislipHeader> next(const Until& until);
  // Reads from the payload of the message; at most what is left of it.
  Result<std::size_t> read(std::span<std::byte> into, const Until& until);
  // The whole payload as text: for messages with short ones.
  Result<std::string> read_text(const Until& until);
  [[nodiscard]] std::uint64_t left_bytes() const noexcept { return left_; }

  Result<void> send(const HislipHeader& header, std::string_view payload, const Until& until);
  [[nodiscard]] bool is_usable() const noexcept { return is_usable_; }

 private:
  std::unique_ptr<ByteStream> stream_;
  HislipBytes header_{};
  std::size_t header_have_ = 0;
  std::uint64_t left_ = 0;
  bool is_usable_ = true;
};

// The error that a FatalError or Error message tells, its text in `payload`.
Error error_of(const HislipHeader& header, std::string_view payload);

}  // namespace acq::scpi
