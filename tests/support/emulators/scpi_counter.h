// Counters that speak SCPI: the same functions, and the gate as each family has it.
#pragma once

#include <memory>

#include "tests/support/emulators/scpi_model.h"

namespace acq::test {

// What it sees: c MHz on channel c, and from its n-th reading on n Hz more, so that each is known;
// n ns from channel 1 to channel 2.
//
// Keysight's 53220A, HP's 53131A, Pendulum's CNT-91. The last two measure all the time until they
// are told not to.
std::unique_ptr<ScpiModel> make_counter();
std::unique_ptr<ScpiModel> make_counter_hp();
std::unique_ptr<ScpiModel> make_counter_pendulum();

}  // namespace acq::test
