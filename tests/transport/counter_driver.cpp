#include "tests/transport/counter_driver.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "drivers/transport/usb.h"
#include "drivers/transport/usb_reader.h"
#include "tests/support/usb/counter_stream.h"

namespace acq::emu {
namespace {

constexpr std::int64_t kControl_ns = 1'000'000'000;
constexpr std::size_t kWordBytes = sizeof(std::uint32_t);

constexpr ParamSpec kParams[] = {
    {.name = "usb", .type = ParamType::kText, .required = true, .text = "which device"},
    {.name = "rate",
     .unit = "Hz",
     .min = 1,
     .max = 4e9,
     .required = true,
     .text = "words a second"},
};

class CounterDriver final : public Driver {
 public:
  explicit CounterDriver(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    const auto written = usb::parse_identity(params.text("usb"));
    if (!written) return tl::unexpected(written.error());
    const auto bus = usb::system_bus();
    if (!bus) return tl::unexpected(bus.error());
    auto opened = (*bus)->open(identity_ ? *identity_ : *written);
    if (!opened) return tl::unexpected(opened.error());
    device_ = std::move(*opened);
    const usb::Interface& interface = device_->info().interfaces.at(0);
    if (const auto claimed = device_->claim(interface); !claimed)
      return tl::unexpected(claimed.error());
    identity_ = usb::identity_of(device_->info());
    rate_ = static_cast<std::uint32_t>(params.number("rate"));
    const usb::Endpoint& in = *interface.find(usb::TransferType::kBulk, true);
    const auto ahead = usb::read_ahead_for(rate_ * double{kWordBytes}, in.packet_bytes);
    reader_ = std::make_unique<usb::Reader>(*device_, in, ahead, clock_);
    if (info_ == nullptr) {
      StreamInfo info;
      info.name = "count";
      info.dtype = Dtype::kI32;
      info.rate_hz = {rate_, 1};
      info.channels = {{.id = "count"}};
      info_ = std::make_shared<StreamInfo>(info);
    }
    return InstrumentInfo{.vendor = device_->info().manufacturer,
                          .model = device_->info().product,
                          .serial = device_->info().serial,
                          .transport = "usb",
                          .streams = {info_},
                          .loss_report = LossReport::kExact};
  }

  Result<void> start() override {
    std::array<std::byte, kWordBytes> data{};
    std::memcpy(data.data(), &rate_, sizeof rate_);
    const auto started = device_->control({0x40, CounterStream::kStart, 0, 0}, data,
                                          {clock_.now_ns() + kControl_ns});
    if (!started) return tl::unexpected(started.error());
    rest_ = {};
    return reader_->start();
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (rest_.empty()) {
      const auto arrival = reader_->read({deadline_ns, stop});
      if (!arrival && arrival.error().code == Code::kTimeout) return ReadOutcome::kNothing;
      if (!arrival) {
        is_reopened_ = arrival.error().code == Code::kDisconnected;
        return tl::unexpected(arrival.error());
      }
      rest_ = arrival->bytes;
      arrived_ns_ = arrival->arrived_ns;
    }
    return fill(packet);
  }

  void stop() override {
    if (reader_ != nullptr) reader_->stop();
    rest_ = {};
  }
  void close() override {
    reader_.reset();
    device_.reset();
  }
  Result<void> set(const Params&) override { return fail(Code::kUnsupported, "not while it runs"); }

 private:
  static std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t i) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + i * kWordBytes, kWordBytes);
    return word;
  }

  // As many words as follow each other.
  ReadOutcome fill(Packet& packet) {
    const std::size_t words = std::min<std::size_t>(rest_.size() / kWordBytes, packet.room(*info_));
    const std::uint32_t first = word_at(rest_, 0);
    // They only grow: when the last is where it belongs, so are all.
    const bool is_whole =
        word_at(rest_, words - 1) == first + static_cast<std::uint32_t>(words - 1);
    std::uint32_t count = is_whole ? static_cast<std::uint32_t>(words) : 1;
    while (count < words && word_at(rest_, count) == first + count) ++count;
    packet.info = info_;
    packet.count = count;
    if (has_next_ && first != next_) {
      packet.gap_before = {
          first - next_, static_cast<std::uint32_t>(is_reopened_ ? kGapReconnect : kGapUsb), true};
    }
    std::memcpy(packet.samples, rest_.data(), count * kWordBytes);
    packet.stamp.host_rx_ns = arrived_ns_;
    rest_ = rest_.subspan(count * kWordBytes);
    next_ = first + count;
    has_next_ = true;
    is_reopened_ = false;
    return ReadOutcome::kPacket;
  }

  const Clock& clock_;
  std::optional<usb::Identity> identity_;  // of the device that was opened first
  std::unique_ptr<usb::Device> device_;
  std::unique_ptr<usb::Reader> reader_;
  std::shared_ptr<const StreamInfo> info_;
  std::uint32_t rate_ = 0;
  std::span<const std::byte> rest_;
  std::int64_t arrived_ns_ = 0;
  std::uint32_t next_ = 0;
  bool has_next_ = false;
  bool is_reopened_ = false;
};

}  // namespace

const DriverEntry counter_driver{
    .name = "counter",
    .summary = "the emulator's counting device",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<CounterDriver>(clock);
    },
};

}  // namespace acq::emu
