// What a USB488 instrument says on its interrupt endpoint (USB488 1.00, section 3.4).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "drivers/transport/usb.h"

namespace acq::scpi::usbtmc {

// Service requests, and status bytes that were asked for.
//
// Threads: one at a time.
class Notices {
 public:
  // The device outlives this.
  static Result<std::unique_ptr<Notices>> open(usb::Device& device, const usb::Endpoint& endpoint);

  // The status byte for the request `tag`; kTimeout. Service requests that come first are kept.
  Result<std::uint8_t> status_byte(std::uint8_t tag, const Until& until);
  // True once for each service request; false at the deadline.
  Result<bool> service_request(const Until& until);
  // Drops what has come.
  void forget() noexcept;

 private:
  Notices(usb::Device& device, std::unique_ptr<usb::Pipe> pipe)
      : device_(device), pipe_(std::move(pipe)) {}
  // Waits for the next notice and keeps it; false at the deadline.
  Result<bool> take(const Until& until);
  Result<void> listen();

  usb::Device& device_;
  std::unique_ptr<usb::Pipe> pipe_;
  bool is_requested_ = false;
  std::uint8_t tag_ = 0;  // of the status byte that came last
  std::uint8_t status_byte_ = 0;
  int errors_ = 0;  // in a row
};

}  // namespace acq::scpi::usbtmc
