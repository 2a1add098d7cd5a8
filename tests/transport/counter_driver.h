// A driver for the counting device of the emulator: what a streaming USB driver looks like.
#pragma once

#include "drivers/driver.h"

namespace acq::emu {

// One stream `count`: i32, sample n is the word n, so every loss is told exactly, across
// disconnections too. Parameters: usb (an identity), rate (words per second).
extern const DriverEntry counter_driver;

}  // namespace acq::emu
