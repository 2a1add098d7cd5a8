// The interrupt channel of VXI-11: the instrument connects to us and calls when it wants service.
#pragma once

#include <cstdint>
#include <memory>

#include "drivers/scpi/rpc.h"
#include "drivers/transport/descriptor.h"

namespace acq::scpi {

inline constexpr std::uint32_t kVxi11InterruptProgram = 0x0607b1;

// Listens on one address of this machine. What connects may only ring the bell.
class Vxi11Interrupt {
 public:
  // kIo: the address cannot be listened on.
  static Result<std::unique_ptr<Vxi11Interrupt>> open(std::uint32_t local_ipv4);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // True: a service request came. False: the deadline.
  Result<bool> wait(const Until& until);

 private:
  explicit Vxi11Interrupt(Descriptor listener) : listener_(std::move(listener)) {}
  void accept_one();

  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::unique_ptr<DescriptorStream> caller_;
  RpcRecord record_{kMostCall_bytes};
  static constexpr std::size_t kMostCall_bytes = 1024;
};

// Whether a record is a service request (procedure 30 of the interrupt program). Anything else is
// ignored.
bool is_service_request(std::span<const std::byte> raw) noexcept;

}  // namespace acq::scpi
