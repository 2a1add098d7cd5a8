// What the files on libusb share: its errors in our words, and the open device.
#pragma once

#include <libusb.h>

#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "drivers/transport/usb.h"
#include "drivers/transport/usb_transfers.h"

namespace acq::usb {

// "the device is gone while doing x", with the code that fits.
tl::unexpected<Error> usb_failure(int libusb_error, std::string_view doing);

// What the descriptors tell, without texts.
DeviceInfo describe(libusb_device* device);
// Adds the texts, which takes control requests on an open device.
void read_texts(libusb_device_handle* handle, DeviceInfo& info);

// Says when devices leave.
class Departures {
 public:
  virtual ~Departures() = default;
  virtual void forget(std::atomic<bool>* is_gone) = 0;
};

// Owns the handle and the interfaces claimed through it.
class LibusbDevice final : public Device {
 public:
  // `bus` is kept alive; it sets is_gone when told that the device left.
  LibusbDevice(std::shared_ptr<Departures> bus, libusb_device_handle* handle, DeviceInfo info);
  ~LibusbDevice() override;

  [[nodiscard]] const DeviceInfo& info() const noexcept override { return info_; }
  [[nodiscard]] bool is_gone() const noexcept override { return is_gone_.load(); }
  [[nodiscard]] std::atomic<bool>* gone_flag() noexcept { return &is_gone_; }

  Result<void> claim(const Interface& interface) override;
  Result<std::size_t> control(const Setup& setup, std::span<std::byte> data,
                              const Until& until) override;
  Result<std::unique_ptr<Pipe>> open_pipe(const Endpoint& endpoint, std::size_t count,
                                          std::size_t bytes) override;
  Result<void> clear_halt(const Endpoint& endpoint) override;
  Result<void> reset() override;

 private:
  std::shared_ptr<Departures> bus_;
  libusb_device_handle* handle_;
  DeviceInfo info_;
  std::atomic<bool> is_gone_ = false;
  std::vector<std::uint8_t> claimed_;
  std::shared_ptr<TransferSet> control_;
  std::vector<std::shared_ptr<TransferSet>> sets_;
};

}  // namespace acq::usb
