// Messages to and from an instrument: the seam between SCPI and USBTMC, VXI-11, HiSLIP, raw TCP and
// serial lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "drivers/transport/until.h"
#include "dsp/base/result.h"

namespace acq::scpi {

// One part of an answer.
struct Piece {
  std::size_t bytes = 0;
  bool is_end = false;  // the message ends here; never true where the link has no such mark
};

// A connection to one instrument. Messages are written without a terminator: the link adds what it
// needs.
//
// Threads: one at a time. After kTimeout the link is out of step with the instrument until clear()
// has returned; kDisconnected ends the link.
class Link {
 public:
  virtual ~Link() = default;

  // For errors: the address it was opened with.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  // Whether Piece::is_end tells the end of an answer. Without, an answer ends with a newline, or
  // with the length a block declares.
  [[nodiscard]] virtual bool marks_end() const noexcept = 0;

  virtual Result<void> write(std::string_view message, const Until& until) = 0;
  // Reads the next part of an answer, at most into.size() bytes; asks for it where the protocol has
  // to.
  virtual Result<Piece> read(std::span<std::byte> into, const Until& until) = 0;

  // Brings both sides back in step and drops whatever is under way: device clear where the link has
  // it, a new connection where not.
  virtual Result<void> clear(const Until& until) = 0;
  // The status byte, read beside the message exchange. kUnsupported where only *STB? can tell.
  virtual Result<std::uint8_t> status_byte(const Until& until) = 0;
  // Makes service requests heard from here on; wait_service_request() then misses none.
  // kUnsupported where there are none.
  virtual Result<void> enable_service_requests(const Until& until) = 0;
  // Waits for a service request; false at the deadline. kUnsupported where there are none.
  virtual Result<bool> wait_service_request(const Until& until) = 0;
  // A group execute trigger. kUnsupported where only *TRG can do it.
  virtual Result<void> trigger(const Until& until) = 0;
  // Gives the front panel back to the user (true: remote). kUnsupported where there is no such
  // thing.
  virtual Result<void> set_remote(bool is_remote, const Until& until) = 0;
};

}  // namespace acq::scpi
