// A driver whose calls and wires can be listened to.
#pragma once

#include <memory>
#include <optional>

#include "daemon/capture.h"
#include "drivers/driver.h"

namespace acq {

// The driver itself, until a capture is given to it: from the next open() on everything it is
// called for, and everything on its wires, is noted there.
class CapturedDriver final : public Driver {
 public:
  CapturedDriver(std::unique_ptr<Driver> driver, const Clock& clock)
      : driver_(std::move(driver)), clock_(clock) {}

  // While the driver is closed.
  void listen(std::shared_ptr<Capture> capture);

  Result<InstrumentInfo> open(const Params& params) override;
  Result<void> start() override;
  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override;
  void stop() override;
  void close() override;
  Result<void> set(const Params& params) override;
  [[nodiscard]] Table in_force() const override { return driver_->in_force(); }
  [[nodiscard]] Replayed take_replayed() override { return driver_->take_replayed(); }
  [[nodiscard]] Gap tail_loss(std::uint32_t stream) const override {
    return driver_->tail_loss(stream);
  }

 private:
  template <typename Call>
  auto listened(DriverCall call, std::span<const std::byte> bytes, Call run);
  void note_packet(const Packet& packet) noexcept;

  std::unique_ptr<Driver> driver_;
  const Clock& clock_;
  std::shared_ptr<Capture> capture_;  // none: not listened to
  std::optional<TappedWires> wires_;
};

}  // namespace acq
