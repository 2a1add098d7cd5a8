// Serial lines to instruments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/transport/descriptor.h"

namespace acq {

enum class Parity : std::uint8_t { kNone, kEven, kOdd, kMark, kSpace };
enum class FlowControl : std::uint8_t { kNone, kRtsCts, kXonXoff };

struct SerialSettings {
  std::uint32_t baud = 9600;   // 50 to 4,000,000; also those without a name, where the port can
  std::uint8_t data_bits = 8;  // 5 to 8
  Parity parity = Parity::kNone;
  std::uint8_t stop_bits = 1;  // 1 or 2
  FlowControl flow = FlowControl::kNone;
  // What the control lines are set to once the port is open; empty: left as they are. Isolated
  // adapters are often powered from them.
  std::optional<bool> rts = {};
  std::optional<bool> dtr = {};

  bool operator==(const SerialSettings&) const = default;
};

// Sets one setting from text: baud=115200, bits=7, parity=even, stop=2, flow=rtscts, rts=off,
// dtr=on. kNotFound: there is no such setting; kInvalid with what is allowed.
Result<void> set_serial_option(SerialSettings& settings, std::string_view name,
                               std::string_view value);

// "9600 8N1", as one writes it
std::string to_string(const SerialSettings& settings);

// Opens a port for this process alone and drops what it had received. A byte whose parity is wrong
// is read as 0. kNotFound, kDenied, kBusy: somebody else has it; kInvalid: no serial port;
// kUnsupported: the port did not take the settings. A pseudo-terminal has no line, so the settings
// of the line are not checked on one.
Result<std::unique_ptr<ByteStream>> open_serial(const std::string& path,
                                                const SerialSettings& settings);

// The same, past wires.h: a terminal of this machine.
Result<std::unique_ptr<DescriptorStream>> open_terminal(const std::string& path,
                                                        const SerialSettings& settings);

}  // namespace acq
