// The serial multimeters we know: data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "drivers/dmm/protocol.h"
#include "drivers/dmm/scanner.h"

namespace acq::dmm {

struct Meter {
  std::string_view name;  // in the configuration: "uni-t-ut61e"
  std::string_view vendor;
  std::string_view model;
  Find find = nullptr;
  std::uint32_t variant = 0;
  std::size_t frame_bytes = 0;  // of a usual frame
  int baud = 0;
  Framing framing = Framing::k8n1;
  double rate_hz = 0;             // readings a second, nominal
  std::string_view request = {};  // asks for one reading; empty: the meter sends by itself
  // The lines that feed the optical interface.
  bool has_dtr = true;
  bool has_rts = false;
};

std::span<const Meter> meters() noexcept;
const Meter* find_meter(std::string_view name) noexcept;
// The names, in the order of meters().
std::span<const std::string_view> meter_names() noexcept;

}  // namespace acq::dmm
