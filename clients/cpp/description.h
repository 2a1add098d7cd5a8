// The description of a topic, checked.
#pragma once

#include <cstddef>
#include <span>

#include "acq/v1/stream.pb.h"
#include "dsp/base/frame.h"
#include "dsp/base/result.h"

namespace acq::client {

// From the payload of a description message. kInvalid names the field at fault; kOverflow: larger
// than limits.h allows.
Result<TopicInfo> decode_description(std::span<const std::byte> raw_description);
// The same for one that came in a reply.
Result<TopicInfo> check_description(const v1::StreamDescriptor& raw);

}  // namespace acq::client
