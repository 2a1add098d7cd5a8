// A board with fx2lafw at work: found, given its firmware, and asked for its version.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/fx2lafw/boards.h"
#include "drivers/fx2lafw/rates.h"
#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"
#include "dsp/base/result.h"

namespace acq::fx2lafw {

struct Wanted {
  std::string usb;       // an identity; empty: the only board there is
  std::string firmware;  // a file, or the folder with the files of sigrok-firmware-fx2lafw
  bool loads_unbranded = false;
};

struct Connection {
  std::unique_ptr<usb::Device> device;
  const Board* board = nullptr;
  usb::Endpoint data;
  std::string version;  // of the firmware, and of the chip
};

// Which one is meant: "VENDOR:PRODUCT[:SERIAL]" or the port; any when empty. Errors are at `usb`.
Result<usb::Identity> parse_usb(const std::string& text);

// Opens the one board that is meant, and loads its firmware first where it has none. kDisconnected:
// there is none, or it did not come back with its firmware (3 s); kInvalid: there are several, or an
// unbranded one without leave, or the firmware is damaged; kNotFound: no firmware file;
// kUnsupported: another major version.
Result<Connection> connect(usb::Bus& bus, const Wanted& wanted, const Clock& clock);

// Begins to sample; the data comes with the first read of the endpoint.
Result<void> start_sampling(usb::Device& device, const Rate& rate, int channels,
                            const Until& until);

}  // namespace acq::fx2lafw
