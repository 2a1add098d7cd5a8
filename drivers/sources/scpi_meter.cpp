// scpi_meter: a multimeter that speaks SCPI.
//
// Delivers  one stream `reading`: 1 channel, f64, in the unit of the function; beyond the range no
//           number, flagged overrange
// Params    the table below
// Rate      1 / period, nominal: a reading may take longer
// Stamps    host arrival, monotonic, the middle between question and answer with its sigma
// Loss      none: what is not asked for is not made. An absence is told from the clock
// Unplug    the link ends, or three readings in a row fail: kDisconnected
// Settings  are read back: the values in force are the instrument's own
// Checked   tests/drivers/scpi_meter_test.cpp
#include <array>

#include "drivers/scpi/open.h"
#include "drivers/scpi/polled.h"

namespace acq {
namespace {

using scpi::PolledReading;

struct Function {
  std::string_view name;
  std::string_view word;
  std::string_view quantity;
  std::string_view unit;
};
constexpr Function kFunctions[] = {
    {"dc_voltage", "VOLT:DC", "DC voltage", "V"},
    {"ac_voltage", "VOLT:AC", "AC voltage", "V"},
    {"dc_current", "CURR:DC", "DC current", "A"},
    {"ac_current", "CURR:AC", "AC current", "A"},
    {"resistance", "RES", "resistance", "Ohm"},
    {"four_wire_resistance", "FRES", "resistance", "Ohm"},
    {"frequency", "FREQ", "frequency", "Hz"},
    {"period_time", "PER", "period", "s"},
    {"temperature", "TEMP", "temperature", "Cel"},
    {"capacitance", "CAP", "capacitance", "F"},
};
constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kFunctions)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kFunctions[i].name;
  return names;
}();
constexpr auto kWords = [] {
  std::array<std::string_view, std::size(kFunctions)> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kFunctions[i].word;
  return words;
}();

constexpr ParamSpec kParameters[] = {
    scpi::kPolledAddress,
    scpi::kPolledPeriod,
    scpi::kPolledTimeout,
    {.name = "function",
     .type = ParamType::kChoice,
     .fallback = "dc_voltage",
     .text = "what is measured",
     .choices = kNames},
    {.name = "range",
     .min = 0,
     .max = 1e12,
     .text = "the largest value, in the unit of the function; not given: as the meter has it"},
};

constexpr scpi::SetPoint kSetPoints[] = {
    {"function", "FUNC \"{value}\"", "FUNC?", kWords},
    {.parameter = "range",
     .set = "{function}:RANG {value}",
     .get = "{function}:RANG?",
     .is_always_known = false},
};

std::vector<PolledReading> readings(const Params& params) {
  for (const Function& function : kFunctions)
    if (params.text("function") == function.name)
      return {{"FETC?", "reading", function.quantity, function.unit}};
  ACQ_CHECK(false && "every choice is in the table");
  return {};
}

constexpr scpi::PolledKind kKind{.name = "scpi_meter",
                                 .params = kParameters,
                                 .set_points = kSetPoints,
                                 .readings = readings,
                                 .begin = "INIT;*OPC",
                                 .abort = "ABOR"};

}  // namespace

extern const DriverEntry driver_scpi_meter;
const DriverEntry driver_scpi_meter{
    .name = "scpi_meter",
    .summary = "multimeters that speak SCPI",
    .params = kParameters,
    .make = [](const Clock& clock) { return scpi::make_polled(kKind, clock); },
    .check = scpi::check_address,
    .example =
        [] { return Table{{"address", std::string("tcp://meter.lab:5025")}, {"period", 1e-3}}; },
};

}  // namespace acq
