// What instruments there are: on USB, on the local network, on serial lines, among the sound cards.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "drivers/discovery/found.h"
#include "drivers/discovery/machine.h"
#include "drivers/discovery/services.h"

namespace acq::discovery {

// Nothing is opened and nothing is sent: Linux tells (identify.h asks). Devices that are no instruments are left out.
std::vector<Found> found_on_usb(std::span<const UsbDevice> devices);
std::vector<Found> found_on_serial(std::span<const SerialPort> ports);
std::vector<Found> found_in_audio(std::span<const SoundCard> cards);

// What to browse for.
std::span<const std::string_view> service_types() noexcept;
// One for each instrument, by the best way to it of those it offers.
std::vector<Found> found_on_lan(std::span<const dns::Service> services);

}  // namespace acq::discovery
