// Entries of an instrument's error queue (SCPI-99, 21.8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::scpi {

struct InstrumentError {
  std::int64_t number = 0;  // 0: the queue is empty; below: SCPI's; above: the maker's
  std::string text;
};

// `-113,"Undefined header"`, as SYST:ERR? answers; the quotes may be missing.
Result<InstrumentError> parse_instrument_error(std::string_view answer);

// What a number means for us: what was sent (kInvalid, kUnsupported, kDenied), a full queue
// (kOverflow), or the instrument itself (kIo).
Code code_of(std::int64_t instrument_error) noexcept;

}  // namespace acq::scpi
