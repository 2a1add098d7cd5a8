// A device behind an iiod server: what it is asked for, and the stream that gives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/iiod/client.h"
#include "drivers/iiod/context.h"
#include "drivers/iiod/scan.h"
#include "dsp/base/params.h"
#include "dsp/base/stream_info.h"

namespace acq::iiod {

// A device, the channels that take part in its scans, and what they become.
struct Selection {
  Device device;
  std::vector<std::size_t> chosen;  // places of the channels, the timestamp's last
  ScanPlan plan;
};

// By parameters device, channels and timestamps. kNotFound: there is no such device or channel;
// kInvalid: a choice has to be made, or nothing can be scanned.
Result<Selection> select(const Context& context, const Params& params);

// Writes parameters attributes, rate and trigger: what differs from `before`, nullptr for all.
Result<void> configure(Client& client, const Selection& selection, const Params& params,
                       const Params* before, const Until& until);

// The stream as the device is set now: its rate, scales and offsets are read.
// kInvalid: neither device nor parameters tell the rate.
Result<StreamInfo> describe(Client& client, const Selection& selection, const Params& params,
                            const Until& until);

// The time scale of the device's timestamps.
TimeScale timestamp_scale(Client& client, const Selection& selection, const Until& until);

}  // namespace acq::iiod
