// A logic analyser around an FX2 with fx2lafw at work, and the same board before it has its firmware.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/sample_clock.h"
#include "tests/support/usb/loader.h"
#include "tests/support/usb/model.h"

namespace acq::emu {

// Samples on bulk endpoint 0x82, at the rate of the start command, each known by its number: see
// sample(). The numbers go on while nothing is sampled, from the first start on, as the world does;
// each start begins at a multiple of 512. When the FIFO is full, sampling stops, and what is in it
// is lost. Vendor requests (device): 0xC0 0xB0 version, 0x40 0xB1 start {flags, delay high, delay
// low}, 0xC0 0xB2 chip revision. Source: sigrok-firmware-fx2lafw 0.1.7, its command set.
class LogicBoard final : public Model {
 public:
  struct Options {
    std::uint16_t vendor_id = 0x1d50;
    std::uint16_t product_id = 0x608d;
    // With what the host has asked for. The chip's own 2 KiB are refilled by a host controller that
    // never sleeps; the emulator's process does.
    std::size_t fifo_bytes = std::size_t{4} << 20;
    std::uint8_t major = 1;
    bool keeps_firmware = false;  // without power too
    Fx2Loader::Firmware firmware = {};
  };
  static constexpr std::uint8_t kIn = 0x82;

  explicit LogicBoard(const Options& options);
  // The board as it is when plugged in: without firmware, and without texts.
  static std::unique_ptr<Model> bare(const Options& options);

  // Sample number `n`. Lines 0 to 3 count: line k changes every 2^k samples. Lines 4 to 7 are, 16
  // samples each, the 8 digits of n / 128, lowest first, base 16. Lines 8 to 15 are n / 512.
  static std::uint16_t sample(std::uint64_t n) noexcept;

  Moved control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) override;
  Moved in(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) override;
  Moved in_so_far(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) override;
  [[nodiscard]] std::int64_t next_event_ns(std::int64_t now_ns) const override;
  void reset() override { is_sampling_ = false; }
  std::unique_ptr<Model> without_power() override;
  // "overrun": the FIFO is full now; "hold": starts are taken and do nothing, "release"; "starts",
  // "sent" (samples), "overruns": how many; "firmware": bytes and FNV-1a of what was loaded.
  std::string tell(std::string_view words) override;

 private:
  void start(std::span<const std::byte> command, std::int64_t now_ns);
  // Samples up to now; stops when the FIFO is full.
  void work(std::int64_t now_ns);
  void send(std::span<std::byte> into);
  [[nodiscard]] std::size_t waiting_bytes() const noexcept {
    return static_cast<std::size_t>(made_ - sent_) * sample_bytes_;
  }
  void overrun();

  Options options_;
  bool is_sampling_ = false;
  bool is_held_ = false;
  std::size_t sample_bytes_ = 1;
  std::int64_t first_start_ns_ = 0;
  SampleClock clock_;
  std::uint64_t made_ = 0;
  std::uint64_t sent_ = 0;
  std::size_t wanted_bytes_ = 0;  // by the transfer that waits
  std::uint64_t starts_ = 0;
  std::uint64_t overruns_ = 0;
  std::uint64_t samples_sent_ = 0;
};

}  // namespace acq::emu
