#include "drivers/transport/wires.h"

#include <utility>

namespace acq {
namespace {

template <typename Stream>
Result<std::unique_ptr<ByteStream>> as_stream(Result<std::unique_ptr<Stream>> made) {
  if (!made) return tl::unexpected<Error>(made.error());
  return std::move(*made);
}

class SystemWires final : public Wires {
 public:
  Result<std::unique_ptr<ByteStream>> tcp(const HostPort& address, const Until& until) override {
    return as_stream(connect_socket(address, until));
  }
  Result<std::unique_ptr<ByteStream>> serial(const std::string& path,
                                             const SerialSettings& settings) override {
    return as_stream(open_terminal(path, settings));
  }
  Result<std::shared_ptr<usb::Bus>> usb() override { return usb::libusb_bus(); }
};

thread_local Wires* in_force = nullptr;

}  // namespace

Wires& system_wires() noexcept {
  static SystemWires machine;
  return machine;
}

Wires& wires() noexcept {
  return in_force != nullptr ? *in_force : system_wires();
}

WiresScope::WiresScope(Wires& wires) noexcept : before_(std::exchange(in_force, &wires)) {}

WiresScope::~WiresScope() {
  in_force = before_;
}

Result<std::unique_ptr<ByteStream>> connect_tcp(const HostPort& address, const Until& until) {
  return wires().tcp(address, until);
}

Result<std::unique_ptr<ByteStream>> open_serial(const std::string& path,
                                                const SerialSettings& settings) {
  return wires().serial(path, settings);
}

Result<std::shared_ptr<usb::Bus>> usb::system_bus() {
  return wires().usb();
}

}  // namespace acq
