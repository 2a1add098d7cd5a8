#include <nlohmann/json.hpp>

#include "drivers/transport/tap.h"
#include "drivers/transport/usb_text.h"

namespace acq {
namespace {

using detail::TapEnd;

class TappedPipe final : public usb::Pipe {
 public:
  TappedPipe(std::unique_ptr<usb::Pipe> below, TapEnd end)
      : below_(std::move(below)), end_(std::move(end)) {}
  ~TappedPipe() override { end_.note(WireAct::kClose); }
  TappedPipe(const TappedPipe&) = delete;
  TappedPipe& operator=(const TappedPipe&) = delete;

  [[nodiscard]] const usb::Endpoint& endpoint() const noexcept override {
    return below_->endpoint();
  }
  [[nodiscard]] std::span<usb::Transfer> transfers() noexcept override {
    return below_->transfers();
  }
  Result<void> submit(usb::Transfer& transfer) override {
    Result<void> done = below_->submit(transfer);
    const TapEnd::Numbers numbers{number_of(transfer), transfer.request_bytes};
    if (!done) end_.note(WireAct::kSubmit, numbers, done.error());
    if (!done) return done;
    end_.note(WireAct::kSubmit, numbers,
              transfer.memory.first(endpoint().is_in() ? 0 : transfer.request_bytes));
    return done;
  }
  usb::Transfer* take(const Until& until) override {
    usb::Transfer* const transfer = below_->take(until);
    if (transfer == nullptr) {
      end_.note(WireAct::kTake, {}, {}, Code::kTimeout);
      return nullptr;
    }
    const TapEnd::Numbers numbers{number_of(*transfer), static_cast<std::uint64_t>(transfer->end),
                                  transfer->size_bytes};
    end_.note(WireAct::kTake, numbers,
              transfer->memory.first(endpoint().is_in() ? transfer->size_bytes : 0));
    return transfer;
  }
  void cancel() override {
    end_.note(WireAct::kCancel);
    below_->cancel();
  }

 private:
  [[nodiscard]] std::uint64_t number_of(const usb::Transfer& transfer) const {
    return static_cast<std::uint64_t>(&transfer - below_->transfers().data());
  }

  std::unique_ptr<usb::Pipe> below_;
  TapEnd end_;
};

class TappedDevice final : public usb::Device {
 public:
  TappedDevice(std::unique_ptr<usb::Device> below, TapEnd end)
      : below_(std::move(below)), end_(std::move(end)) {}
  ~TappedDevice() override { end_.note(WireAct::kClose); }
  TappedDevice(const TappedDevice&) = delete;
  TappedDevice& operator=(const TappedDevice&) = delete;

  [[nodiscard]] const usb::DeviceInfo& info() const noexcept override { return below_->info(); }
  [[nodiscard]] bool is_gone() const noexcept override {
    const bool is_gone = below_->is_gone();
    if (is_gone && !has_told_.exchange(true)) end_.note(WireAct::kGone);
    return is_gone;
  }
  Result<void> claim(const usb::Interface& interface) override {
    return end_.told(WireAct::kClaim, {interface.number, interface.alternate},
                     below_->claim(interface));
  }
  Result<std::size_t> control(const usb::Setup& setup, std::span<std::byte> data,
                              const Until& until) override {
    const Result<std::size_t> moved = below_->control(setup, data, until);
    const TapEnd::Numbers numbers{setup.request_type, setup.request, setup.value,
                                  setup.index,        data.size(),   moved ? *moved : 0};
    if (!moved) end_.note(WireAct::kControl, numbers, moved.error());
    const bool is_in = (setup.request_type & 0x80) != 0;
    if (moved) end_.note(WireAct::kControl, numbers, data.first(is_in ? *moved : data.size()));
    return moved;
  }
  Result<std::unique_ptr<usb::Pipe>> open_pipe(const usb::Endpoint& endpoint, std::size_t count,
                                               std::size_t bytes) override {
    auto pipe = below_->open_pipe(endpoint, count, bytes);
    TapEnd end(end_.tap());
    const TapEnd::Numbers numbers{endpoint.address, count, bytes, end_.wire()};
    if (!pipe) end.note(WireAct::kPipe, numbers, pipe.error());
    if (!pipe) return pipe;
    end.note(WireAct::kPipe, numbers);
    return std::make_unique<TappedPipe>(std::move(*pipe), std::move(end));
  }
  Result<void> clear_halt(const usb::Endpoint& endpoint) override {
    return end_.told(WireAct::kClearHalt, {endpoint.address}, below_->clear_halt(endpoint));
  }
  Result<void> reset() override { return end_.told(WireAct::kReset, {}, below_->reset()); }

 private:
  std::unique_ptr<usb::Device> below_;
  TapEnd end_;
  mutable std::atomic<bool> has_told_ = false;
};

class TappedBus final : public usb::Bus {
 public:
  TappedBus(std::shared_ptr<usb::Bus> below, TapEnd end)
      : below_(std::move(below)), end_(std::move(end)) {}

  Result<std::vector<usb::DeviceInfo>> list(const usb::Identity& identity) override {
    auto found = below_->list(identity);
    if (!found) end_.note(WireAct::kUsbList, {}, found.error());
    if (!found) return found;
    nlohmann::json devices = nlohmann::json::array();
    for (const usb::DeviceInfo& info : *found) devices.push_back(usb::to_json(info));
    note_text(end_, WireAct::kUsbList, devices.dump());
    return found;
  }
  Result<std::unique_ptr<usb::Device>> open(const usb::Identity& identity) override {
    auto device = below_->open(identity);
    TapEnd end(end_.tap());
    if (!device) end.note(WireAct::kUsbOpen, {end_.wire()}, device.error());
    if (!device) return device;
    note_text(end, WireAct::kUsbOpen, usb::to_json((*device)->info()).dump());
    return std::make_unique<TappedDevice>(std::move(*device), std::move(end));
  }

 private:
  void note_text(const TapEnd& end, WireAct act, const std::string& text) const {
    end.note(act, {end_.wire()}, std::as_bytes(std::span(text)));
  }

  std::shared_ptr<usb::Bus> below_;
  TapEnd end_;
};

}  // namespace

std::shared_ptr<usb::Bus> detail::tapped(std::shared_ptr<usb::Bus> bus, TapEnd end) {
  return std::make_shared<TappedBus>(std::move(bus), std::move(end));
}

}  // namespace acq
