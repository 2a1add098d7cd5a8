#include "drivers/transport/tap.h"

#include <iterator>
#include <string_view>

namespace acq {
namespace {

using detail::TapEnd;

// In the order of WireAct.
constexpr WireActNames kNames[] = {
    {"tcp", {}},
    {"serial", {}},
    {"usb_bus", {}},
    {"usb_list", {"bus"}},
    {"usb_open", {"bus"}},
    {"claim", {"interface", "alternate"}},
    {"control", {"type", "request", "value", "index", "asked", "moved"}},
    {"pipe", {"endpoint", "transfers", "bytes", "device"}},
    {"submit", {"transfer", "asked"}},
    {"take", {"transfer", "end", "moved"}},
    {"cancel", {}},
    {"clear_halt", {"endpoint"}},
    {"reset", {}},
    {"gone", {}},
    {"read", {"asked"}},
    {"write", {}},
    {"discard", {"dropped"}},
    {"close", {}},
};
static_assert(std::size(kNames) == static_cast<std::size_t>(WireAct::kClose) + 1);

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

class TappedStream final : public ByteStream {
 public:
  TappedStream(std::unique_ptr<ByteStream> below, TapEnd end)
      : below_(std::move(below)), end_(std::move(end)) {}
  ~TappedStream() override { end_.note(WireAct::kClose); }
  TappedStream(const TappedStream&) = delete;
  TappedStream& operator=(const TappedStream&) = delete;

  Result<std::size_t> read(std::span<std::byte> into, const Until& until) override {
    const Result<std::size_t> got = below_->read(into, until);
    if (got) end_.note(WireAct::kRead, {into.size()}, into.first(*got));
    if (!got) end_.note(WireAct::kRead, {into.size()}, got.error());
    return got;
  }
  Result<void> write(std::span<const std::byte> bytes, const Until& until) override {
    Result<void> done = below_->write(bytes, until);
    end_.note(WireAct::kWrite, {}, bytes, done ? Code::kOk : done.error().code);
    return done;
  }
  Result<std::size_t> discard_input() override {
    const Result<std::size_t> dropped = below_->discard_input();
    if (dropped) end_.note(WireAct::kDiscard, {*dropped});
    if (!dropped) end_.note(WireAct::kDiscard, {}, dropped.error());
    return dropped;
  }
  [[nodiscard]] std::uint32_t local_ipv4() const noexcept override { return below_->local_ipv4(); }

 private:
  std::unique_ptr<ByteStream> below_;
  TapEnd end_;
};

Result<std::unique_ptr<ByteStream>> tapped(Result<std::unique_ptr<ByteStream>> made,
                                           const std::shared_ptr<Tap>& tap, WireAct act,
                                           std::string_view peer) {
  TapEnd end(tap);
  // A failure is told with its code alone: who was meant matters more than the sentence.
  end.note(act, {}, bytes_of(peer), made ? Code::kOk : made.error().code);
  if (!made) return made;
  return std::make_unique<TappedStream>(std::move(*made), std::move(end));
}

}  // namespace

const WireActNames& names_of(WireAct act) noexcept {
  return kNames[static_cast<std::size_t>(act)];
}

Result<std::unique_ptr<ByteStream>> TappedWires::tcp(const HostPort& address, const Until& until) {
  return tapped(below_.tcp(address, until), tap_, WireAct::kTcp, to_string(address));
}

Result<std::unique_ptr<ByteStream>> TappedWires::serial(const std::string& path,
                                                        const SerialSettings& settings) {
  return tapped(below_.serial(path, settings), tap_, WireAct::kSerial,
                path + " " + to_string(settings));
}

Result<std::shared_ptr<usb::Bus>> TappedWires::usb() {
  TapEnd end(tap_);
  Result<std::shared_ptr<usb::Bus>> bus = below_.usb();
  if (!bus) end.note(WireAct::kUsbBus, {}, bus.error());
  if (!bus) return bus;
  end.note(WireAct::kUsbBus);
  return detail::tapped(std::move(*bus), std::move(end));
}

}  // namespace acq
