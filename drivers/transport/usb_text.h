// A USB device as its descriptors tell, in JSON and back.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "drivers/transport/usb.h"

namespace acq::usb {

nlohmann::json to_json(const DeviceInfo& info);
// kInvalid: not what to_json() writes.
Result<DeviceInfo> device_from_json(const nlohmann::json& json);

}  // namespace acq::usb
