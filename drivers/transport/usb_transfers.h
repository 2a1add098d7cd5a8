// The transfers of one endpoint, between the thread that submits them and libusb's event thread.
#pragma once

#include <libusb.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "drivers/transport/usb.h"

namespace acq::usb {

// A fixed number of libusb transfers with their memory, and the queue of those that came back. The
// open device shares it with the pipe and keeps it until the handle is closed: only then has the
// kernel let go of the memory for certain.
//
// Threads: the pipe's own; back() the event thread.
class TransferSet {
 public:
  TransferSet(libusb_device_handle* handle, const Endpoint& endpoint, std::size_t count,
              std::size_t bytes);
  ~TransferSet();
  TransferSet(const TransferSet&) = delete;
  TransferSet& operator=(const TransferSet&) = delete;

  [[nodiscard]] std::span<Transfer> transfers() noexcept { return transfers_; }
  Result<void> submit(Transfer& transfer);
  Transfer* take(const Until& until);
  void cancel();
  // Cancels, and waits until nothing is under way; but not for a kernel that never answers.
  void retire();
  [[nodiscard]] bool is_idle();

 private:
  static void LIBUSB_CALL came_back(libusb_transfer* raw) noexcept;
  void back(libusb_transfer* raw) noexcept;
  [[nodiscard]] Transfer& transfer_of(const libusb_transfer* raw) noexcept;

  libusb_device_handle* handle_;
  Endpoint endpoint_;
  std::unique_ptr<std::byte[]> memory_;
  std::vector<Transfer> transfers_;
  std::vector<libusb_transfer*> raw_;  // of each transfer

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Transfer*> done_;  // a ring: oldest at first_done_
  std::size_t first_done_ = 0;
  std::size_t done_count_ = 0;
  std::size_t under_way_ = 0;  // with libusb
};

}  // namespace acq::usb
