// A USBTMC instrument that sends whatever it likes, on every endpoint and to every request: the link
// keeps its deadlines, gives no byte that was not sent, and comes to an end.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "drivers/scpi/usbtmc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/usb/fake_bus.h"

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint16_t kPacketBytes = 64;

// Takes its transfers from the input: a length, then the bytes; when there are no more, silence.
class Babbler final : public acq::emu::Model {
 public:
  Babbler(const acq::usb::DeviceInfo& info, std::span<const std::byte> input)
      : Model(info), input_(input) {}

  acq::emu::Moved control(const acq::emu::Setup&, std::span<std::byte> data,
                          std::int64_t) override {
    return next(data);
  }
  acq::emu::Moved out(std::uint8_t, std::span<const std::byte> data, std::int64_t) override {
    return static_cast<acq::emu::Moved>(data.size());
  }
  acq::emu::Moved in(std::uint8_t, std::span<std::byte> into, std::int64_t) override {
    return next(into);
  }
  [[nodiscard]] std::size_t sent_bytes() const { return sent_; }

 private:
  acq::emu::Moved next(std::span<std::byte> into) {
    if (input_.empty()) return acq::emu::kNothingYet;
    const auto length = std::to_integer<std::size_t>(input_.front());
    input_ = input_.subspan(1);
    if (length == 255) return acq::emu::kStalled;
    const std::size_t size = std::min({length, into.size(), input_.size()});
    std::copy_n(input_.begin(), size, into.begin());
    input_ = input_.subspan(size);
    sent_ += size;
    return static_cast<acq::emu::Moved>(size);
  }

  std::span<const std::byte> input_;
  std::size_t sent_ = 0;
};

acq::usb::DeviceInfo instrument(bool is_rigol) {
  using acq::usb::TransferType;
  acq::usb::DeviceInfo info;
  info.vendor_id = is_rigol ? 0x1ab1 : 0x1209;
  info.product_id = 0x0588;  // of Rigol: one header a message
  info.interfaces = {{0,
                      0,
                      acq::scpi::kUsbtmcClass,
                      1,
                      {{0x01, TransferType::kBulk, kPacketBytes},
                       {0x82, TransferType::kBulk, kPacketBytes},
                       {0x83, TransferType::kInterrupt, 8}}}};
  return info;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  acq::FakeClock clock;
  acq::emu::FakeBus bus(clock);
  auto model = std::make_unique<Babbler>(instrument((data[0] & 1) != 0),
                                         acq::fuzz::bytes_of(data, size).subspan(1));
  const Babbler& babbler = *model;
  bus.add(std::move(model));
  const auto within = [&] { return acq::Until{clock.now_ns() + kSecond}; };
  // A deadline may be passed by what it takes to get a transfer back.
  const auto kept = [&](std::int64_t begin_ns, int steps) {
    ACQ_CHECK(clock.now_ns() - begin_ns <= steps * kSecond);
  };
  std::int64_t begin_ns = clock.now_ns();
  auto link = acq::scpi::UsbtmcLink::open("usb", std::move(*bus.open({})), clock, within());
  kept(begin_ns, 2);
  if (!link) return 0;
  for (int i = 0; i < 8; ++i) {
    begin_ns = clock.now_ns();
    const bool is_written = (*link)->write("*IDN?", within()).has_value();
    std::vector<std::byte> into(100);
    const std::size_t before = babbler.sent_bytes();
    if (is_written) {
      const auto piece = (*link)->read(into, within());
      if (piece) ACQ_CHECK(piece->bytes <= into.size() && piece->bytes <= before + size);
    }
    kept(begin_ns, 3);
    begin_ns = clock.now_ns();
    static_cast<void>((*link)->status_byte(within()));
    static_cast<void>((*link)->wait_service_request(within()));
    static_cast<void>((*link)->clear(within()));
    kept(begin_ns, 6);
  }
  return 0;
}
