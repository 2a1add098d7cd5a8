#include "tests/support/usb/fake_bus.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace acq::emu {
namespace {

constexpr std::int64_t kReplug_ns = 50'000'000;
constexpr std::size_t kMostControlBytes = 4096;

usb::TransferEnd end_of(int status) {
  switch (status) {
    case 0:
    case -EREMOTEIO: return usb::TransferEnd::kDone;
    case -ENOENT: return usb::TransferEnd::kCancelled;
    case -EPIPE: return usb::TransferEnd::kStall;
    case -EOVERFLOW: return usb::TransferEnd::kBabble;
    case -ESHUTDOWN: return usb::TransferEnd::kGone;
    default: return usb::TransferEnd::kError;
  }
}

tl::unexpected<Error> refused(int error) {
  switch (error) {
    case ENODEV: return fail(Code::kDisconnected, "the USB device is gone");
    case ENOMEM: return fail(Code::kBusy, "no memory for USB transfers");
    default: return fail(Code::kIo, std::strerror(error));
  }
}

}  // namespace

// The transfers' own addresses are their names and their memory.
class FakePipe final : public usb::Pipe {
 public:
  FakePipe(FakeBus& bus, std::shared_ptr<FakeBus::Session> session, const usb::Endpoint& endpoint,
           std::size_t count, std::size_t bytes)
      : bus_(bus),
        session_(std::move(session)),
        endpoint_(endpoint),
        memory_(count * bytes),
        transfers_(count) {
    for (std::size_t i = 0; i < count; ++i)
      transfers_[i].memory = std::span(memory_).subspan(i * bytes, bytes);
  }
  ~FakePipe() override { session_->queue->drop(this); }
  FakePipe(const FakePipe&) = delete;
  FakePipe& operator=(const FakePipe&) = delete;

  [[nodiscard]] const usb::Endpoint& endpoint() const noexcept override { return endpoint_; }
  [[nodiscard]] std::span<usb::Transfer> transfers() noexcept override { return transfers_; }

  Result<void> submit(usb::Transfer& transfer) override {
    ACQ_CHECK(!transfer.is_under_way && transfer.request_bytes <= transfer.memory.size());
    Urb urb;
    urb.id = reinterpret_cast<std::uint64_t>(&transfer);
    urb.owner = this;
    urb.endpoint = endpoint_.address;
    urb.length = transfer.request_bytes;
    urb.buffer = reinterpret_cast<std::uint64_t>(transfer.memory.data());
    if (!endpoint_.is_in()) {
      const auto bytes = transfer.memory.first(transfer.request_bytes);
      urb.out_bytes.assign(bytes.begin(), bytes.end());
    }
    const int error = session_->queue->submit(std::move(urb), bus_.clock_.now_ns());
    if (error != 0) return refused(error);
    transfer.is_under_way = true;
    bus_.work();
    return {};
  }

  usb::Transfer* take(const Until& until) override {
    for (;;) {
      bus_.work();
      if (auto urb = session_->queue->reap(this)) return ended(*urb);
      const bool is_any_under_way =
          std::any_of(transfers_.begin(), transfers_.end(),
                      [](const usb::Transfer& transfer) { return transfer.is_under_way; });
      if (!is_any_under_way || !bus_.wait(until)) return nullptr;
    }
  }

  void cancel() override {
    for (std::size_t i = transfers_.size(); i-- > 0;) {
      if (!transfers_[i].is_under_way) continue;
      session_->queue->discard(this, reinterpret_cast<std::uint64_t>(&transfers_[i]),
                               bus_.clock_.now_ns());
    }
  }

 private:
  usb::Transfer* ended(const Urb& urb) {
    auto* const transfer = reinterpret_cast<usb::Transfer*>(urb.id);
    transfer->is_under_way = false;
    transfer->size_bytes = urb.moved;
    transfer->end = end_of(urb.status);
    transfer->ended_ns = bus_.clock_.now_ns();
    return transfer;
  }

  FakeBus& bus_;
  std::shared_ptr<FakeBus::Session> session_;
  usb::Endpoint endpoint_;
  std::vector<std::byte> memory_;
  std::vector<usb::Transfer> transfers_;
};

class FakeDevice final : public usb::Device {
 public:
  FakeDevice(FakeBus& bus, std::shared_ptr<FakeBus::Session> session, usb::DeviceInfo info)
      : bus_(bus), session_(std::move(session)), info_(std::move(info)) {
    ++bus_.open_devices_;
  }
  ~FakeDevice() override {
    session_->queue->drop(this);
    --bus_.open_devices_;
  }
  FakeDevice(const FakeDevice&) = delete;
  FakeDevice& operator=(const FakeDevice&) = delete;

  [[nodiscard]] const usb::DeviceInfo& info() const noexcept override { return info_; }
  [[nodiscard]] bool is_gone() const noexcept override { return session_->has_left; }

  Result<void> claim(const usb::Interface&) override {
    if (!session_->queue->is_plugged()) return refused(ENODEV);
    if (bus_.port_of(*session_).is_taken) return fail(Code::kBusy, "another program has it");
    return {};
  }

  Result<std::size_t> control(const usb::Setup& setup, std::span<std::byte> data,
                              const Until& until) override {
    if (data.size() > kMostControlBytes) return fail(Code::kInvalid, "too long");
    const auto length = static_cast<std::uint16_t>(data.size());
    Urb urb;
    urb.id = reinterpret_cast<std::uint64_t>(data.data());
    urb.owner = this;
    urb.setup = Setup{setup.request_type, setup.request, setup.value, setup.index, length};
    urb.length = data.size();
    urb.buffer = reinterpret_cast<std::uint64_t>(data.data());
    urb.out_bytes.assign(data.begin(), data.end());
    const std::uint64_t id = urb.id;
    if (const int error = session_->queue->submit(std::move(urb), bus_.clock_.now_ns()); error != 0)
      return refused(error);
    for (;;) {
      bus_.work();
      if (const auto ended = session_->queue->reap(this)) return result_of(*ended);
      if (!bus_.wait(until)) session_->queue->discard(this, id, bus_.clock_.now_ns());
    }
  }

  Result<std::unique_ptr<usb::Pipe>> open_pipe(const usb::Endpoint& endpoint, std::size_t count,
                                               std::size_t bytes) override {
    return std::make_unique<FakePipe>(bus_, session_, endpoint, count, bytes);
  }

  Result<void> clear_halt(const usb::Endpoint& endpoint) override {
    if (!session_->queue->is_plugged()) return refused(ENODEV);
    bus_.port_of(*session_).model->clear_halt(endpoint.address);
    bus_.work();
    return {};
  }

  Result<void> reset() override {
    if (!session_->queue->is_plugged()) return refused(ENODEV);
    bus_.port_of(*session_).model->power_up();
    return {};
  }

 private:
  static Result<std::size_t> result_of(const Urb& urb) {
    switch (end_of(urb.status)) {
      case usb::TransferEnd::kDone: return urb.moved;
      case usb::TransferEnd::kStall: return fail(Code::kUnsupported, "refused");
      case usb::TransferEnd::kCancelled: return fail(Code::kTimeout, "no answer");
      case usb::TransferEnd::kGone: return refused(ENODEV);
      default: return refused(EPROTO);
    }
  }

  FakeBus& bus_;
  std::shared_ptr<FakeBus::Session> session_;
  usb::DeviceInfo info_;
};

std::size_t FakeBus::add(std::unique_ptr<Model> model) {
  auto port = std::make_unique<Port>();
  port->path = "1-" + std::to_string(ports_.size() + 1);
  port->model = std::move(model);
  ports_.push_back(std::move(port));
  plug(ports_.size() - 1);
  return ports_.size() - 1;
}

void FakeBus::plug(std::size_t device) {
  Port& port = *ports_[device];
  if (port.successor == nullptr && port.session != nullptr)
    port.successor = port.model->without_power();
  if (port.successor != nullptr) port.model = std::move(port.successor);
  port.model->power_up();
  port.session = std::make_shared<Session>();
  port.session->queue = std::make_unique<UrbQueue>(
      *port.model, port.faults, [](const Urb& urb, std::span<const std::byte> bytes) {
        std::memcpy(reinterpret_cast<void*>(urb.buffer), bytes.data(), bytes.size());
      });
  port.session->queue->memory_limit_bytes = memory_limit_bytes_;
}

void FakeBus::unplug(std::size_t device) {
  disconnect(device);
  tell_departure(device);
}

void FakeBus::fail_everything(std::size_t device) {
  ports_[device]->session->queue->fail_everything();
}

void FakeBus::disconnect(std::size_t device) {
  ports_[device]->session->queue->unplug();
}

void FakeBus::tell_departure(std::size_t device) {
  ports_[device]->session->has_left = true;
}

void FakeBus::add_fault(std::size_t device, const Fault& fault) {
  ports_[device]->faults.add(fault);
}

Model& FakeBus::model(std::size_t device) {
  return *ports_[device]->model;
}

void FakeBus::set_taken(std::size_t device, bool is_taken) {
  ports_[device]->is_taken = is_taken;
}

void FakeBus::set_forbidden(std::size_t device, bool is_forbidden) {
  ports_[device]->is_forbidden = is_forbidden;
}

void FakeBus::at(std::int64_t time_ns, std::function<void()> act) {
  later_.push_back({time_ns, std::move(act)});
}

FakeBus::Port& FakeBus::port_of(const Session& session) {
  const auto found = std::find_if(ports_.begin(), ports_.end(), [&](const auto& port) {
    return port->session.get() == &session;
  });
  ACQ_CHECK(found != ports_.end());
  return **found;
}

void FakeBus::work() {
  const std::int64_t now_ns = clock_.now_ns();
  std::vector<Later> due;
  std::erase_if(later_, [&](Later& later) {
    if (later.at_ns > now_ns) return false;
    due.push_back(std::move(later));
    return true;
  });
  for (Later& later : due) later.act();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = *ports_[i];
    if (!port.session->queue->is_plugged()) continue;
    port.session->queue->pump(now_ns);
    if (port.successor == nullptr) port.successor = port.model->successor();
    if (port.session->queue->has_vanished()) tell_departure(i);
    if (port.successor != nullptr) {
      unplug(i);
      at(now_ns + kReplug_ns, [this, i] { plug(i); });
    }
  }
}

bool FakeBus::wait(const Until& until) {
  const std::int64_t now_ns = clock_.now_ns();
  if (now_ns >= until.deadline_ns || until.stop.stop_requested()) return false;
  std::int64_t next_ns = until.deadline_ns;
  for (const auto& port : ports_)
    next_ns = std::min(next_ns, port->session->queue->next_event_ns(now_ns));
  for (const Later& later : later_) next_ns = std::min(next_ns, later.at_ns);
  clock_.sleep_until(std::max(next_ns, now_ns + 1), until.stop);
  return true;
}

usb::DeviceInfo FakeBus::info_of(const Port& port) const {
  usb::DeviceInfo info = port.model->info();
  info.port_path = port.path;
  if (port.is_forbidden) info.manufacturer = info.product = info.serial = "";
  return info;
}

Result<std::vector<usb::DeviceInfo>> FakeBus::list(const usb::Identity& identity) {
  work();
  std::vector<usb::DeviceInfo> found;
  for (const auto& port : ports_) {
    if (!port->session->queue->is_plugged()) continue;
    usb::DeviceInfo info = info_of(*port);
    if (usb::choose(identity, {&info, 1})) found.push_back(std::move(info));
  }
  return found;
}

Result<std::unique_ptr<usb::Device>> FakeBus::open(const usb::Identity& identity) {
  work();
  std::vector<Port*> plugged;
  std::vector<usb::DeviceInfo> infos;
  for (const auto& port : ports_) {
    if (!port->session->queue->is_plugged()) continue;
    plugged.push_back(port.get());
    infos.push_back(info_of(*port));
  }
  const Result<std::size_t> chosen = usb::choose(identity, infos);
  if (!chosen) return tl::unexpected(chosen.error());
  Port& port = *plugged[*chosen];
  if (port.is_forbidden) return fail(Code::kDenied, "no right to open it");
  return std::make_unique<FakeDevice>(*this, port.session, infos[*chosen]);
}

}  // namespace acq::emu
