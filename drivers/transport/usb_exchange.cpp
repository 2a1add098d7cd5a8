#include "drivers/transport/usb_exchange.h"

namespace acq::usb {
namespace {

constexpr std::int64_t kCancel_ns = 1'000'000'000;

}  // namespace

Result<const Transfer*> exchange(Pipe& pipe, std::size_t bytes, const Until& until,
                                 const Clock& clock) {
  Transfer& transfer = pipe.transfers().front();
  if (transfer.is_under_way) return fail(Code::kIo, "a USB transfer never came back");
  transfer.request_bytes = bytes;
  if (const auto started = pipe.submit(transfer); !started) return tl::unexpected(started.error());
  if (pipe.take(until) != nullptr) return &transfer;
  pipe.cancel();
  if (pipe.take({clock.now_ns() + kCancel_ns}) != nullptr) return &transfer;
  return fail(Code::kIo, "a USB transfer never came back");
}

}  // namespace acq::usb
