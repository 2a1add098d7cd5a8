// The sums of samples in a status: made = delivered + lost + queued for every consumer.
#pragma once

#include <cstdint>
#include <string>

#include "acq/v1/status.pb.h"

namespace acq::tool {

std::uint64_t lost_samples(const v1::ConsumerStatus& consumer);
// "ring_full 120, usb 4", or "-".
std::string lost_text(const v1::ConsumerStatus& consumer);
// Samples nobody can account for: made - delivered - lost - queued.
std::int64_t difference(const v1::ConsumerStatus& consumer);
bool sums_agree(const v1::Status& status);
// One line per stream and consumer.
std::string accounts_text(const v1::Status& status);

}  // namespace acq::tool
