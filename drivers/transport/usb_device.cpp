#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "drivers/transport/usb_libusb.h"
#include "dsp/base/clock.h"

namespace acq::usb {
namespace {

constexpr std::size_t kSetupBytes = 8;
constexpr std::size_t kMostControlBytes = 4096;  // what libusb passes on
constexpr std::int64_t kCancel_ns = 1'000'000'000;

class LibusbPipe final : public Pipe {
 public:
  LibusbPipe(const Endpoint& endpoint, std::shared_ptr<TransferSet> set)
      : endpoint_(endpoint), set_(std::move(set)) {}
  ~LibusbPipe() override { set_->retire(); }
  LibusbPipe(const LibusbPipe&) = delete;
  LibusbPipe& operator=(const LibusbPipe&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const noexcept override { return endpoint_; }
  [[nodiscard]] std::span<Transfer> transfers() noexcept override { return set_->transfers(); }
  Result<void> submit(Transfer& transfer) override { return set_->submit(transfer); }
  Transfer* take(const Until& until) override { return set_->take(until); }
  void cancel() override { set_->cancel(); }

 private:
  Endpoint endpoint_;
  std::shared_ptr<TransferSet> set_;
};

std::string text_of(libusb_device_handle* handle, std::uint8_t index) {
  std::array<unsigned char, 256> text{};
  if (index == 0) return {};
  const int size = libusb_get_string_descriptor_ascii(handle, index, text.data(), text.size());
  return size > 0 ? std::string(text.begin(), text.begin() + size) : std::string();
}

std::string port_path_of(libusb_device* device) {
  std::array<std::uint8_t, 8> ports{};
  const int count = libusb_get_port_numbers(device, ports.data(), ports.size());
  std::string path = std::to_string(libusb_get_bus_number(device));
  for (int i = 0; i < count; ++i)
    path += (i == 0 ? "-" : ".") + std::to_string(ports[static_cast<std::size_t>(i)]);
  return path;
}

Interface interface_of(const libusb_interface_descriptor& raw) {
  Interface interface{raw.bInterfaceNumber,
                      raw.bAlternateSetting,
                      {raw.bInterfaceClass, raw.bInterfaceSubClass},
                      raw.bInterfaceProtocol,
                      {}};
  for (const libusb_endpoint_descriptor& endpoint :
       std::span(raw.endpoint, raw.endpoint == nullptr ? 0 : raw.bNumEndpoints)) {
    interface.endpoints.push_back({endpoint.bEndpointAddress,
                                   static_cast<TransferType>(endpoint.bmAttributes & 3),
                                   static_cast<std::uint16_t>(endpoint.wMaxPacketSize & 0x7ff)});
  }
  return interface;
}

std::array<std::byte, kSetupBytes> bytes_of(const Setup& setup, std::size_t size) {
  const auto byte = [](unsigned value) { return static_cast<std::byte>(value & 0xff); };
  const auto length = static_cast<unsigned>(size);
  return {
      byte(setup.request_type), byte(setup.request),     byte(setup.value), byte(setup.value >> 8U),
      byte(setup.index),        byte(setup.index >> 8U), byte(length),      byte(length >> 8U)};
}

}  // namespace

tl::unexpected<Error> usb_failure(int libusb_error, std::string_view doing) {
  const auto with = [&](Code code, std::string_view why) {
    return fail(code, std::string(doing) + ": " + std::string(why));
  };
  switch (libusb_error) {
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND: return with(Code::kDisconnected, "the USB device is gone");
    case LIBUSB_ERROR_ACCESS:
      return with(Code::kDenied, "no right to open the USB device; it takes a udev rule");
    case LIBUSB_ERROR_BUSY: return with(Code::kBusy, "another program has the USB device");
    case LIBUSB_ERROR_NO_MEM:
      return with(Code::kBusy, "no memory for USB transfers (usbcore.usbfs_memory_mb)");
    case LIBUSB_ERROR_PIPE: return with(Code::kUnsupported, "the USB device refuses it");
    case LIBUSB_ERROR_TIMEOUT: return with(Code::kTimeout, "the USB device does not answer");
    case LIBUSB_ERROR_NOT_SUPPORTED:
      return with(Code::kUnsupported, "the system does not offer it");
    default: return with(Code::kIo, libusb_error_name(libusb_error));
  }
}

DeviceInfo describe(libusb_device* device) {
  DeviceInfo info;
  libusb_device_descriptor raw{};
  if (libusb_get_device_descriptor(device, &raw) == LIBUSB_SUCCESS) {
    info.vendor_id = raw.idVendor;
    info.product_id = raw.idProduct;
    info.release = raw.bcdDevice;
  }
  info.port_path = port_path_of(device);
  libusb_config_descriptor* config = nullptr;
  if (libusb_get_active_config_descriptor(device, &config) != LIBUSB_SUCCESS) return info;
  for (const libusb_interface& interface : std::span(config->interface, config->bNumInterfaces))
    for (int i = 0; i < interface.num_altsetting; ++i)
      info.interfaces.push_back(interface_of(interface.altsetting[i]));
  libusb_free_config_descriptor(config);
  return info;
}

void read_texts(libusb_device_handle* handle, DeviceInfo& info) {
  libusb_device_descriptor raw{};
  if (libusb_get_device_descriptor(libusb_get_device(handle), &raw) != LIBUSB_SUCCESS) return;
  info.manufacturer = text_of(handle, raw.iManufacturer);
  info.product = text_of(handle, raw.iProduct);
  info.serial = text_of(handle, raw.iSerialNumber);
}

LibusbDevice::LibusbDevice(std::shared_ptr<Departures> bus, libusb_device_handle* handle,
                           DeviceInfo info)
    : bus_(std::move(bus)), handle_(handle), info_(std::move(info)) {
  libusb_set_auto_detach_kernel_driver(handle_, 1);  // not everywhere; claim() tells
  const Endpoint control{0, TransferType::kControl, 0};
  control_ = std::make_shared<TransferSet>(handle_, control, 1, kSetupBytes + kMostControlBytes);
}

LibusbDevice::~LibusbDevice() {
  bus_->forget(&is_gone_);
  control_->retire();
  for (const std::uint8_t number : claimed_) libusb_release_interface(handle_, number);
  libusb_close(handle_);
}

Result<void> LibusbDevice::claim(const Interface& interface) {
  if (const int error = libusb_claim_interface(handle_, interface.number); error != 0)
    return usb_failure(error, "claiming interface " + std::to_string(interface.number));
  claimed_.push_back(interface.number);
  if (interface.alternate == 0) return {};
  const int error =
      libusb_set_interface_alt_setting(handle_, interface.number, interface.alternate);
  if (error != 0) return usb_failure(error, "choosing the alternate setting");
  return {};
}

Result<std::size_t> LibusbDevice::control(const Setup& setup, std::span<std::byte> data,
                                          const Until& until) {
  if (data.size() > kMostControlBytes)
    return fail(Code::kInvalid, "a control request is too long", {}, "4096 bytes");
  const bool is_in = (setup.request_type & 0x80) != 0;
  Transfer& transfer = control_->transfers()[0];
  if (transfer.is_under_way) return fail(Code::kIo, "a control request never came back");
  const auto head = bytes_of(setup, data.size());
  std::copy(head.begin(), head.end(), transfer.memory.begin());
  if (!is_in) std::copy(data.begin(), data.end(), transfer.memory.begin() + kSetupBytes);
  transfer.request_bytes = kSetupBytes + data.size();
  if (const auto started = control_->submit(transfer); !started)
    return tl::unexpected(started.error());
  if (control_->take(until) == nullptr) {
    control_->cancel();
    if (control_->take({system_clock().now_ns() + kCancel_ns}) == nullptr)
      return fail(Code::kIo, "a control request never came back");
  }
  const std::size_t size = std::min(transfer.size_bytes, data.size());
  switch (transfer.end) {
    case TransferEnd::kDone: break;
    case TransferEnd::kStall:
      return fail(Code::kUnsupported, "the USB device refuses a control request");
    case TransferEnd::kCancelled:
      return fail(Code::kTimeout, "the USB device does not answer a control request");
    case TransferEnd::kGone: return fail(Code::kDisconnected, "the USB device is gone");
    case TransferEnd::kError:
    case TransferEnd::kBabble:
      return fail(Code::kIo, "a control request " + std::string(to_string(transfer.end)));
  }
  if (is_in) std::memcpy(data.data(), transfer.memory.data() + kSetupBytes, size);
  return size;
}

Result<std::unique_ptr<Pipe>> LibusbDevice::open_pipe(const Endpoint& endpoint, std::size_t count,
                                                      std::size_t bytes) {
  if (endpoint.type == TransferType::kControl || endpoint.type == TransferType::kIsochronous)
    return fail(Code::kUnsupported, "only bulk and interrupt endpoints have pipes");
  std::erase_if(sets_, [](const auto& set) { return set.use_count() == 1 && set->is_idle(); });
  sets_.push_back(std::make_shared<TransferSet>(handle_, endpoint, count, bytes));
  return std::make_unique<LibusbPipe>(endpoint, sets_.back());
}

Result<void> LibusbDevice::clear_halt(const Endpoint& endpoint) {
  const int error = libusb_clear_halt(handle_, endpoint.address);
  if (error != 0) return usb_failure(error, "clearing a halted endpoint");
  return {};
}

Result<void> LibusbDevice::reset() {
  const int error = libusb_reset_device(handle_);
  if (error != 0) return usb_failure(error, "resetting the USB device");
  return {};
}

}  // namespace acq::usb
