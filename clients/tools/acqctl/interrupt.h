// Ctrl-C and SIGTERM end a command in good order.
#pragma once

namespace acq::tool {

// From now on these signals only make is_interrupted() true; waiting calls return early.
void catch_interrupts();
bool is_interrupted() noexcept;

}  // namespace acq::tool
