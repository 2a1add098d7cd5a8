// scpi_generator: a function generator that speaks SCPI: its set-points, as a stream too.
//
// Delivers  one stream `reading`: frequency in Hz, amplitude and offset in V, as the instrument tells
//           them, f64: what was set by hand is seen as well
// Params    the table below; its output is switched off when it stops, unless `safe` says otherwise
// Rate      1 / period, nominal
// Stamps    host arrival, monotonic, the middle between question and answer with its sigma
// Loss      none: what is not asked for is not made. An absence is told from the clock
// Unplug    the link ends, or three readings in a row fail: kDisconnected
// Settings  are read back: the values in force are the instrument's own
// Checked   tests/drivers/scpi_generator_test.cpp
#include "drivers/scpi/open.h"
#include "drivers/scpi/polled.h"

namespace acq {
namespace {

constexpr std::string_view kShapes[] = {"sine", "square", "ramp", "pulse", "noise", "dc"};
constexpr std::string_view kWords[] = {"SIN", "SQU", "RAMP", "PULS", "NOIS", "DC"};

constexpr ParamSpec kParameters[] = {
    scpi::kPolledAddress,
    scpi::kPolledPeriod,
    scpi::kPolledTimeout,
    scpi::kPolledSafe,
    {.name = "shape", .type = ParamType::kChoice, .text = "of the signal", .choices = kShapes},
    {.name = "frequency", .unit = "Hz", .min = 1e-6, .max = 1e12, .text = "set-point"},
    {.name = "amplitude",
     .unit = "V",
     .min = 0,
     .max = 1e4,
     .text = "set-point, peak to peak where the instrument has no other unit set"},
    {.name = "offset", .unit = "V", .min = -1e4, .max = 1e4, .text = "set-point"},
    {.name = "on", .type = ParamType::kFlag, .text = "whether the output is on"},
};

constexpr scpi::SetPoint kSetPoints[] = {
    {"shape", "FUNC {value}", "FUNC?", kWords},
    {"frequency", "FREQ {value}", "FREQ?"},
    {"amplitude", "VOLT {value}", "VOLT?"},
    {"offset", "VOLT:OFFS {value}", "VOLT:OFFS?"},
    {.parameter = "on", .set = "OUTP {value}", .get = "OUTP?", .is_switch = true},
};

std::vector<scpi::PolledReading> readings(const Params& /*params*/) {
  return {{"FREQ?", "frequency", "frequency", "Hz"},
          {"VOLT?", "amplitude", "voltage", "V"},
          {"VOLT:OFFS?", "offset", "DC voltage", "V"}};
}

constexpr scpi::PolledKind kKind{.name = "scpi_generator",
                                 .params = kParameters,
                                 .set_points = kSetPoints,
                                 .readings = readings,
                                 .safe = "OUTP 0"};

}  // namespace

extern const DriverEntry driver_scpi_generator;
const DriverEntry driver_scpi_generator{
    .name = "scpi_generator",
    .summary = "function generators that speak SCPI",
    .params = kParameters,
    .make = [](const Clock& clock) { return scpi::make_polled(kKind, clock); },
    .check = scpi::check_address,
    .example =
        [] {
          return Table{{"address", std::string("tcp://generator.lab:5025")}, {"period", 1e-3}};
        },
};

}  // namespace acq
