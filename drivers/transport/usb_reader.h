// A steady flow of bytes from a bulk or interrupt endpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"

namespace acq::usb {

// How much is asked for ahead.
struct ReadAhead {
  std::size_t transfers = 16;
  std::size_t transfer_bytes = 64 * 1024;
};

// Half of what usbfs allows for all devices together, unless told otherwise.
inline constexpr std::size_t kMostAheadBytes = 8 * 1024 * 1024;

// What a flow of this rate needs: transfers of about 10 ms, 100 ms or more of them, between 16 and
// 64, and never more than kMostAheadBytes.
ReadAhead read_ahead_for(double bytes_per_second, std::uint16_t packet_bytes);

// Why bytes may be missing before a piece.
enum class Break : std::uint8_t { kNone, kStall, kError, kBabble };

// The next bytes of the flow.
struct Arrival {
  std::span<const std::byte> bytes;  // until the next call
  std::int64_t arrived_ns = 0;       // CLOCK_MONOTONIC, when the host had all of them
  Break before = Break::kNone;       // how much is lost, the bytes themselves may tell
  bool is_short = false;             // the device ended the transfer before it was full
  bool is_end = false;               // stop() was called, and this was all; bytes is empty
};

// Keeps transfers under way on an endpoint and hands their data out in order, each byte once: that
// of cancelled and failed transfers too. A stall, an error on the wire or babble is mended by
// taking everything back, clearing the halt and starting again, after growing pauses; when nothing
// came after eight times (0.8 s), the device counts as gone.
//
// Threads: one at a time. Nothing is allocated after start() by this class.
class Reader {
 public:
  // `device` outlives the reader. Transfers are rounded up to whole packets.
  Reader(Device& device, const Endpoint& endpoint, const ReadAhead& ahead, const Clock& clock);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // kBusy: no memory for two transfers. With memory for fewer than asked, it starts with those.
  Result<void> start();
  // kTimeout: nothing came; kDisconnected: the device is gone, and everything it sent was read.
  Result<Arrival> read(const Until& until);
  // Takes the transfers back; what they had received is still read, then comes the end.
  void stop();

  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  [[nodiscard]] std::uint64_t breaks() const noexcept { return breaks_; }

 private:
  enum class State : std::uint8_t { kStopped, kRunning, kMending, kStopping, kGone };

  // Slots in the order of submission: handed_ was read and may be submitted again.
  Result<void> submit_idle();
  bool wait_for_oldest(const Until& until);
  Arrival hand_out(Transfer& transfer);
  void note_end(const Transfer& transfer);
  void plan_mending();
  Result<void> mend(const Until& until);
  void give_back();

  Device& device_;
  Endpoint endpoint_;
  ReadAhead ahead_;
  const Clock& clock_;
  std::unique_ptr<Pipe> pipe_;
  std::vector<Transfer*> order_;  // a ring: the oldest submitted at oldest_
  std::size_t oldest_ = 0;
  std::size_t under_way_ = 0;
  std::vector<Transfer*> idle_;  // a stack
  Transfer* handed_ = nullptr;   // its bytes are with the caller
  State state_ = State::kStopped;
  Break why_ = Break::kNone;      // of the last mending
  Break pending_ = Break::kNone;  // before the next bytes
  std::uint64_t breaks_ = 0;
  int failures_ = 0;  // breaks since data came last
  std::int64_t mend_at_ns_ = 0;
};

}  // namespace acq::usb
