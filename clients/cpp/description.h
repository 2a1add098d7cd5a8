// The description of a topic, checked.
#pragma once

#include <cstddef>
#include <span>

#include "dsp/base/frame.h"
#include "dsp/base/result.h"

namespace acq::client {

// From the payload of a description message; TopicInfo::descriptor keeps its bytes. kInvalid names
// the field at fault; kOverflow: larger than limits.h allows.
Result<TopicInfo> decode_description(std::span<const std::byte> raw_description);

}  // namespace acq::client
