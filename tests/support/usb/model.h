// A USB device as a computer sees it, whoever plays the computer.
//
// To emulate another instrument: derive from Model, build its descriptors with Descriptors::make()
// and answer control(), out() and in(). It then runs behind both front ends, the in-process one
// (fake_bus.h) and the one for unmodified libusb programs (testbed.h), with every fault of
// faults.h, and without knowing of either. A device that comes back as another one, as an FX2 does
// after its firmware was loaded, answers successor(); tests/support/usb/loader.h is the example.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/transport/usb.h"

namespace acq::emu {

// What a request gives: bytes moved, or a negative errno.
using Moved = std::ptrdiff_t;
constexpr Moved kNothingYet = -EAGAIN;  // the transfer stays under way
constexpr Moved kStalled = -EPIPE;
constexpr std::int64_t kNever_ns = std::numeric_limits<std::int64_t>::max();

struct Setup {
  std::uint8_t request_type = 0;
  std::uint8_t request = 0;
  std::uint16_t value = 0;
  std::uint16_t index = 0;
  std::uint16_t length = 0;
};

struct Descriptors {
  std::vector<std::uint8_t> device;
  std::vector<std::uint8_t> configuration;
  std::vector<std::string> texts;  // texts[0] is not used

  // One configuration of these interfaces; info.interfaces in the order of their numbers.
  static Descriptors make(const usb::DeviceInfo& info);
};

// Calls come one at a time. Time is CLOCK_MONOTONIC, or whatever the front end takes for it.
class Model {
 public:
  explicit Model(const usb::DeviceInfo& info)
      : info_(info), descriptors_(Descriptors::make(info)) {}
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  [[nodiscard]] const usb::DeviceInfo& info() const noexcept { return info_; }
  [[nodiscard]] const Descriptors& descriptors() const noexcept { return descriptors_; }

  // Class and vendor requests; `data` has room for setup.length bytes.
  virtual Moved control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns);
  virtual Moved out(std::uint8_t endpoint, std::span<const std::byte> data, std::int64_t now_ns);
  // Fills at most into.size() bytes; fewer end the transfer.
  virtual Moved in(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns);
  // A transfer is taken back: what of it the device had sent already.
  virtual Moved in_so_far(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns);
  // When in() may have something after kNothingYet.
  [[nodiscard]] virtual std::int64_t next_event_ns(std::int64_t now_ns) const;
  // The power came back, or the port was reset. What a device counts since it was made goes on.
  virtual void reset() {}
  // The device wants to leave and come back as this one.
  virtual std::unique_ptr<Model> successor() { return nullptr; }
  // What it is after it was pulled out and put back; nullptr: what it was.
  virtual std::unique_ptr<Model> without_power() { return nullptr; }

  // What a test asks of the device behind the computer's back; the words are the model's own.
  virtual std::string tell(std::string_view words);

  [[nodiscard]] bool is_halted(std::uint8_t endpoint) const { return halted_.contains(endpoint); }
  void halt(std::uint8_t endpoint) { halted_.insert(endpoint); }
  void clear_halt(std::uint8_t endpoint) { halted_.erase(endpoint); }
  // Answers every control request: the standard ones here, the others by control().
  Moved answer(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns);
  void power_up() {
    halted_.clear();
    reset();
  }

 private:
  Moved answer_standard(const Setup& setup, std::span<std::byte> data);
  Moved give_descriptor(const Setup& setup, std::span<std::byte> data) const;

  usb::DeviceInfo info_;
  Descriptors descriptors_;
  std::set<std::uint8_t> halted_;
};

}  // namespace acq::emu
