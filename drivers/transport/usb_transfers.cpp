#include "drivers/transport/usb_transfers.h"

#include <chrono>
#include <new>

#include "drivers/transport/usb_libusb.h"
#include "dsp/base/clock.h"

namespace acq::usb {
namespace {

constexpr std::int64_t kRetire_ns = 2'000'000'000;

std::chrono::steady_clock::time_point time_point(std::int64_t monotonic_ns) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(monotonic_ns));
}

TransferEnd end_of(libusb_transfer_status status) noexcept {
  switch (status) {
    case LIBUSB_TRANSFER_COMPLETED: return TransferEnd::kDone;
    case LIBUSB_TRANSFER_TIMED_OUT:
    case LIBUSB_TRANSFER_CANCELLED: return TransferEnd::kCancelled;
    case LIBUSB_TRANSFER_STALL: return TransferEnd::kStall;
    case LIBUSB_TRANSFER_NO_DEVICE: return TransferEnd::kGone;
    case LIBUSB_TRANSFER_OVERFLOW: return TransferEnd::kBabble;
    case LIBUSB_TRANSFER_ERROR: break;
  }
  return TransferEnd::kError;
}

unsigned char type_of(TransferType type) noexcept {
  switch (type) {
    case TransferType::kControl: return LIBUSB_TRANSFER_TYPE_CONTROL;
    case TransferType::kInterrupt: return LIBUSB_TRANSFER_TYPE_INTERRUPT;
    case TransferType::kIsochronous:
    case TransferType::kBulk: break;
  }
  return LIBUSB_TRANSFER_TYPE_BULK;
}

}  // namespace

TransferSet::TransferSet(libusb_device_handle* handle, const Endpoint& endpoint, std::size_t count,
                         std::size_t bytes)
    : handle_(handle),
      endpoint_(endpoint),
      memory_(new std::byte[count * bytes]),
      transfers_(count),
      raw_(count),
      done_(count) {
  for (std::size_t i = 0; i < count; ++i) {
    transfers_[i].memory = {memory_.get() + i * bytes, bytes};
    raw_[i] = libusb_alloc_transfer(0);
    if (raw_[i] == nullptr) throw std::bad_alloc();
  }
}

TransferSet::~TransferSet() {
  for (libusb_transfer* raw : raw_) libusb_free_transfer(raw);
}

Transfer& TransferSet::transfer_of(const libusb_transfer* raw) noexcept {
  std::size_t i = 0;
  while (raw_[i] != raw) ++i;
  return transfers_[i];
}

Result<void> TransferSet::submit(Transfer& transfer) {
  const auto i = static_cast<std::size_t>(&transfer - transfers_.data());
  ACQ_CHECK(i < transfers_.size() && !transfer.is_under_way);
  ACQ_CHECK(transfer.request_bytes <= transfer.memory.size());
  libusb_transfer* const raw = raw_[i];
  raw->dev_handle = handle_;
  raw->flags = 0;
  raw->endpoint = endpoint_.address;
  raw->type = type_of(endpoint_.type);
  raw->timeout = 0;  // deadlines are kept by take() and cancel()
  raw->length = static_cast<int>(transfer.request_bytes);
  raw->buffer = reinterpret_cast<unsigned char*>(transfer.memory.data());
  raw->callback = &TransferSet::came_back;
  raw->user_data = this;
  const std::scoped_lock lock(mutex_);
  const int error = libusb_submit_transfer(raw);
  if (error != LIBUSB_SUCCESS) return usb_failure(error, "starting a transfer");
  transfer.is_under_way = true;
  ++under_way_;
  return {};
}

Transfer* TransferSet::take(const Until& until) {
  std::unique_lock lock(mutex_);
  const auto is_over = [this] { return done_count_ > 0 || under_way_ == 0; };
  changed_.wait_until(lock, until.stop, time_point(until.deadline_ns), is_over);
  if (done_count_ == 0) return nullptr;
  Transfer* const transfer = done_[first_done_];
  first_done_ = (first_done_ + 1) % done_.size();
  --done_count_;
  transfer->is_under_way = false;
  return transfer;
}

void TransferSet::cancel() {
  const std::scoped_lock lock(mutex_);
  // The newest first: what the older ones still receive stays in order.
  for (std::size_t i = raw_.size(); i-- > 0;)
    if (transfers_[i].is_under_way) libusb_cancel_transfer(raw_[i]);
}

void TransferSet::retire() {
  cancel();
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time_point(system_clock().now_ns() + kRetire_ns),
                      [this] { return under_way_ == 0; });
}

bool TransferSet::is_idle() {
  const std::scoped_lock lock(mutex_);
  return under_way_ == 0;
}

void LIBUSB_CALL TransferSet::came_back(libusb_transfer* raw) noexcept {
  static_cast<TransferSet*>(raw->user_data)->back(raw);
}

void TransferSet::back(libusb_transfer* raw) noexcept {
  const std::int64_t now_ns = system_clock().now_ns();
  {
    const std::scoped_lock lock(mutex_);
    Transfer& transfer = transfer_of(raw);
    transfer.size_bytes = static_cast<std::size_t>(raw->actual_length);
    transfer.end = end_of(raw->status);
    transfer.ended_ns = now_ns;
    done_[(first_done_ + done_count_) % done_.size()] = &transfer;
    ++done_count_;
    --under_way_;
  }
  changed_.notify_one();
}

}  // namespace acq::usb
