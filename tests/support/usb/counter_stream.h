// A device that counts: each 32-bit word it sends is its own number.
#pragma once

#include "drivers/sample_clock.h"
#include "tests/support/usb/model.h"

namespace acq::emu {

// Word n is n modulo 2^32, little endian, on bulk endpoint 0x82; a gap, a repetition and a
// reordering all show in the words. While it runs it makes words at its rate into a FIFO; what
// finds the FIFO full is lost and counted. Loss of power makes it start from 0, unless it has its
// own supply: then it counts on while it is unplugged.
//
// Vendor requests (device): 0x40 0xA0 start, data: words per second as u32, 0 for as fast as it is
// asked; 0x40 0xA1 stop; 0xC0 0xA2 tell: words made and words lost as two u64.
class CounterStream final : public Model {
 public:
  struct Options {
    std::uint16_t product_id = 0x7302;
    std::string serial = "COUNT01";
    std::size_t fifo_bytes = std::size_t{4} << 20;
    bool has_own_supply = true;
  };
  static constexpr std::uint8_t kIn = 0x82;
  static constexpr std::uint8_t kOut = 0x02;  // takes everything, like a drain
  static constexpr std::uint8_t kStart = 0xA0;
  static constexpr std::uint8_t kStop = 0xA1;
  static constexpr std::uint8_t kTell = 0xA2;

  explicit CounterStream(const Options& options);

  Moved control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) override;
  Moved out(std::uint8_t endpoint, std::span<const std::byte> data, std::int64_t now_ns) override;
  Moved in(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) override;
  Moved in_so_far(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) override;
  [[nodiscard]] std::int64_t next_event_ns(std::int64_t now_ns) const override;
  void reset() override;
  std::string tell(std::string_view words) override;  // "lost": how many words

 private:
  static constexpr std::size_t kWordBytes = sizeof(std::uint32_t);

  // Makes words up to now; those beyond the FIFO are lost.
  void count(std::int64_t now_ns);
  void send(std::span<std::byte> into);
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return (made_ - sent_) * kWordBytes; }

  Options options_;
  SampleClock clock_;
  std::uint64_t rate_ = 0;  // 0: unpaced
  bool is_running_ = false;
  std::uint64_t made_ = 0;
  std::uint64_t sent_ = 0;  // or lost
  std::uint64_t lost_ = 0;
  std::size_t wanted_bytes_ = 0;  // by the transfer that waits
};

}  // namespace acq::emu
