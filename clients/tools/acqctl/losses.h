// What a subscriber lost, in words.
#pragma once

#include <string>

#include "clients/cpp/stream_tracker.h"
#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/json.h"

namespace acq::tool {

// "12 frames, 24576 samples; lost in transport 0 frames, upstream 0 samples"
std::string losses_text(const client::Losses& losses, const client::Malformed& malformed);
std::string losses_json(const client::Losses& losses, const client::Malformed& malformed);
void write_losses(const client::Losses& losses, JsonWriter& json);
// "usb, ring_full"
std::string reasons_text(const Gap& gap);

}  // namespace acq::tool
