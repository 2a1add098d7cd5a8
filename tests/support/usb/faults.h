// What an emulated device and its cable do wrong, and when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq::emu {

enum class FaultKind : std::uint8_t {
  kStall,     // the endpoint halts, after `amount` bytes
  kProtocol,  // -EPROTO: no answer any more, after `amount` bytes
  kOverflow,  // -EOVERFLOW: babble, after `amount` bytes
  kCut,       // ends after `amount` bytes; what the device sent behind them is lost
  kGarbage,   // every byte replaced
  kFlip,      // one bit of byte `amount`
  kDrop,      // the device sent it, and it never came
  kDelay,     // nothing comes for `amount` ms, and then what the device has by then
  kNoMemory,  // the next `amount` submissions fail with ENOMEM
  kVanish,    // the device is pulled out when this transfer should end
};

// The fault hits the transfers number `first` to `first + times - 1` of an endpoint: those that end
// with data or with a fault, counted from 0 when the fault is added, also across unplugging.
struct Fault {
  FaultKind kind = FaultKind::kStall;
  std::uint8_t endpoint = 0x81;  // 0: control requests
  std::uint64_t first = 0;
  std::uint64_t times = 1;
  std::uint64_t amount = 0;
};

// The faults of one device, and how far it has got. A delay and a lack of memory are no
// transfers: they hit, and are over.
class FaultPlan {
 public:
  void add(Fault fault);
  // What hits the next transfer of this endpoint; that transfer counts as ended.
  std::optional<Fault> hit(std::uint8_t endpoint);
  // The next transfer ended without a fault.
  void passed(std::uint8_t endpoint) { ++ended_[endpoint]; }
  // What was hit has nothing to send yet: it did not end after all.
  void undo(std::uint8_t endpoint) { --ended_[endpoint]; }
  [[nodiscard]] std::uint64_t ended(std::uint8_t endpoint) const;

 private:
  std::vector<Fault> faults_;
  std::map<std::uint8_t, std::uint64_t> ended_;
};

// "stall 0x81 50", "cut 0x82 10 times 3 amount 100": kind, endpoint, first. kInvalid: not a fault.
Result<Fault> parse_fault(std::string_view text);

}  // namespace acq::emu
