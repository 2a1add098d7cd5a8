// One transfer at a time, waited for.
#pragma once

#include <cstddef>

#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"

namespace acq::usb {

// Moves at most `bytes` with the first transfer of a pipe. At the deadline the transfer is taken
// back; what it moved until then is told like everything else, with the end kCancelled. Errors are
// those of Pipe::submit(), and kIo when the transfer never comes back.
Result<const Transfer*> exchange(Pipe& pipe, std::size_t bytes, const Until& until,
                                 const Clock& clock);

}  // namespace acq::usb
