// A journal played again: the packets of one instrument as they were recorded.
#pragma once

#include <memory>
#include <string>

#include "drivers/driver.h"

namespace acq::replay {

// Whether the path is a recording of acqd's own: a folder, or a name that ends in .mcap or .part.
bool is_journal(const std::string& path);

// Delivers  the streams of the instrument that was recorded, packet by packet in their order, with the
//           stamps, gaps, flags and descriptions that were recorded; what the recorder or the disk has
//           lost is a gap of the reason `recorder`. A packet with no room for the recorded one comes in
//           parts. The recording's events come with the packet behind them, except those of the
//           other instruments in it; a new epoch begins where one did, and where it begins anew
// Params    file, instrument, from, to, pace, speed, loop of the replay driver
std::unique_ptr<Driver> make_journal_player(const Clock& clock);

}  // namespace acq::replay
