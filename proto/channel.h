// A channel in a description, to the wire and back.
#pragma once

#include "acq/v1/stream.pb.h"
#include "dsp/base/stream_info.h"

namespace acq {

void put(const Channel& from, v1::Channel& to);
Channel channel_of(const v1::Channel& from);

}  // namespace acq
