// A Cypress FX2 without firmware: it waits for some, and comes back as what the firmware makes of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/usb/model.h"

namespace acq::emu {

// Firmware is written by vendor request 0xA0 (OUT; value: address) while the processor is held: 1 at
// 0xE600 holds it, 0 lets it run. Then the device leaves, and 50 ms later it is `make_next`'s, of
// what was written. EZ-USB FX2LP Technical Reference Manual, section 3.8.
class Fx2Loader final : public Model {
 public:
  using Firmware = std::map<std::uint16_t, std::vector<std::byte>>;  // by address
  using MakeNext = std::function<std::unique_ptr<Model>(const Firmware&)>;
  static constexpr std::uint8_t kRequest = 0xA0;
  static constexpr std::uint16_t kControlRegister = 0xE600;

  // What a bare chip says of itself: 04b4:8613, no texts, and endpoints nobody uses.
  static usb::DeviceInfo bare() {
    usb::DeviceInfo info;
    info.vendor_id = 0x04b4;
    info.product_id = 0x8613;
    info.interfaces = {{0, 0, {0xff, 0xff}, 0xff, {}}};
    return info;
  }

  Fx2Loader(const usb::DeviceInfo& info, MakeNext make_next)
      : Model(info), make_next_(std::move(make_next)) {}

  Moved control(const Setup& setup, std::span<std::byte> data, std::int64_t) override {
    if (setup.request_type != 0x40 || setup.request != kRequest || data.empty()) return kStalled;
    if (setup.value == kControlRegister) {
      const bool was_held = std::exchange(is_held_, data[0] == std::byte{1});
      is_loaded_ = was_held && !is_held_ && !firmware_.empty();
    } else {
      if (!is_held_) return kStalled;
      firmware_[setup.value].assign(data.begin(), data.end());
    }
    return static_cast<Moved>(data.size());
  }
  void reset() override {
    firmware_.clear();
    is_held_ = is_loaded_ = false;
  }
  std::unique_ptr<Model> successor() override {
    return std::exchange(is_loaded_, false) ? make_next_(firmware_) : nullptr;
  }

 private:
  MakeNext make_next_;
  Firmware firmware_;
  bool is_held_ = false;
  bool is_loaded_ = false;
};

}  // namespace acq::emu
