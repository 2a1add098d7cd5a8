// scpi_supply: a power supply that speaks SCPI: readings, and set-points that may change while it
// runs.
//
// Delivers  one stream `reading`: voltage in V and current in A, as measured at each output, f64
// Params    the table below; its outputs are switched off when it stops, unless `safe` says
//           otherwise, and as they are set again when it starts
// Rate      1 / period, nominal
// Stamps    host arrival, monotonic, the middle between question and answer with its sigma
// Loss      none: what is not asked for is not made. An absence is told from the clock
// Unplug    the link ends, or three readings in a row fail: kDisconnected; nobody can switch the
//           outputs off then
// Settings  are read back: the values in force are the instrument's own
// Checked   tests/drivers/scpi_supply_test.cpp
#include "drivers/scpi/polled.h"

namespace acq {
namespace {

constexpr ParamSpec voltage_of(std::string_view name) {
  return {.name = name, .unit = "V", .min = -1e4, .max = 1e4, .text = "set-point"};
}
constexpr ParamSpec current_of(std::string_view name) {
  return {.name = name, .unit = "A", .min = 0, .max = 1e4, .text = "set-point or limit"};
}
constexpr ParamSpec switch_of(std::string_view name) {
  return {.name = name, .type = ParamType::kFlag, .text = "whether the output is on"};
}

constexpr ParamSpec kParameters[] = {
    scpi::kPolledAddress,
    scpi::kPolledPeriod,
    scpi::kPolledTimeout,
    scpi::kPolledSafe,
    {.name = "outputs",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 4,
     .fallback = "1",
     .text = "how many of its outputs are used; of several, each is chosen with INST:NSEL",
     .live = false},
    voltage_of("voltage"),
    current_of("current"),
    switch_of("on"),
    voltage_of("out2_voltage"),
    current_of("out2_current"),
    switch_of("out2_on"),
    voltage_of("out3_voltage"),
    current_of("out3_current"),
    switch_of("out3_on"),
    voltage_of("out4_voltage"),
    current_of("out4_current"),
    switch_of("out4_on"),
};

constexpr scpi::SetPoint volts(std::string_view parameter, int output) {
  return {.parameter = parameter, .set = "VOLT {value}", .get = "VOLT?", .output = output};
}
constexpr scpi::SetPoint amperes(std::string_view parameter, int output) {
  return {.parameter = parameter, .set = "CURR {value}", .get = "CURR?", .output = output};
}
constexpr scpi::SetPoint state(std::string_view parameter, int output) {
  return {.parameter = parameter,
          .set = "OUTP {value}",
          .get = "OUTP?",
          .output = output,
          .is_switch = true};
}

// An output is switched after what it gives is set.
constexpr scpi::SetPoint kSetPoints[] = {
    volts("voltage", 1),      amperes("current", 1),      state("on", 1),
    volts("out2_voltage", 2), amperes("out2_current", 2), state("out2_on", 2),
    volts("out3_voltage", 3), amperes("out3_current", 3), state("out3_on", 3),
    volts("out4_voltage", 4), amperes("out4_current", 4), state("out4_on", 4),
};

constexpr scpi::PolledReading volts_at(std::string_view id, int output) {
  return {"MEAS:VOLT?", id, "DC voltage", "V", output};
}
constexpr scpi::PolledReading amperes_at(std::string_view id, int output) {
  return {"MEAS:CURR?", id, "DC current", "A", output};
}
constexpr scpi::PolledReading kReadings[] = {
    volts_at("voltage", 1),        amperes_at("current", 1),      volts_at("out2_voltage", 2),
    amperes_at("out2_current", 2), volts_at("out3_voltage", 3),   amperes_at("out3_current", 3),
    volts_at("out4_voltage", 4),   amperes_at("out4_current", 4),
};
std::vector<scpi::PolledReading> readings(const Params& params) {
  return {kReadings, kReadings + 2 * params.integer("outputs")};
}

Result<void> check(const Params& params) {
  const std::int64_t outputs = params.integer("outputs");
  for (const scpi::SetPoint& point : kSetPoints)
    if (point.output > outputs && params.has(point.parameter))
      return fail(Code::kInvalid, "outputs is " + std::to_string(outputs),
                  std::string(point.parameter),
                  "outputs = " + std::to_string(point.output) + " or more");
  return scpi::check_address(params);
}

constexpr scpi::PolledKind kKind{.name = "scpi_supply",
                                 .params = kParameters,
                                 .set_points = kSetPoints,
                                 .readings = readings,
                                 .safe = "OUTP 0",
                                 .select = "INST:NSEL {output};:",
                                 .check = check};

}  // namespace

extern const DriverEntry driver_scpi_supply;
const DriverEntry driver_scpi_supply{
    .name = "scpi_supply",
    .summary = "power supplies that speak SCPI",
    .params = kParameters,
    .make = [](const Clock& clock) { return scpi::make_polled(kKind, clock); },
    .check = check,
    .example =
        [] { return Table{{"address", std::string("tcp://supply.lab:5025")}, {"period", 1e-3}}; },
};

}  // namespace acq
