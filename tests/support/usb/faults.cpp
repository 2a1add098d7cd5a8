#include "tests/support/usb/faults.h"

#include <array>
#include <sstream>
#include <string>
#include <utility>

namespace acq::emu {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 10> kKinds{{
    {"stall", FaultKind::kStall},
    {"protocol", FaultKind::kProtocol},
    {"overflow", FaultKind::kOverflow},
    {"cut", FaultKind::kCut},
    {"garbage", FaultKind::kGarbage},
    {"flip", FaultKind::kFlip},
    {"delay", FaultKind::kDelay},
    {"no_memory", FaultKind::kNoMemory},
    {"drop", FaultKind::kDrop},
    {"vanish", FaultKind::kVanish},
}};

bool is_no_transfer(FaultKind kind) {
  return kind == FaultKind::kDelay || kind == FaultKind::kNoMemory;
}

}  // namespace

void FaultPlan::add(Fault fault) {
  fault.first += ended(fault.endpoint);
  faults_.push_back(fault);
}

std::optional<Fault> FaultPlan::hit(std::uint8_t endpoint) {
  const std::uint64_t number = ended_[endpoint];
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->endpoint != endpoint || number < fault->first ||
        number - fault->first >= fault->times) {
      continue;
    }
    const Fault found = *fault;
    if (is_no_transfer(found.kind)) {
      faults_.erase(fault);
    } else {
      ++ended_[endpoint];
    }
    return found;
  }
  return {};
}

std::uint64_t FaultPlan::ended(std::uint8_t endpoint) const {
  const auto found = ended_.find(endpoint);
  return found == ended_.end() ? 0 : found->second;
}

Result<Fault> parse_fault(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string kind;
  unsigned endpoint = 0;
  Fault fault;
  words >> kind >> std::hex >> endpoint >> std::dec >> fault.first;
  bool is_kind = false;
  for (const auto& [name, value] : kKinds) {
    if (name != kind) continue;
    fault.kind = value;
    is_kind = true;
  }
  if (!words || !is_kind || endpoint > 0xff)
    return fail(Code::kInvalid, quote(text) + " is no fault", {}, "KIND 0xEP FIRST");
  fault.endpoint = static_cast<std::uint8_t>(endpoint);
  std::string word;
  while (words >> word) {
    std::uint64_t value = 0;
    if (!(words >> value)) return fail(Code::kInvalid, "no number after " + quote(word));
    if (word == "times") {
      fault.times = value;
    } else if (word == "amount") {
      fault.amount = value;
    } else {
      return fail(Code::kInvalid, quote(word), {}, "times, amount");
    }
  }
  return fault;
}

}  // namespace acq::emu
