// The USB of a captured session.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "drivers/transport/usb_text.h"
#include "tests/support/transport_replay.h"

namespace acq::test {
namespace {

tl::unexpected<Error> over() {
  return fail(Code::kDisconnected, "the capture is over");
}

tl::unexpected<Error> failed(const CapturedEvent& event) {
  return fail(event.code, event.bytes.empty() ? "as captured" : event.bytes);
}

// Whether a number of an event is what the driver now says.
bool agrees(ReplayScript& script, const CapturedEvent& event, const char* name,
            std::uint64_t value) {
  if (event.number(name) == value) return true;
  script.differs(event, fmt::format("{} is {} in place of {}", name, value, event.number(name)));
  return false;
}

class ReplayPipe final : public usb::Pipe {
 public:
  ReplayPipe(ReplayScript& script, std::uint32_t wire, const usb::Endpoint& endpoint,
             std::size_t count, std::size_t bytes)
      : script_(script),
        wire_(wire),
        endpoint_(endpoint),
        memory_(count * bytes),
        transfers_(count) {
    for (std::size_t i = 0; i < count; ++i)
      transfers_[i].memory = std::span(memory_).subspan(i * bytes, bytes);
  }
  ~ReplayPipe() override { script_.next(wire_, "close"); }
  ReplayPipe(const ReplayPipe&) = delete;
  ReplayPipe& operator=(const ReplayPipe&) = delete;

  [[nodiscard]] const usb::Endpoint& endpoint() const noexcept override { return endpoint_; }
  [[nodiscard]] std::span<usb::Transfer> transfers() noexcept override { return transfers_; }

  Result<void> submit(usb::Transfer& transfer) override {
    const CapturedEvent* const event = script_.next(wire_, "submit");
    if (event == nullptr) return over();
    const auto number = static_cast<std::uint64_t>(&transfer - transfers_.data());
    if (!agrees(script_, *event, "transfer", number) ||
        !agrees(script_, *event, "asked", transfer.request_bytes))
      return over();
    if (event->code != Code::kOk) return failed(*event);
    const auto sent = transfer.memory.first(endpoint_.is_in() ? 0 : transfer.request_bytes);
    if (sent.size() != event->bytes.size() ||
        std::memcmp(sent.data(), event->bytes.data(), sent.size()) != 0) {
      script_.differs(*event, "it sends other bytes");
      return over();
    }
    transfer.is_under_way = true;
    return {};
  }

  usb::Transfer* take(const Until&) override {
    const CapturedEvent* const event = script_.next(wire_, "take");
    if (event == nullptr) return end_of_script();
    if (event->code != Code::kOk) return nullptr;
    if (event->number("transfer") >= transfers_.size()) return nullptr;
    usb::Transfer& transfer = transfers_[event->number("transfer")];
    transfer.size_bytes = event->number("moved");
    transfer.end = static_cast<usb::TransferEnd>(event->number("end"));
    transfer.ended_ns = script_.now_ns();
    transfer.is_under_way = false;
    const std::size_t size = std::min(event->bytes.size(), transfer.memory.size());
    if (endpoint_.is_in()) std::memcpy(transfer.memory.data(), event->bytes.data(), size);
    return &transfer;
  }

  void cancel() override { script_.next(wire_, "cancel"); }

 private:
  // What is still under way ends with the capture.
  usb::Transfer* end_of_script() {
    for (usb::Transfer& transfer : transfers_) {
      if (!transfer.is_under_way) continue;
      transfer.is_under_way = false;
      transfer.size_bytes = 0;
      transfer.end = usb::TransferEnd::kGone;
      return &transfer;
    }
    return nullptr;
  }

  ReplayScript& script_;
  std::uint32_t wire_;
  usb::Endpoint endpoint_;
  std::vector<std::byte> memory_;
  std::vector<usb::Transfer> transfers_;
};

class ReplayDevice final : public usb::Device {
 public:
  ReplayDevice(ReplayScript& script, std::uint32_t wire, usb::DeviceInfo info)
      : script_(script), wire_(wire), info_(std::move(info)) {}
  ~ReplayDevice() override { script_.next(wire_, "close"); }
  ReplayDevice(const ReplayDevice&) = delete;
  ReplayDevice& operator=(const ReplayDevice&) = delete;

  [[nodiscard]] const usb::DeviceInfo& info() const noexcept override { return info_; }
  [[nodiscard]] bool is_gone() const noexcept override {
    const CapturedEvent* const event = script_.peek();
    if (event == nullptr) return true;
    if (event->wire == wire_ && event->act == "gone")
      is_gone_ = script_.next(wire_, "gone") != nullptr;
    return is_gone_;
  }
  Result<void> claim(const usb::Interface& interface) override {
    const CapturedEvent* const event = script_.next(wire_, "claim");
    if (event == nullptr || !agrees(script_, *event, "interface", interface.number) ||
        !agrees(script_, *event, "alternate", interface.alternate))
      return over();
    return as_captured(*event);
  }
  Result<std::size_t> control(const usb::Setup& setup, std::span<std::byte> data,
                              const Until&) override {
    const CapturedEvent* const event = script_.next(wire_, "control");
    if (event == nullptr || !agrees(script_, *event, "type", setup.request_type) ||
        !agrees(script_, *event, "request", setup.request) ||
        !agrees(script_, *event, "value", setup.value) ||
        !agrees(script_, *event, "index", setup.index) ||
        !agrees(script_, *event, "asked", data.size()))
      return over();
    if (event->code != Code::kOk) return failed(*event);
    const std::size_t size = std::min(event->bytes.size(), data.size());
    if ((setup.request_type & 0x80) != 0) {
      std::memcpy(data.data(), event->bytes.data(), size);
    } else if (std::memcmp(data.data(), event->bytes.data(), size) != 0) {
      script_.differs(*event, "it sends other bytes");
      return over();
    }
    return event->number("moved");
  }
  Result<std::unique_ptr<usb::Pipe>> open_pipe(const usb::Endpoint& endpoint, std::size_t count,
                                               std::size_t bytes) override {
    const CapturedEvent* const event = script_.next("pipe");
    if (event == nullptr || !agrees(script_, *event, "endpoint", endpoint.address) ||
        !agrees(script_, *event, "transfers", count) || !agrees(script_, *event, "bytes", bytes))
      return over();
    if (event->code != Code::kOk) return failed(*event);
    return std::make_unique<ReplayPipe>(script_, event->wire, endpoint, count, bytes);
  }
  Result<void> clear_halt(const usb::Endpoint& endpoint) override {
    const CapturedEvent* const event = script_.next(wire_, "clear_halt");
    if (event == nullptr || !agrees(script_, *event, "endpoint", endpoint.address)) return over();
    return as_captured(*event);
  }
  Result<void> reset() override {
    const CapturedEvent* const event = script_.next(wire_, "reset");
    return event == nullptr ? Result<void>(over()) : as_captured(*event);
  }

 private:
  static Result<void> as_captured(const CapturedEvent& event) {
    if (event.code != Code::kOk) return failed(event);
    return {};
  }

  ReplayScript& script_;
  std::uint32_t wire_;
  usb::DeviceInfo info_;
  mutable bool is_gone_ = false;
};

class ReplayBus final : public usb::Bus {
 public:
  ReplayBus(ReplayScript& script, std::uint32_t wire) : script_(script), wire_(wire) {}

  Result<std::vector<usb::DeviceInfo>> list(const usb::Identity&) override {
    const CapturedEvent* const event = script_.next(wire_, "usb_list");
    if (event == nullptr) return over();
    if (event->code != Code::kOk) return failed(*event);
    std::vector<usb::DeviceInfo> found;
    for (const auto& json : nlohmann::json::parse(event->bytes)) {
      auto info = usb::device_from_json(json);
      if (!info) return tl::unexpected<Error>(info.error());
      found.push_back(std::move(*info));
    }
    return found;
  }
  Result<std::unique_ptr<usb::Device>> open(const usb::Identity&) override {
    const CapturedEvent* const event = script_.next("usb_open");
    if (event == nullptr || !agrees(script_, *event, "bus", wire_)) return over();
    if (event->code != Code::kOk) return failed(*event);
    auto info = usb::device_from_json(nlohmann::json::parse(event->bytes));
    if (!info) return tl::unexpected<Error>(info.error());
    return std::make_unique<ReplayDevice>(script_, event->wire, std::move(*info));
  }

 private:
  ReplayScript& script_;
  std::uint32_t wire_;
};

}  // namespace

std::shared_ptr<usb::Bus> replay_bus(ReplayScript& script, std::uint32_t wire) {
  return std::make_shared<ReplayBus>(script, wire);
}

}  // namespace acq::test
