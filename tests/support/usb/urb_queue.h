// What a program has asked of an emulated device, with the rules of Linux' usbfs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tests/support/usb/faults.h"
#include "tests/support/usb/model.h"

namespace acq::emu {

// A transfer. `id` is what the program knows it by, `owner` the open file it belongs to.
struct Urb {
  std::uint64_t id = 0;
  const void* owner = nullptr;
  std::uint8_t endpoint = 0;
  std::size_t length = 0;            // of the data; without the 8 bytes of a control request
  std::uint64_t buffer = 0;          // where its data go, for whoever places them
  std::vector<std::byte> out_bytes;  // as they were when it was submitted
  std::optional<Setup> setup;        // of a control request
  bool is_short_an_error = false;
  std::int64_t submitted_ns = 0;

  std::size_t moved = 0;
  int status = 0;  // 0 or a negative errno, as usbfs reports it
};

// Transfers end in order on each endpoint. Discarded: -ENOENT, with what the oldest had received.
// Stalled: -EPIPE, and the endpoint takes no more until its halt is cleared; the others stay under
// way. Unplugged: what is under way ends with -ESHUTDOWN and can still be reaped, then comes ENODEV.
// All transfers together may take `memory_limit_bytes`. One plugging-in is one queue.
//
// As a host controller does, a transfer that waits takes what the device makes when it is made, however
// late somebody comes to pump: only while no transfer waits does a device have to keep its bytes.
//
// Threads: one at a time.
class UrbQueue {
 public:
  // Puts bytes where the program wants them; the transfer is not yet reaped.
  using Place = std::function<void(const Urb&, std::span<const std::byte>)>;
  static constexpr std::size_t kMemoryLimit_bytes = std::size_t{16} << 20;  // usbfs_memory_mb
  static constexpr std::size_t kUrbCost_bytes = 256;

  UrbQueue(Model& model, FaultPlan& faults, Place place)
      : model_(model), faults_(faults), place_(std::move(place)) {}

  // 0, or the errno the program gets.
  int submit(Urb urb, std::int64_t now_ns);
  int discard(const void* owner, std::uint64_t id, std::int64_t now_ns);
  std::optional<Urb> reap(const void* owner);
  [[nodiscard]] bool has_ended(const void* owner) const;
  [[nodiscard]] bool has_ended() const { return !ended_.empty(); }
  [[nodiscard]] std::size_t under_way() const;
  // The open file was closed: its transfers are forgotten.
  void drop(const void* owner);

  // Ends whatever can end now.
  void pump(std::int64_t now_ns);
  [[nodiscard]] std::int64_t next_event_ns(std::int64_t now_ns) const;
  // How long, in all, no transfer waited on an endpoint because pump() came late and had not ended
  // those that were full: what a device lost then was not the program's fault.
  [[nodiscard]] std::int64_t starved_ns() const { return starved_ns_; }

  // The cable is half out: everything ends with -EPROTO, also what is still submitted.
  void fail_everything();
  void unplug();
  [[nodiscard]] bool is_plugged() const { return is_plugged_; }
  // A fault has pulled the device out; the front end has to see to the rest.
  [[nodiscard]] bool has_vanished() const { return has_vanished_; }

  std::size_t memory_limit_bytes = kMemoryLimit_bytes;

 private:
  using Waiting = std::list<Urb>;

  void pump_endpoint(std::uint8_t endpoint, Waiting& waiting, std::int64_t now_ns);
  // Whether the oldest transfer ended. At the time it was full, or now.
  bool end_oldest(Urb& urb, std::int64_t now_ns);
  bool try_one(Urb& urb, std::int64_t now_ns);
  Moved ask(Urb& urb, std::size_t most, std::int64_t now_ns);
  bool end_with_fault(Urb& urb, const Fault& fault, std::int64_t now_ns);
  void deliver(Urb& urb, std::span<const std::byte> bytes);
  void end_all(int status);
  // Callers read the clock before they have the queue to themselves: time does not go back for the
  // model.
  std::int64_t forward(std::int64_t now_ns) { return latest_ns_ = std::max(latest_ns_, now_ns); }
  [[nodiscard]] static std::size_t cost(const Urb& urb) { return urb.length + kUrbCost_bytes; }

  Model& model_;
  FaultPlan& faults_;
  Place place_;
  std::vector<std::byte> stage_;
  std::map<std::uint8_t, Waiting> waiting_;
  std::list<Urb> ended_;
  std::map<std::uint8_t, std::int64_t> held_until_ns_;
  std::int64_t latest_ns_ = 0;  // the model's
  std::int64_t starved_ns_ = 0;
  std::size_t memory_bytes_ = 0;
  std::uint64_t refusals_left_ = 0;
  bool is_plugged_ = true;
  bool is_failing_ = false;
  bool has_vanished_ = false;
};

}  // namespace acq::emu
