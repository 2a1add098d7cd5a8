// scpi_supply: a power supply that speaks SCPI: readings, and set-points that may change while it
// runs.
//
// Delivers  one stream `reading`: voltage in V and current in A, as measured at the output, f64
// Params    the table below; its output is switched off when it stops, unless `safe` says otherwise
// Rate      1 / period, nominal
// Stamps    host arrival, monotonic, the middle between question and answer with its sigma
// Loss      none: what is not asked for is not made. An absence is told from the clock
// Unplug    the link ends, or three readings in a row fail: kDisconnected; nobody can switch the
//           output off then
// Settings  are read back: the values in force are the instrument's own
// Checked   tests/drivers/scpi_supply_test.cpp
#include "drivers/scpi/open.h"
#include "drivers/scpi/polled.h"

namespace acq {
namespace {

constexpr ParamSpec kParameters[] = {
    scpi::kPolledAddress,
    scpi::kPolledPeriod,
    scpi::kPolledTimeout,
    scpi::kPolledSafe,
    {.name = "voltage", .unit = "V", .min = -1e4, .max = 1e4, .text = "set-point"},
    {.name = "current", .unit = "A", .min = 0, .max = 1e4, .text = "set-point or limit"},
    {.name = "on", .type = ParamType::kFlag, .text = "whether the output is on"},
};

// The output is switched after what it gives is set.
constexpr scpi::SetPoint kSetPoints[] = {
    {"voltage", "VOLT {value}", "VOLT?"},
    {"current", "CURR {value}", "CURR?"},
    {"on", "OUTP {value}", "OUTP?"},
};
std::vector<scpi::PolledReading> readings(const Params& /*params*/) {
  return {{"MEAS:VOLT?", "voltage", "DC voltage", "V"},
          {"MEAS:CURR?", "current", "DC current", "A"}};
}

constexpr scpi::PolledKind kKind{.name = "scpi_supply",
                                 .params = kParameters,
                                 .set_points = kSetPoints,
                                 .readings = readings,
                                 .safe = "OUTP 0"};

}  // namespace

extern const DriverEntry driver_scpi_supply;
const DriverEntry driver_scpi_supply{
    .name = "scpi_supply",
    .summary = "power supplies that speak SCPI",
    .params = kParameters,
    .make = [](const Clock& clock) { return scpi::make_polled(kKind, clock); },
    .check = scpi::check_address,
    .example =
        [] { return Table{{"address", std::string("tcp://supply.lab:5025")}, {"period", 1e-3}}; },
};

}  // namespace acq
