// One emulated device for unmodified libusb programs: its entry in sysfs, its node, and the ioctls
// that Linux' usbfs answers.
#pragma once

#include <sys/types.h>
#include <umockdev.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/usb/device_node.h"
#include "tests/support/usb/urb_queue.h"

namespace acq::emu {

// Data and transfers are read and written in the memory of the program under test, process
// `program`, which has to be the emulator's own child: no copies through umockdev's socket.
//
// Threads: any; umockdev answers ioctls on a thread of its own.
class MockDevice {
 public:
  struct Place {
    int bus = 1;
    int port = 1;
  };
  struct Host {
    UMockdevTestbed* testbed = nullptr;
    std::string root;  // of the fake /dev
    NodeKind node = NodeKind::kFifo;
    std::size_t usbfs_bytes = UrbQueue::kMemoryLimit_bytes;
    std::atomic<pid_t>* program = nullptr;
    std::function<void()> wake;  // something may be due earlier now
  };

  MockDevice(Host host, Place place, std::unique_ptr<Model> model);
  ~MockDevice() = default;
  MockDevice(const MockDevice&) = delete;
  MockDevice& operator=(const MockDevice&) = delete;

  // Appears at address `number` of its bus, and everybody is told; as its successor, when it has
  // become one.
  void plug(int number);
  // How leaving shows, in steps that a host may see in any order.
  void fail_everything();  // transfers end with -EPROTO, also new ones
  void disconnect();       // transfers end with -ESHUTDOWN, calls with ENODEV
  void announce_left();    // the uevent, and sysfs forgets it
  // What of the two last has not happened yet.
  void unplug();
  [[nodiscard]] bool is_plugged() const noexcept { return base_ != nullptr; }
  // One of the steps was done, and not yet all.
  [[nodiscard]] bool is_leaving() const noexcept { return is_plugged() && is_leaving_; }
  [[nodiscard]] int number() const noexcept { return number_; }

  void add_fault(const Fault& fault);
  // What the model says to a test's words; to "starved", how many ns no transfer waited because the
  // emulator was late since it was plugged in; to "waited", how many ns its threads had no processor.
  std::string tell(std::string_view words);
  // Ends what is due. Returns when to come again.
  std::int64_t pump(std::int64_t now_ns);
  // A fault has pulled it out, or it leaves to come back as its successor.
  [[nodiscard]] bool has_vanished();
  [[nodiscard]] bool wants_to_change();

 private:
  // From one plugging-in to the next; programs that have it open keep it.
  struct Session {
    std::unique_ptr<UrbQueue> queue;
    std::unique_ptr<DeviceNode> node;
    std::map<std::uint32_t, const void*> claimed;
  };

  static void opened(UMockdevIoctlBase* base, UMockdevIoctlClient* client, MockDevice* self);
  static gboolean called(UMockdevIoctlBase* base, UMockdevIoctlClient* client, MockDevice* self);
  void closed(const void* client);

  // Each answers one ioctl: 0 or an errno.
  int handle(Session& session, UMockdevIoctlClient* client);
  static int capabilities(UMockdevIoctlData* argument);
  static int claim(Session& session, const void* client, std::uint32_t interface);
  static int release(Session& session, const void* client, std::uint32_t interface);
  int clear_halt(Session& session, std::uint8_t endpoint);
  int submit(Session& session, const void* client, std::uint64_t urb_address);
  int reap(Session& session, const void* client, std::uint64_t where_address);
  bool read_memory(std::uint64_t address, void* into, std::size_t size) const;
  bool write_memory(std::uint64_t address, const void* from, std::size_t size) const;
  [[nodiscard]] std::string sysfs_entry() const;
  [[nodiscard]] std::string interface_path(const usb::Interface& interface) const;
  void add_interfaces();

  Host host_;
  Place place_;
  std::string device_path_;  // "bus/usb/001/002"
  std::string sysfs_path_;
  int number_ = 0;
  UMockdevIoctlBase* base_ = nullptr;
  bool is_announced_ = false;
  bool is_leaving_ = false;

  std::mutex mutex_;
  FaultPlan faults_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Model> successor_;
  std::shared_ptr<Session> session_;
  std::map<const void*, std::shared_ptr<Session>> clients_;
};

}  // namespace acq::emu
