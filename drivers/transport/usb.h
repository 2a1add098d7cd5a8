// USB devices, their endpoints and the transfers on them: the seam between the drivers and libusb.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/transport/until.h"
#include "drivers/transport/usb_identity.h"
#include "dsp/base/result.h"

namespace acq::usb {

enum class TransferType : std::uint8_t { kControl, kIsochronous, kBulk, kInterrupt };

struct Endpoint {
  std::uint8_t address = 0;  // bit 7: device to host
  TransferType type = TransferType::kBulk;
  std::uint16_t packet_bytes = 0;

  [[nodiscard]] bool is_in() const noexcept { return (address & 0x80) != 0; }
};

struct Interface {
  std::uint8_t number = 0;
  std::uint8_t alternate = 0;
  InterfaceClass class_code;
  std::uint8_t protocol = 0;
  std::vector<Endpoint> endpoints;

  // The first endpoint of a kind, or none.
  [[nodiscard]] const Endpoint* find(TransferType type, bool is_in) const noexcept;
};

// A device as its descriptors tell. Texts are empty where there are none or they cannot be read.
struct DeviceInfo {
  std::uint16_t vendor_id = 0;
  std::uint16_t product_id = 0;
  std::uint16_t release = 0;  // binary coded decimal
  std::string manufacturer;
  std::string product;
  std::string serial;
  std::string port_path;  // bus and ports, as the kernel names it: "1-2.4"
  std::vector<Interface> interfaces;

  [[nodiscard]] const Interface* find(InterfaceClass class_code) const noexcept;
};

// How a transfer came back. Data may have moved in each case: size_bytes tells.
enum class TransferEnd : std::uint8_t {
  kDone,
  kCancelled,
  kStall,   // the endpoint is halted until clear_halt()
  kError,   // not answered, or damaged: a bad cable, a device that is about to leave
  kBabble,  // the device sent more than it may
  kGone,
};

std::string_view to_string(TransferEnd end) noexcept;

// One transfer of a Pipe, with its memory. Whoever opened the pipe may touch it while it is not
// under way.
struct Transfer {
  std::span<std::byte> memory;
  std::size_t request_bytes = 0;  // how many to move; at most memory.size()
  std::size_t size_bytes = 0;     // how many were moved
  TransferEnd end = TransferEnd::kDone;
  std::int64_t ended_ns = 0;  // CLOCK_MONOTONIC, when the host knew
  bool is_under_way = false;
};

// An endpoint of an open device, with a fixed number of transfers. Several transfers may be under
// way; they move data in the order of their submission.
//
// Threads: one at a time. A pipe does not outlive its device. Destroying it takes back what is
// under way.
class Pipe {
 public:
  virtual ~Pipe() = default;

  [[nodiscard]] virtual const Endpoint& endpoint() const noexcept = 0;
  [[nodiscard]] virtual std::span<Transfer> transfers() noexcept = 0;

  // Starts a transfer that is not under way. kBusy: the system has no memory left for transfers
  // (usbfs allows 16 MiB for all devices together, unless told otherwise); kDisconnected: gone.
  virtual Result<void> submit(Transfer& transfer) = 0;
  // The next transfer that came back; none at the deadline, or at once when none is under way.
  virtual Transfer* take(const Until& until) = 0;
  // Asks for everything under way back; it is still to be taken, and may have moved data.
  virtual void cancel() = 0;
};

// A control request; is_in() follows bit 7 of request_type.
struct Setup {
  std::uint8_t request_type = 0;
  std::uint8_t request = 0;
  std::uint16_t value = 0;
  std::uint16_t index = 0;
};

// An open device. When it leaves, everything under way comes back with kGone or kError, in any
// order with is_gone() becoming true; the object is then only good for being destroyed.
//
// Threads: one at a time; is_gone() from any.
class Device {
 public:
  virtual ~Device() = default;

  [[nodiscard]] virtual const DeviceInfo& info() const noexcept = 0;
  [[nodiscard]] virtual bool is_gone() const noexcept = 0;

  // Takes an interface from its kernel driver, which gets it back at the end. kBusy: another
  // program has it.
  virtual Result<void> claim(const Interface& interface) = 0;
  // A control request with at most 4096 bytes. Returns how many bytes moved. kUnsupported: the
  // device refuses it (stall).
  virtual Result<std::size_t> control(const Setup& setup, std::span<std::byte> data,
                                      const Until& until) = 0;
  // `count` transfers of at most `bytes` each on an endpoint of a claimed interface.
  virtual Result<std::unique_ptr<Pipe>> open_pipe(const Endpoint& endpoint, std::size_t count,
                                                  std::size_t bytes) = 0;
  virtual Result<void> clear_halt(const Endpoint& endpoint) = 0;
  // Resets the port; nothing may be under way. kDisconnected: it comes back as a new device.
  virtual Result<void> reset() = 0;
};

// All devices of the machine.
//
// Threads: any. Devices keep what they need of the bus alive.
class Bus {
 public:
  virtual ~Bus() = default;

  // The devices that match; only those are asked for their texts.
  virtual Result<std::vector<DeviceInfo>> list(const Identity& identity) = 0;
  // Opens the one device that matches. kDisconnected: there is none; kInvalid: there are several;
  // kDenied: no right to open it.
  virtual Result<std::unique_ptr<Device>> open(const Identity& identity) = 0;
};

// The machine's devices through libusb: one context and its event thread, shared by all who hold
// it. kUnsupported: the system has no USB.
Result<std::shared_ptr<Bus>> system_bus();

// Makes system_bus() give this one for as long as somebody holds it: emulated devices within a test.
void use_bus(const std::shared_ptr<Bus>& bus);

// The same, past wires.h.
Result<std::shared_ptr<Bus>> libusb_bus();

// The one of `candidates` that `identity` means, as Bus::open() chooses it.
Result<std::size_t> choose(const Identity& identity, std::span<const DeviceInfo> candidates);

// What finds this device again after it was away: its serial number, and its port for those that
// have none or share it.
Identity identity_of(const DeviceInfo& info);

}  // namespace acq::usb
