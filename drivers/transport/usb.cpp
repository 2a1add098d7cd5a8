#include "drivers/transport/usb.h"

namespace acq::usb {

const Endpoint* Interface::find(TransferType type, bool is_in) const noexcept {
  for (const Endpoint& endpoint : endpoints)
    if (endpoint.type == type && endpoint.is_in() == is_in) return &endpoint;
  return nullptr;
}

const Interface* DeviceInfo::find(InterfaceClass class_code) const noexcept {
  for (const Interface& interface : interfaces)
    if (interface.class_code == class_code) return &interface;
  return nullptr;
}

std::string_view to_string(TransferEnd end) noexcept {
  switch (end) {
    case TransferEnd::kDone: return "done";
    case TransferEnd::kCancelled: return "cancelled";
    case TransferEnd::kStall: return "stalled";
    case TransferEnd::kError: return "failed on the wire";
    case TransferEnd::kBabble: return "ended in babble";
    case TransferEnd::kGone: return "ended with the device";
  }
  return "?";
}

}  // namespace acq::usb
