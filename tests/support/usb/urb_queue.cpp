#include "tests/support/usb/urb_queue.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace acq::emu {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kLate_ns = kMillisecond;

// Not what any model sends by itself.
void scramble(std::span<std::byte> bytes) {
  std::uint32_t state = 0x9e3779b9;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
}

int status_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kStall: return -EPIPE;
    case FaultKind::kProtocol: return -EPROTO;
    case FaultKind::kOverflow: return -EOVERFLOW;
    case FaultKind::kVanish: return -ESHUTDOWN;
    default: return 0;
  }
}

}  // namespace

int UrbQueue::submit(Urb urb, std::int64_t now_ns) {
  if (!is_plugged_) return ENODEV;
  if (refusals_left_ > 0) {
    --refusals_left_;
    return ENOMEM;
  }
  if (memory_limit_bytes != 0 && memory_bytes_ + cost(urb) > memory_limit_bytes) return ENOMEM;
  memory_bytes_ += cost(urb);
  urb.submitted_ns = now_ns;
  const std::uint8_t endpoint = urb.setup ? 0 : urb.endpoint;
  if (is_failing_) {
    urb.status = -EPROTO;
    ended_.push_back(std::move(urb));
    return 0;
  }
  pump(now_ns);  // what the older ones took before this one asks
  if (!is_plugged_) return ENODEV;
  waiting_[endpoint].push_back(std::move(urb));
  pump(now_ns);
  return 0;
}

int UrbQueue::discard(const void* owner, std::uint64_t id, std::int64_t now_ns) {
  pump(now_ns);
  if (!is_plugged_) return ENODEV;
  for (auto& [endpoint, waiting] : waiting_) {
    const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const Urb& urb) {
      return urb.id == id && urb.owner == owner;
    });
    if (found == waiting.end()) continue;
    // What the oldest has received so far stays in it.
    const bool is_in = !found->setup && (endpoint & 0x80) != 0;
    if (is_in && found == waiting.begin() && !model_.is_halted(endpoint)) {
      if (stage_.size() < found->length) stage_.resize(found->length);
      const Moved moved =
          model_.in_so_far(endpoint, std::span(stage_).first(found->length), forward(now_ns));
      if (moved > 0) deliver(*found, std::span(stage_).first(static_cast<std::size_t>(moved)));
    }
    found->status = -ENOENT;
    ended_.splice(ended_.end(), waiting, found);
    return 0;
  }
  return EINVAL;
}

std::optional<Urb> UrbQueue::reap(const void* owner) {
  const auto found = std::find_if(ended_.begin(), ended_.end(),
                                  [&](const Urb& urb) { return urb.owner == owner; });
  if (found == ended_.end()) return {};
  Urb urb = std::move(*found);
  ended_.erase(found);
  memory_bytes_ -= cost(urb);
  return urb;
}

bool UrbQueue::has_ended(const void* owner) const {
  return std::any_of(ended_.begin(), ended_.end(),
                     [&](const Urb& urb) { return urb.owner == owner; });
}

std::size_t UrbQueue::under_way() const {
  std::size_t count = 0;
  for (const auto& [endpoint, waiting] : waiting_) count += waiting.size();
  return count;
}

void UrbQueue::drop(const void* owner) {
  const auto is_its = [&](const Urb& urb) {
    if (urb.owner == owner) memory_bytes_ -= cost(urb);
    return urb.owner == owner;
  };
  for (auto& [endpoint, waiting] : waiting_) waiting.remove_if(is_its);
  ended_.remove_if(is_its);
}

void UrbQueue::pump(std::int64_t read_ns) {
  if (!is_plugged_ || is_failing_) return;
  const std::int64_t now_ns = std::max(read_ns, latest_ns_);
  // A control request may give a data endpoint something to send, and the other way round.
  for (const bool is_control : {false, true, false, true, false}) {
    for (auto& [endpoint, waiting] : waiting_) {
      if ((endpoint == 0) != is_control) continue;
      pump_endpoint(endpoint, waiting, now_ns);
      if (!is_plugged_) return;
    }
  }
}

void UrbQueue::pump_endpoint(std::uint8_t endpoint, Waiting& waiting, std::int64_t now_ns) {
  bool is_late = false;
  while (!waiting.empty() && !model_.is_halted(endpoint) && held_until_ns_[endpoint] <= now_ns) {
    if (!end_oldest(waiting.front(), now_ns)) return;
    is_late = is_late || latest_ns_ + kLate_ns < now_ns;
    if (has_vanished_) {
      unplug();
      return;
    }
    ended_.splice(ended_.end(), waiting, waiting.begin());
  }
  if (waiting.empty() && is_late) starved_ns_ += now_ns - latest_ns_;
}

bool UrbQueue::end_oldest(Urb& urb, std::int64_t now_ns) {
  const std::uint8_t endpoint = urb.setup ? 0 : urb.endpoint;
  const std::int64_t earliest_ns =
      std::max({latest_ns_, urb.submitted_ns, held_until_ns_[endpoint]});
  for (;;) {
    const std::int64_t due_ns = std::max(model_.next_event_ns(now_ns), earliest_ns);
    if (due_ns >= now_ns) break;
    // What the model told may be of another transfer: asked now, it tells of this one.
    if (try_one(urb, latest_ns_ = due_ns)) return true;
    if (held_until_ns_[endpoint] > due_ns) return false;
    if (std::max(model_.next_event_ns(now_ns), earliest_ns) <= due_ns) break;
  }
  return try_one(urb, latest_ns_ = now_ns);
}

bool UrbQueue::try_one(Urb& urb, std::int64_t now_ns) {
  const std::uint8_t endpoint = urb.setup ? 0 : urb.endpoint;
  // Whether the model has anything is known only by asking; a fault that needs no data comes first.
  if (const std::optional<Fault> fault = faults_.hit(endpoint))
    return end_with_fault(urb, *fault, now_ns);
  const Moved moved = ask(urb, urb.length, now_ns);
  if (moved == kNothingYet) return false;
  if (moved < 0) {
    urb.status = static_cast<int>(moved);
    if (moved == kStalled && !urb.setup) model_.halt(endpoint);
  } else {
    deliver(urb, std::span(stage_).first(static_cast<std::size_t>(moved)));
    if (urb.is_short_an_error && urb.moved < urb.length) urb.status = -EREMOTEIO;
  }
  faults_.passed(endpoint);
  return true;
}

// Leaves what came in the stage.
Moved UrbQueue::ask(Urb& urb, std::size_t most, std::int64_t now_ns) {
  if (stage_.size() < most) stage_.resize(most);
  const std::span<std::byte> into = std::span(stage_).first(most);
  if (urb.setup) {
    const bool is_in = (urb.setup->request_type & 0x80) != 0;
    if (!is_in)
      std::copy_n(urb.out_bytes.begin(), std::min(most, urb.out_bytes.size()), into.begin());
    return model_.answer(*urb.setup, into, now_ns);
  }
  if ((urb.endpoint & 0x80) != 0) return model_.in(urb.endpoint, into, now_ns);
  return model_.out(urb.endpoint,
                    std::span(urb.out_bytes).first(std::min(most, urb.out_bytes.size())), now_ns);
}

void UrbQueue::deliver(Urb& urb, std::span<const std::byte> bytes) {
  urb.moved = bytes.size();
  const bool is_in = urb.setup ? (urb.setup->request_type & 0x80) != 0 : (urb.endpoint & 0x80) != 0;
  if (is_in && !bytes.empty()) place_(urb, bytes);
}

bool UrbQueue::end_with_fault(Urb& urb, const Fault& fault, std::int64_t now_ns) {
  const std::uint8_t endpoint = urb.setup ? 0 : urb.endpoint;
  const std::size_t amount = std::min<std::size_t>(fault.amount, urb.length);
  switch (fault.kind) {
    case FaultKind::kDelay:
      held_until_ns_[endpoint] = now_ns + static_cast<std::int64_t>(fault.amount) * kMillisecond;
      return false;
    case FaultKind::kNoMemory: refusals_left_ = fault.amount; return try_one(urb, now_ns);
    case FaultKind::kStall:
      if (!urb.setup) model_.halt(endpoint);
      [[fallthrough]];
    case FaultKind::kProtocol:
    case FaultKind::kOverflow:
    case FaultKind::kVanish: {
      urb.status = status_of(fault.kind);
      const Moved before = amount == 0 ? 0 : ask(urb, amount, now_ns);
      if (before > 0) deliver(urb, std::span(stage_).first(static_cast<std::size_t>(before)));
      has_vanished_ = fault.kind == FaultKind::kVanish;
      return true;
    }
    case FaultKind::kCut:
    case FaultKind::kGarbage:
    case FaultKind::kFlip:
    case FaultKind::kDrop: break;
  }
  // These change what the device sends, so it has to send something.
  const Moved moved = ask(urb, urb.length, now_ns);
  if (moved < 0) {
    faults_.undo(endpoint);
    if (moved == kNothingYet) return false;
    urb.status = static_cast<int>(moved);
    return true;
  }
  std::span<std::byte> bytes = std::span(stage_).first(static_cast<std::size_t>(moved));
  if (fault.kind == FaultKind::kDrop) return try_one(urb, now_ns);
  if (fault.kind == FaultKind::kCut) bytes = bytes.first(std::min(amount, bytes.size()));
  if (fault.kind == FaultKind::kGarbage) scramble(bytes);
  if (fault.kind == FaultKind::kFlip && amount < bytes.size()) bytes[amount] ^= std::byte{0x10};
  deliver(urb, bytes);
  return true;
}

std::int64_t UrbQueue::next_event_ns(std::int64_t now_ns) const {
  std::int64_t next_ns = kNever_ns;
  if (!is_plugged_ || is_failing_) return next_ns;
  for (const auto& [endpoint, waiting] : waiting_) {
    if (waiting.empty() || model_.is_halted(endpoint)) continue;
    const auto held = held_until_ns_.find(endpoint);
    const bool is_held = held != held_until_ns_.end() && held->second > now_ns;
    next_ns = std::min(next_ns, is_held ? held->second : model_.next_event_ns(now_ns));
  }
  return next_ns;
}

void UrbQueue::end_all(int status) {
  for (auto& [endpoint, waiting] : waiting_) {
    for (Urb& urb : waiting) urb.status = status;
    ended_.splice(ended_.end(), waiting);
  }
}

void UrbQueue::fail_everything() {
  is_failing_ = true;
  end_all(-EPROTO);
}

void UrbQueue::unplug() {
  is_plugged_ = false;
  end_all(-ESHUTDOWN);
}

}  // namespace acq::emu
