#include "drivers/scpi/usbtmc_notices.h"

#include <algorithm>
#include <utility>

namespace acq::scpi::usbtmc {
namespace {

// Two, so that a notice behind another is not lost while that is being looked at.
constexpr std::size_t kTransfers = 2;
constexpr unsigned kStatusBit = 0x80;
constexpr std::uint8_t kServiceRequestTag = 1;
constexpr int kMostErrors = 8;

}  // namespace

Result<std::unique_ptr<Notices>> Notices::open(usb::Device& device, const usb::Endpoint& endpoint) {
  const std::size_t bytes = std::max<std::size_t>(endpoint.packet_bytes, 2);
  auto pipe = device.open_pipe(endpoint, kTransfers, bytes);
  if (!pipe) return tl::unexpected(pipe.error());
  std::unique_ptr<Notices> notices(new Notices(device, std::move(*pipe)));
  if (const auto listening = notices->listen(); !listening)
    return tl::unexpected(listening.error());
  return notices;
}

Result<void> Notices::listen() {
  for (usb::Transfer& transfer : pipe_->transfers()) {
    if (transfer.is_under_way) continue;
    transfer.request_bytes = transfer.memory.size();
    if (const auto started = pipe_->submit(transfer); !started) return started;
  }
  return {};
}

void Notices::forget() noexcept {
  is_requested_ = false;
  tag_ = 0;
}

Result<bool> Notices::take(const Until& until) {
  if (const auto listening = listen(); !listening) return tl::unexpected(listening.error());
  const usb::Transfer* const transfer = pipe_->take(until);
  if (transfer == nullptr) return false;
  if (transfer->end == usb::TransferEnd::kGone || device_.is_gone())
    return fail(Code::kDisconnected, "the instrument is gone");
  if (transfer->end != usb::TransferEnd::kDone && ++errors_ > kMostErrors)
    return fail(Code::kIo, "the instrument's interrupt endpoint does not work");
  if (transfer->end == usb::TransferEnd::kStall) {
    if (const auto cleared = device_.clear_halt(pipe_->endpoint()); !cleared)
      return tl::unexpected(cleared.error());
  }
  if (transfer->end != usb::TransferEnd::kDone) return true;
  errors_ = 0;
  if (transfer->size_bytes < 2) return true;
  const auto first = std::to_integer<unsigned>(transfer->memory[0]);
  if ((first & kStatusBit) == 0) return true;  // of the vendor's own
  const auto tag = static_cast<std::uint8_t>(first & ~kStatusBit);
  if (tag == kServiceRequestTag) {
    is_requested_ = true;
  } else {
    tag_ = tag;
    status_byte_ = std::to_integer<std::uint8_t>(transfer->memory[1]);
  }
  return true;
}

Result<std::uint8_t> Notices::status_byte(std::uint8_t tag, const Until& until) {
  for (;;) {
    if (tag_ == tag) {
      tag_ = 0;
      return status_byte_;
    }
    const Result<bool> more = take(until);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return fail(Code::kTimeout, "the instrument does not tell its status byte");
  }
}

Result<bool> Notices::service_request(const Until& until) {
  for (;;) {
    if (std::exchange(is_requested_, false)) return true;
    const Result<bool> more = take(until);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return false;
  }
}

}  // namespace acq::scpi::usbtmc
