// The seam drivers/transport/usb.h over emulated devices, in one process; in virtual time with a
// FakeClock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"
#include "tests/support/usb/urb_queue.h"

namespace acq::emu {

// Devices get the ports 1-1, 1-2 ... in the order they are added. Time passes only while somebody
// waits: for the next thing that happens, at most up to the deadline.
//
// Threads: one.
class FakeBus final : public usb::Bus {
 public:
  explicit FakeBus(const Clock& clock) : clock_(clock) {}

  // Adds a device and plugs it in. Returns its number, from 0.
  std::size_t add(std::unique_ptr<Model> model);
  void plug(std::size_t device);
  // Everything at once: what is under way ends, and the departure is told.
  void unplug(std::size_t device);
  // The same in steps, for any order.
  void fail_everything(std::size_t device);
  void disconnect(std::size_t device);
  void tell_departure(std::size_t device);

  void add_fault(std::size_t device, const Fault& fault);
  [[nodiscard]] Model& model(std::size_t device);
  void set_memory_limit(std::size_t bytes) { memory_limit_bytes_ = bytes; }
  // Another program has claimed what there is.
  void set_taken(std::size_t device, bool is_taken);
  // There is no right to open it.
  void set_forbidden(std::size_t device, bool is_forbidden);
  // Happens when virtual time gets there.
  void at(std::int64_t time_ns, std::function<void()> act);
  [[nodiscard]] std::size_t open_devices() const noexcept { return open_devices_; }

  Result<std::vector<usb::DeviceInfo>> list(const usb::Identity& identity) override;
  Result<std::unique_ptr<usb::Device>> open(const usb::Identity& identity) override;

 private:
  friend class FakeDevice;
  friend class FakePipe;

  // From one plugging-in to the next.
  struct Session {
    std::unique_ptr<UrbQueue> queue;
    bool has_left = false;  // the departure was told
  };
  struct Port {
    std::string path;
    std::unique_ptr<Model> model;
    std::unique_ptr<Model> successor;
    FaultPlan faults;
    std::shared_ptr<Session> session;
    bool is_taken = false;
    bool is_forbidden = false;
  };
  struct Later {
    std::int64_t at_ns;
    std::function<void()> act;
  };

  // Does everything that is due now.
  void work();
  // Lets time pass to the next event, at most to the deadline; false when that has come.
  bool wait(const Until& until);
  Port& port_of(const Session& session);
  [[nodiscard]] usb::DeviceInfo info_of(const Port& port) const;

  const Clock& clock_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<Later> later_;
  std::size_t memory_limit_bytes_ = UrbQueue::kMemoryLimit_bytes;
  std::size_t open_devices_ = 0;
};

}  // namespace acq::emu
