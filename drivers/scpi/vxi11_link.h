// Instruments over VXI-11 (VXIbus TCP/IP Instrument Protocol, 1995, VXI-11 and VXI-11.3).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "drivers/scpi/link.h"
#include "drivers/scpi/rpc.h"
#include "drivers/scpi/vxi11_interrupt.h"

namespace acq::scpi {

struct Vxi11Settings {
  std::string name;
  std::function<Result<std::unique_ptr<ByteStream>>(std::uint16_t port, const Until&)> connect;
  std::string device = "inst0";
  std::uint16_t core_port = 0;                  // 0: the port mapper knows
  std::uint16_t mapper_port = kPortMapperPort;  // where to ask for it
  // Our address as the instrument sees it, for service requests; 0: none, and there are none.
  std::function<std::uint32_t()> local_ipv4 = {};
};

class Vxi11Link final : public Link {
 public:
  static Result<std::unique_ptr<Vxi11Link>> open(Vxi11Settings settings, const Until& until);
  ~Vxi11Link() override;

  [[nodiscard]] std::string_view name() const noexcept override { return settings_.name; }
  [[nodiscard]] bool marks_end() const noexcept override { return true; }
  Result<void> write(std::string_view message, const Until& until) override;
  Result<Piece> read(std::span<std::byte> into, const Until& until) override;
  // Aborts what is under way, then clears the device; a new link where that fails.
  Result<void> clear(const Until& until) override;
  Result<std::uint8_t> status_byte(const Until& until) override;
  // Asks the instrument to call over a connection of its own; once is enough.
  Result<void> enable_service_requests(const Until& until) override;
  Result<bool> wait_service_request(const Until& until) override;
  Result<void> trigger(const Until& until) override;
  Result<void> set_remote(bool is_remote, const Until& until) override;

  // The most the instrument takes at once.
  [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }

 private:
  explicit Vxi11Link(Vxi11Settings settings) : settings_(std::move(settings)) {}

  Result<void> connect(const Until& until);
  Result<void> create_link(const Until& until);
  Result<void> abort(const Until& until);
  // A call of the core program: the results behind its error code.
  Result<XdrReader> call(std::uint32_t procedure, const XdrWriter& arguments, const Until& until);
  Result<XdrReader> call_generic(std::uint32_t procedure, const Until& until);

  Vxi11Settings settings_;
  std::unique_ptr<RpcClient> core_;
  std::unique_ptr<Vxi11Interrupt> interrupt_;
  std::uint32_t link_id_ = 0;
  std::uint16_t abort_port_ = 0;
  std::size_t most_bytes_ = 0;
};

}  // namespace acq::scpi
