// SCPI over USB: USBTMC 1.00 and its subclass USB488 1.00.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "drivers/scpi/link.h"
#include "drivers/scpi/usbtmc_control.h"
#include "drivers/scpi/usbtmc_message.h"
#include "drivers/scpi/usbtmc_notices.h"
#include "drivers/scpi/usbtmc_quirks.h"
#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"

namespace acq::scpi {

// The interface class that USBTMC instruments are found by.
constexpr usb::InterfaceClass kUsbtmcClass{0xfe, 3};

// A Link to one instrument. clear() first ends what is under way (abort bulk-IN or bulk-OUT), then
// clears the device; when it refuses both, its port is reset.
class UsbtmcLink final : public Link {
 public:
  // Takes the USBTMC interface and brings it in step: whatever another program left is cleared.
  // kUnsupported: the device is not a USBTMC instrument.
  static Result<std::unique_ptr<UsbtmcLink>> open(std::string name,
                                                  std::unique_ptr<usb::Device> device,
                                                  const Clock& clock, const Until& until);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool marks_end() const noexcept override { return true; }
  Result<void> write(std::string_view message, const Until& until) override;
  Result<Piece> read(std::span<std::byte> into, const Until& until) override;
  Result<void> clear(const Until& until) override;
  Result<std::uint8_t> status_byte(const Until& until) override;
  Result<void> enable_service_requests(const Until& until) override;
  Result<bool> wait_service_request(const Until& until) override;
  Result<void> trigger(const Until& until) override;
  Result<void> set_remote(bool is_remote, const Until& until) override;

  // What only USBTMC has.
  [[nodiscard]] const usbtmc::Capabilities& capabilities() const noexcept { return can_; }
  [[nodiscard]] const usb::DeviceInfo& device_info() const noexcept { return device_->info(); }
  // Disables the instrument's own keys until it is given back. kUnsupported.
  Result<void> lock_out_local(const Until& until);
  // Makes it blink. kUnsupported.
  Result<void> indicate(const Until& until);
  // Ends answers at this character too; none: only where the instrument does. kUnsupported.
  Result<void> set_terminator(std::optional<char> terminator);

 private:
  struct Pipes {
    std::unique_ptr<usb::Pipe> in;
    std::unique_ptr<usb::Pipe> out;
  };
  // What was cut off, to be ended by clear().
  enum class Cut : std::uint8_t { kNothing, kIn, kOut };

  UsbtmcLink(std::string name, std::unique_ptr<usb::Device> device, const usb::Interface& interface,
             Pipes pipes, const Clock& clock);
  Result<void> begin(const usb::Interface& interface, const Until& until);
  Result<void> send(const usbtmc::Header& header, std::string_view data, std::string_view more,
                    const Until& until);
  Result<void> request(std::size_t wanted, const Until& until);
  // Reads the next transfer of an answer; what is in it is then in unread_.
  Result<void> receive(const Until& until);
  Result<std::span<const std::byte>> transfer_in(const Until& until);
  Result<void> finish_answer(const Until& until);
  Piece hand_out(std::span<std::byte> into);
  tl::unexpected<Error> cut_off(Cut what, Error error);
  void forget_answer() noexcept;
  [[nodiscard]] Result<void> check_in_step() const;

  std::string name_;
  std::unique_ptr<usb::Device> device_;
  const Clock& clock_;
  usbtmc::Quirks quirks_;
  Pipes pipes_;
  usbtmc::Control control_;
  std::unique_ptr<usbtmc::Notices> notices_;
  usbtmc::Capabilities can_;
  bool is_488_ = false;
  std::optional<char> terminator_;

  usbtmc::BulkTag tag_;
  usbtmc::StatusTag status_tag_;
  std::uint8_t in_tag_ = 0;  // of the request under way
  bool is_in_step_ = true;
  Cut cut_ = Cut::kNothing;

  bool is_answering_ = false;   // a request was made, and its answer not read to the end
  bool has_header_ = false;     // of that answer
  std::uint32_t asked_ = 0;     // by the request, at most
  std::uint32_t expected_ = 0;  // bytes still to come from the instrument
  bool is_last_ = false;        // the message ends with this answer
  std::span<const std::byte> unread_;
};

}  // namespace acq::scpi
