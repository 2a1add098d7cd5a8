// Firmware for a Cypress FX2: from a file into the chip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"
#include "dsp/base/result.h"

namespace acq::fx2lafw {

// Bytes for one place of the chip's memory.
struct FirmwarePiece {
  std::uint16_t address = 0;
  std::vector<std::byte> bytes;
  bool operator==(const FirmwarePiece&) const = default;
};
using Firmware = std::vector<FirmwarePiece>;

// Reads an image (raw, for address 0) or an Intel hex file, which begins with ':'. Code and data go
// to 0x0000 to 0x3fff, data to 0xe000 to 0xe1ff as well: EZ-USB FX2LP Technical Reference Manual,
// 5.6. kInvalid tells the line and what is wrong there.
Result<Firmware> parse_firmware(std::span<const std::byte> file);

// kNotFound: there is no such file; kInvalid as above; kIo.
Result<Firmware> read_firmware(const std::string& file);

// Holds the processor, writes everything and lets it run: the device then leaves and comes back as
// what the firmware makes of it. It may be gone before the last request is answered.
Result<void> upload(usb::Device& device, const Firmware& firmware, const Clock& clock);

}  // namespace acq::fx2lafw
