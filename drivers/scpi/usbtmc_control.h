// The control requests of USBTMC (1.00, section 4.2.1) and USB488 (1.00, section 4.3).
#pragma once

#include <cstdint>

#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"

namespace acq::scpi::usbtmc {

// What an instrument says it can do.
struct Capabilities {
  bool takes_terminator = false;  // ends answers at a character
  bool has_indicator = false;     // blinks when asked
  bool is_talk_only = false;
  bool is_listen_only = false;
  bool is_488 = false;
  bool has_trigger = false;
  bool has_remote = false;  // REN, go to local, local lockout
  bool is_scpi = false;
  bool has_service_request = false;
};

// The status of a request (table 16).
enum class Status : std::uint8_t {
  kSuccess = 0x01,
  kPending = 0x02,
  kInterruptBusy = 0x20,  // USB488: a status byte is still on its way
  kFailed = 0x80,
  kNotInProgress = 0x81,
};

// A status request's answer; byte 1 means something else in each.
struct Answer {
  Status status = Status::kFailed;
  std::uint8_t detail = 0;
  std::uint8_t status_byte = 0;  // READ_STATUS_BYTE only
};

// Sends the requests, and follows those that take more than one step to their end. kUnsupported:
// the instrument refuses the request; kIo: it reports a failure.
//
// Threads: one at a time.
class Control {
 public:
  // The device outlives this. `in` and `out` are pipes on its bulk endpoints with nothing under
  // way.
  Control(usb::Device& device, const usb::Interface& interface, usb::Pipe& in, usb::Pipe& out,
          const Clock& clock);

  Result<Capabilities> capabilities(const Until& until);
  // Ends the answer to the request `tag`: what the instrument still sends is dropped.
  Result<void> abort_in(std::uint8_t tag, const Until& until);
  // Ends the message `tag` half-way.
  Result<void> abort_out(std::uint8_t tag, const Until& until);
  // Device clear: both sides forget everything under way.
  Result<void> clear(const Until& until);
  Result<Answer> read_status_byte(std::uint8_t tag, const Until& until);
  Result<void> indicate(const Until& until);
  Result<void> enable_remote(bool is_on, const Until& until);
  Result<void> go_to_local(const Until& until);
  Result<void> lock_out_local(const Until& until);

 private:
  enum class To : std::uint8_t { kInterface, kIn, kOut };

  Result<Answer> ask(To whom, std::uint8_t request, std::uint16_t value, std::size_t size,
                     const Until& until);
  Result<void> command(std::uint8_t request, std::uint16_t value, const Until& until);
  // Reads until a transfer ends short, or nothing comes any more.
  Result<void> drain(const Until& until);
  // Asks `check` again and again while it is pending.
  Result<void> follow(To whom, std::uint8_t check, const Until& until);

  usb::Device& device_;
  std::uint8_t interface_;
  usb::Pipe& in_;
  usb::Pipe& out_;
  const Clock& clock_;
};

}  // namespace acq::scpi::usbtmc
