#include "daemon/captured_driver.h"

#include <algorithm>
#include <type_traits>

#include "daemon/capture_text.h"
#include "proto/crc32c.h"

namespace acq {

void CapturedDriver::listen(std::shared_ptr<Capture> capture) {
  capture_ = std::move(capture);
  wires_.reset();
  if (capture_) wires_.emplace(system_wires(), capture_);
}

template <typename Call>
auto CapturedDriver::listened(DriverCall call, std::span<const std::byte> bytes, Call run) {
  if (!capture_) return run();
  const WiresScope scope(*wires_);
  capture_->note(call, {}, bytes);
  if constexpr (std::is_void_v<decltype(run())>) {
    run();
    capture_->note(DriverCall::kDone, {});
  } else {
    auto done = run();
    const std::string_view why = done ? std::string_view() : done.error().sentence;
    capture_->note(DriverCall::kDone, {}, std::as_bytes(std::span(why)),
                   done ? Code::kOk : done.error().code);
    return done;
  }
}

Result<InstrumentInfo> CapturedDriver::open(const Params& params) {
  if (capture_ && capture_->is_over()) listen(nullptr);
  return listened(DriverCall::kOpen, {}, [&] { return driver_->open(params); });
}

Result<void> CapturedDriver::start() {
  return listened(DriverCall::kStart, {}, [&] { return driver_->start(); });
}

Result<ReadOutcome> CapturedDriver::read(Packet& packet, std::int64_t deadline_ns,
                                         const std::stop_token& stop) {
  if (!capture_) return driver_->read(packet, deadline_ns, stop);
  const WiresScope scope(*wires_);
  const std::int64_t wait_ns = std::max<std::int64_t>(deadline_ns - clock_.now_ns(), 0);
  capture_->note(DriverCall::kRead, {packet.capacity_bytes, static_cast<std::uint64_t>(wait_ns)});
  auto outcome = driver_->read(packet, deadline_ns, stop);
  if (!outcome) {
    capture_->note(DriverCall::kDone, {}, std::as_bytes(std::span(outcome.error().sentence)),
                   outcome.error().code);
  } else if (*outcome == ReadOutcome::kPacket) {
    note_packet(packet);
  } else {
    capture_->note(*outcome == ReadOutcome::kNothing ? DriverCall::kNothing : DriverCall::kEnd, {});
  }
  return outcome;
}

void CapturedDriver::note_packet(const Packet& packet) noexcept {
  if (capture_->is_over()) return;
  const std::span<const std::byte> samples(packet.samples, packet.size_bytes());
  capture_->note(DriverCall::kPacket,
                 {packet.stream, packet.count, packet.gap_before.samples, crc32c(samples)});
}

void CapturedDriver::stop() {
  listened(DriverCall::kStop, {}, [&] { driver_->stop(); });
}

void CapturedDriver::close() {
  listened(DriverCall::kClose, {}, [&] { driver_->close(); });
}

Result<void> CapturedDriver::set(const Params& params) {
  const std::string text = capture_ ? to_json(params.values()) : std::string();
  return listened(DriverCall::kSet, std::as_bytes(std::span(text)),
                  [&] { return driver_->set(params); });
}

}  // namespace acq
