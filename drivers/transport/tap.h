// Listening to what passes between a driver and its instrument.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "drivers/transport/wires.h"
#include "dsp/base/clock.h"

namespace acq {

// What happened on a wire. In brackets: what `numbers` and the bytes are. A failure has its
// sentence for bytes, unless data moved.
enum class WireAct : std::uint8_t {
  kTcp,        // connected [bytes: host:port]
  kSerial,     // a port opened [bytes: its path]
  kUsbBus,     // the USB of the machine
  kUsbList,    // devices looked for [bytes: those found, as JSON]
  kUsbOpen,    // a device opened [the bus; bytes: the device as JSON]
  kClaim,      // [interface, alternate setting]
  kControl,    // [request type, request, value, index, asked, moved; bytes: the data moved]
  kPipe,       // [endpoint, transfers, bytes of each, the device]
  kSubmit,     // [transfer, asked; bytes: what is sent]
  kTake,       // [transfer, end, moved; bytes: what was received]; kTimeout: none came back
  kCancel,     // everything under way
  kClearHalt,  // [endpoint]
  kReset,      // the port
  kGone,       // the device was seen to have left
  kRead,       // [asked; bytes: what came]
  kWrite,      // [bytes: what was sent]
  kDiscard,    // input dropped [how much]
  kClose,
};

struct WireEvent {
  WireAct act{};
  Code code = Code::kOk;
  std::uint32_t wire = 0;  // the number of the connection
  std::array<std::uint64_t, 6> numbers{};
};

// What the act and its numbers are called where they are written down; unused numbers are "".
struct WireActNames {
  std::string_view act;
  std::array<std::string_view, 6> numbers;
};
const WireActNames& names_of(WireAct act) noexcept;

// Is told of everything, in order, on the thread that uses the wires: called on the data path, so
// it neither waits nor allocates.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void note(const WireEvent& event, std::span<const std::byte> bytes) noexcept = 0;

  // The number of the next connection, from 1.
  std::uint32_t next_wire() noexcept { return wires_.fetch_add(1, std::memory_order_relaxed) + 1; }

 private:
  std::atomic<std::uint32_t> wires_{0};
};

// The same wires as `below`, with everything on them told to a tap, which the connections keep.
class TappedWires final : public Wires {
 public:
  TappedWires(Wires& below, std::shared_ptr<Tap> tap) : below_(below), tap_(std::move(tap)) {}

  Result<std::unique_ptr<ByteStream>> tcp(const HostPort& address, const Until& until) override;
  Result<std::unique_ptr<ByteStream>> serial(const std::string& path,
                                             const SerialSettings& settings) override;
  Result<std::shared_ptr<usb::Bus>> usb() override;

 private:
  Wires& below_;
  std::shared_ptr<Tap> tap_;
};

namespace detail {

// One wire's way to the tap.
class TapEnd {
 public:
  explicit TapEnd(std::shared_ptr<Tap> tap) : tap_(std::move(tap)), wire_(tap_->next_wire()) {}

  [[nodiscard]] std::uint32_t wire() const noexcept { return wire_; }
  [[nodiscard]] const std::shared_ptr<Tap>& tap() const noexcept { return tap_; }
  using Numbers = std::array<std::uint64_t, 6>;
  void note(WireAct act, const Numbers& numbers = {}, std::span<const std::byte> bytes = {},
            Code code = Code::kOk) const noexcept {
    tap_->note({.act = act, .code = code, .wire = wire_, .numbers = numbers}, bytes);
  }
  void note(WireAct act, const Numbers& numbers, const Error& error) const noexcept {
    note(act, numbers, std::as_bytes(std::span(error.sentence)), error.code);
  }
  // Of what gives nothing back.
  Result<void> told(WireAct act, const Numbers& numbers, Result<void> done) const {
    if (done) note(act, numbers);
    if (!done) note(act, numbers, done.error());
    return done;
  }

 private:
  std::shared_ptr<Tap> tap_;
  std::uint32_t wire_;
};

std::shared_ptr<usb::Bus> tapped(std::shared_ptr<usb::Bus> bus, TapEnd end);

}  // namespace detail
}  // namespace acq
