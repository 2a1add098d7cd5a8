// The buffer of a device: blocks of scans, as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/iiod/client.h"
#include "drivers/iiod/device.h"

namespace acq::iiod {

// One opened buffer on a connection of its own, as the server answers only when a block is full.
class Buffer {
 public:
  // `scans` in one block. kIo and others: as the server refuses OPEN.
  static Result<std::unique_ptr<Buffer>> open(std::unique_ptr<ByteStream> stream,
                                              const Selection& selection, std::size_t scans,
                                              const Until& until);

  // Receives one block, or goes on with it. True: `block()` is whole; the next call begins another.
  // False: the deadline passed. Any error: the connection is of no more use.
  Result<bool> receive(const Until& until);
  // Whole scans only.
  [[nodiscard]] std::span<const std::byte> block() const noexcept {
    return std::span(block_).first(received_);
  }

 private:
  enum class Step : std::uint8_t { kAsk, kLength, kMask, kData };

  Buffer(std::unique_ptr<ByteStream> stream, const Selection& selection, std::size_t scans);
  Result<void> take(const Until& until);
  Result<void> take_length(const Until& until);
  Result<void> take_mask(const Until& until);

  Client client_;
  std::string device_;
  std::string mask_;
  std::size_t scan_bytes_;
  std::vector<std::byte> block_;
  Step step_ = Step::kAsk;
  bool has_mask_ = false;       // of this answer
  std::size_t received_ = 0;    // of the block
  std::size_t chunk_left_ = 0;  // still to come before the next length
};

}  // namespace acq::iiod
