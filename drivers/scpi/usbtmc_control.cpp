#include "drivers/scpi/usbtmc_control.h"

#include <algorithm>
#include <array>
#include <string>

#include "drivers/transport/usb_exchange.h"

namespace acq::scpi::usbtmc {
namespace {

enum Request : std::uint8_t {
  kInitiateAbortOut = 1,
  kCheckAbortOut = 2,
  kInitiateAbortIn = 3,
  kCheckAbortIn = 4,
  kInitiateClear = 5,
  kCheckClear = 6,
  kGetCapabilities = 7,
  kIndicatorPulse = 64,
  kReadStatusByte = 128,
  kRenControl = 160,
  kGoToLocal = 161,
  kLocalLockout = 162,
};
constexpr std::uint8_t kOfInterface = 0xA1;  // class request, device to host
constexpr std::uint8_t kOfEndpoint = 0xA2;
constexpr std::size_t kCapabilitiesBytes = 24;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kPoll_ns = 10 * kMillisecond;
constexpr std::int64_t kQuiet_ns = 50 * kMillisecond;
// An instrument that never ends a transfer short is not followed for ever.
constexpr int kMostDrains = 1000;

std::string name_of(std::uint8_t request) {
  return "USBTMC request " + std::to_string(request);
}

}  // namespace

Control::Control(usb::Device& device, const usb::Interface& interface, usb::Pipe& in,
                 usb::Pipe& out, const Clock& clock)
    : device_(device), interface_(interface.number), in_(in), out_(out), clock_(clock) {}

Result<Answer> Control::ask(To whom, std::uint8_t request, std::uint16_t value, std::size_t size,
                            const Until& until) {
  std::array<std::byte, 8> raw{};
  ACQ_CHECK(size <= raw.size());
  const std::uint8_t type = whom == To::kInterface ? kOfInterface : kOfEndpoint;
  const std::uint16_t index = whom == To::kInterface ? interface_
                              : whom == To::kIn      ? in_.endpoint().address
                                                     : out_.endpoint().address;
  const auto moved =
      device_.control({type, request, value, index}, std::span(raw).first(size), until);
  if (!moved) return tl::unexpected(moved.error());
  if (*moved == 0) return fail(Code::kIo, "an empty answer to " + name_of(request));
  return Answer{static_cast<Status>(raw[0]),
                *moved > 1 ? std::to_integer<std::uint8_t>(raw[1]) : std::uint8_t{0},
                *moved > 2 ? std::to_integer<std::uint8_t>(raw[2]) : std::uint8_t{0}};
}

Result<void> Control::command(std::uint8_t request, std::uint16_t value, const Until& until) {
  const auto answer = ask(To::kInterface, request, value, 1, until);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == Status::kSuccess) return {};
  return fail(Code::kIo, name_of(request) + " failed with status " +
                             std::to_string(static_cast<unsigned>(answer->status)));
}

Result<Capabilities> Control::capabilities(const Until& until) {
  std::array<std::byte, kCapabilitiesBytes> raw{};
  const auto moved = device_.control({kOfInterface, kGetCapabilities, 0, interface_}, raw, until);
  if (!moved) return tl::unexpected(moved.error());
  if (*moved < raw.size() || static_cast<Status>(raw[0]) != Status::kSuccess)
    return fail(Code::kIo, "the instrument does not tell its USBTMC capabilities");
  const auto bit = [&](std::size_t at, unsigned number) {
    return (std::to_integer<unsigned>(raw[at]) >> number & 1U) != 0;
  };
  Capabilities can;
  can.is_listen_only = bit(4, 0);
  can.is_talk_only = bit(4, 1);
  can.has_indicator = bit(4, 2);
  can.takes_terminator = bit(5, 0);
  can.has_trigger = bit(14, 0);
  can.has_remote = bit(14, 1);
  can.is_488 = bit(14, 2);
  can.has_service_request = bit(15, 2);
  can.is_scpi = bit(15, 3);
  return can;
}

Result<void> Control::drain(const Until& until) {
  const std::size_t bytes = in_.transfers().front().memory.size();
  for (int i = 0; i < kMostDrains; ++i) {
    const std::int64_t quiet_ns = std::min(until.deadline_ns, clock_.now_ns() + kQuiet_ns);
    const auto got = usb::exchange(in_, bytes, {quiet_ns, until.stop}, clock_);
    if (!got) return tl::unexpected(got.error());
    switch ((*got)->end) {
      case usb::TransferEnd::kDone:
        if ((*got)->size_bytes < bytes) return {};
        break;
      case usb::TransferEnd::kGone: return fail(Code::kDisconnected, "the instrument is gone");
      case usb::TransferEnd::kStall: return device_.clear_halt(in_.endpoint());
      case usb::TransferEnd::kCancelled:
      case usb::TransferEnd::kError:
      case usb::TransferEnd::kBabble: return {};
    }
    if (clock_.now_ns() >= until.deadline_ns) break;
  }
  return fail(Code::kTimeout, "the instrument does not stop sending");
}

Result<void> Control::follow(To whom, std::uint8_t check, const Until& until) {
  for (;;) {
    const std::size_t size = check == kCheckClear ? 2 : 8;
    const auto answer = ask(whom, check, 0, size, until);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == Status::kSuccess) return {};
    if (answer->status != Status::kPending) {
      return fail(Code::kIo, name_of(check) + " says status " +
                                 std::to_string(static_cast<unsigned>(answer->status)));
    }
    const bool has_data = check != kCheckAbortOut && (answer->detail & 1) != 0;
    if (has_data) {
      if (const auto drained = drain(until); !drained) return drained;
    } else {
      clock_.sleep_until(std::min(clock_.now_ns() + kPoll_ns, until.deadline_ns), until.stop);
    }
    if (clock_.now_ns() >= until.deadline_ns || until.stop.stop_requested())
      return fail(Code::kTimeout, "the instrument does not finish " + name_of(check));
  }
}

Result<void> Control::abort_in(std::uint8_t tag, const Until& until) {
  const auto started = ask(To::kIn, kInitiateAbortIn, tag, 2, until);
  if (!started) return tl::unexpected(started.error());
  if (started->status == Status::kFailed) return {};  // nothing was under way
  // Not in progress: another transfer is, which has to be read too.
  if (const auto drained = drain(until); !drained) return drained;
  if (started->status != Status::kSuccess) return {};
  return follow(To::kIn, kCheckAbortIn, until);
}

Result<void> Control::abort_out(std::uint8_t tag, const Until& until) {
  const auto started = ask(To::kOut, kInitiateAbortOut, tag, 2, until);
  if (!started) return tl::unexpected(started.error());
  if (started->status != Status::kSuccess) return {};  // nothing was under way
  if (const auto done = follow(To::kOut, kCheckAbortOut, until); !done) return done;
  return device_.clear_halt(out_.endpoint());
}

Result<void> Control::clear(const Until& until) {
  if (const auto started = command(kInitiateClear, 0, until); !started) return started;
  if (const auto done = follow(To::kInterface, kCheckClear, until); !done) return done;
  return device_.clear_halt(out_.endpoint());
}

Result<Answer> Control::read_status_byte(std::uint8_t tag, const Until& until) {
  return ask(To::kInterface, kReadStatusByte, tag, 3, until);
}

Result<void> Control::indicate(const Until& until) {
  return command(kIndicatorPulse, 0, until);
}

Result<void> Control::enable_remote(bool is_on, const Until& until) {
  return command(kRenControl, is_on ? 1 : 0, until);
}

Result<void> Control::go_to_local(const Until& until) {
  return command(kGoToLocal, 0, until);
}

Result<void> Control::lock_out_local(const Until& until) {
  return command(kLocalLockout, 0, until);
}

}  // namespace acq::scpi::usbtmc
