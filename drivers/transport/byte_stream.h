// Bytes to and from an instrument, in order and without boundaries: the seam of TCP and serial
// lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "drivers/transport/until.h"
#include "dsp/base/result.h"

namespace acq {

// An open connection. It is never reopened: who wants another makes another.
//
// Threads: one at a time. Nothing is buffered beyond what the operating system does.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Reads at least one byte and at most into.size(). kTimeout: nothing came, and nothing is lost;
  // kDisconnected: the peer or the device is gone.
  virtual Result<std::size_t> read(std::span<std::byte> into, const Until& until) = 0;

  // Writes everything. After kTimeout the peer may have seen any part of it.
  virtual Result<void> write(std::span<const std::byte> bytes, const Until& until) = 0;

  // Drops what has come and was not read. Returns how many bytes that were.
  virtual Result<std::size_t> discard_input() = 0;

  // This machine's address as the peer sees it, in host byte order; 0 where it is no IPv4
  // connection.
  [[nodiscard]] virtual std::uint32_t local_ipv4() const noexcept { return 0; }
};

}  // namespace acq
