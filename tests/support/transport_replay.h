// Plays a captured session to a driver, event by event.
#pragma once

#include <cstdint>
#include <string>

#include "drivers/driver.h"
#include "drivers/transport/wires.h"
#include "tests/support/transport_capture.h"

namespace acq::test {

// The events of a capture, used up one after the other; the clock follows them. The first use that
// is not the next event ends it: from there on everything is kDisconnected, and difference() says
// what was expected. So does the end of the capture, which is no difference.
class ReplayScript {
 public:
  // `clock` is set a day ahead of the machine's: what asks the machine whether a deadline of the
  // session has come hears that it has not.
  ReplayScript(TransportCapture capture, FakeClock& clock);

  // The next event, if it is this act on this wire; null once it is over.
  const CapturedEvent* next(std::uint32_t wire, std::string_view act);
  // The same for acts that begin a wire.
  const CapturedEvent* next(std::string_view act);
  // The event that next() would give, not yet used; null at the end.
  [[nodiscard]] const CapturedEvent* peek() const noexcept;
  void differs(const CapturedEvent& event, const std::string& what);

  // When the last event that was used was over, as the driver's clock tells.
  [[nodiscard]] std::int64_t now_ns() const { return clock_.now_ns(); }
  [[nodiscard]] bool is_over() const noexcept { return peek() == nullptr; }
  [[nodiscard]] const std::string& difference() const noexcept { return difference_; }
  [[nodiscard]] const TransportCapture& capture() const noexcept { return capture_; }

 private:
  const CapturedEvent* use();

  TransportCapture capture_;
  FakeClock& clock_;
  std::int64_t begin_ns_;
  std::size_t next_ = 0;
  std::string difference_;
};

// The seam of all transports over a script. Outlives what it makes.
class ReplayWires final : public Wires {
 public:
  explicit ReplayWires(ReplayScript& script) : script_(script) {}
  Result<std::unique_ptr<ByteStream>> tcp(const HostPort& address, const Until& until) override;
  Result<std::unique_ptr<ByteStream>> serial(const std::string& path,
                                             const SerialSettings& settings) override;
  Result<std::shared_ptr<usb::Bus>> usb() override;

 private:
  Result<std::unique_ptr<ByteStream>> stream(std::string_view act, const std::string& peer);
  ReplayScript& script_;
};

std::shared_ptr<usb::Bus> replay_bus(ReplayScript& script, std::uint32_t wire);

// What a driver made of a capture.
struct Replayed {
  std::uint64_t packets = 0;
  std::uint64_t samples = 0;
  std::string difference;  // empty: it sent the same bytes and gave the same packets
};

// Calls the driver of a capture as the daemon did.
Replayed replay(TransportCapture capture);

}  // namespace acq::test
