// scpi_counter: a counter or timer that speaks SCPI.
//
// Delivers  one stream `reading`: 1 channel, f64, in Hz, in s, or a number of events, as the
//           function says
// Params    the table below
// Rate      1 / period, nominal: a reading takes as long as its gate, and may take longer
// Stamps    host arrival, monotonic, the middle between the question and the answer with its sigma:
//           the gate lies between them
// Loss      none: what is not asked for is not made. An absence is told from the clock
// Unplug    the link ends, or three readings in a row fail: kDisconnected
// Settings  are read back, but for the channel: the values in force are the instrument's own
// Errors    kInvalid: a function its family does not have with a gate, a time interval that does
//           not begin at channel 1
// Checked   tests/drivers/scpi_counter_test.cpp
#include "drivers/scpi/polled.h"

namespace acq {
namespace {

using scpi::PolledReading;
using scpi::SetPoint;

// Programmer's references of the 53210A/53220A/53230A, of the 53131A/53132A/53181A and of the
// CNT-90/CNT-91: the same functions, the gate under another name in each.
constexpr std::string_view kFamilies[] = {"keysight", "hp", "pendulum"};
constexpr std::string_view kFunctions[] = {"frequency", "period_time", "time_interval", "totalize"};
constexpr std::string_view kWords[] = {"FREQ {channel}", "PER {channel}", "TINT 1,2",
                                       "TOT {channel}"};
constexpr PolledReading kReadings[] = {
    {"FETC?", "reading", "frequency", "Hz"},
    {"FETC?", "reading", "period", "s"},
    {"FETC?", "reading", "time interval", "s"},
    {"FETC?", "reading", "events in the gate", "1"},
};

constexpr ParamSpec kParameters[] = {
    scpi::kPolledAddress,
    {.name = "family",
     .type = ParamType::kChoice,
     .fallback = "keysight",
     .text = "keysight: 53210A, 53220A, 53230A; hp: 53131A, 53132A, 53181A; pendulum: CNT-90, "
             "CNT-91",
     .choices = kFamilies,
     .live = false},
    scpi::kPolledPeriod,
    scpi::kPolledTimeout,
    {.name = "function",
     .type = ParamType::kChoice,
     .fallback = "frequency",
     .text = "what is measured; a time interval is that from channel 1 to channel 2",
     .choices = kFunctions},
    {.name = "channel",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 3,
     .fallback = "1",
     .text = "the input"},
    {.name = "gate",
     .unit = "s",
     .min = 1e-9,
     .max = 1000,
     .fallback = "0.1 s",
     .text = "how long it counts, beyond which a reading has timeout; time intervals have none"},
};

bool is_of(const Params& params, std::string_view family) {
  return params.text("family") == family;
}
bool is_gated(const Params& params) {
  return params.text("function") == "frequency" || params.text("function") == "period_time";
}
bool is_total(const Params& params) {
  return params.text("function") == "totalize";
}

// Counters of two families measure all the time until they are told not to.
constexpr SetPoint kSetPoints[] = {
    {.parameter = "function",
     .set = "FUNC \"{value}\"",
     .get = "FUNC?",
     .words = kWords,
     .applies = [](const Params& params) { return is_of(params, "keysight"); }},
    {.parameter = "function",
     .set = "INIT:CONT OFF;:FUNC \"{value}\"",
     .get = "FUNC?",
     .words = kWords,
     .applies = [](const Params& params) { return !is_of(params, "keysight"); }},
    {.parameter = "gate",
     .set = "FREQ:GATE:SOUR TIME;:FREQ:GATE:TIME {value}",
     .get = "FREQ:GATE:TIME?",
     .applies = [](const Params& params) { return is_of(params, "keysight") && is_gated(params); }},
    {.parameter = "gate",
     .set = "TOT:GATE:SOUR TIME;:TOT:GATE:TIME {value}",
     .get = "TOT:GATE:TIME?",
     .applies = [](const Params& params) { return is_of(params, "keysight") && is_total(params); }},
    {.parameter = "gate",
     .set = "FREQ:ARM:STAR:SOUR IMM;:FREQ:ARM:STOP:SOUR TIM;:FREQ:ARM:STOP:TIM {value}",
     .get = "FREQ:ARM:STOP:TIM?",
     .applies = [](const Params& params) { return is_of(params, "hp") && is_gated(params); }},
    {.parameter = "gate",
     .set = "TOT:ARM:STAR:SOUR IMM;:TOT:ARM:STOP:SOUR TIM;:TOT:ARM:STOP:TIM {value}",
     .get = "TOT:ARM:STOP:TIM?",
     .applies = [](const Params& params) { return is_of(params, "hp") && is_total(params); }},
    {.parameter = "gate",
     .set = "ACQ:APER {value}",
     .get = "ACQ:APER?",
     .applies = [](const Params& params) { return is_of(params, "pendulum") && is_gated(params); }},
};

std::vector<PolledReading> readings(const Params& params) {
  for (std::size_t i = 0; i < std::size(kFunctions); ++i)
    if (params.text("function") == kFunctions[i]) return {kReadings[i]};
  ACQ_CHECK(false && "every choice is in the table");
  return {};
}

Result<void> check(const Params& params) {
  if (is_of(params, "pendulum") && is_total(params))
    return fail(Code::kInvalid, "how this family totalizes within a gate is not known", "function",
                "frequency period_time time_interval");
  if (params.text("function") == "time_interval" && params.integer("channel") != 1)
    return fail(Code::kInvalid, "a time interval is that from channel 1 to channel 2", "channel",
                "1");
  return scpi::check_address(params);
}

constexpr scpi::PolledKind kKind{.name = "scpi_counter",
                                 .params = kParameters,
                                 .set_points = kSetPoints,
                                 .readings = readings,
                                 .begin = "INIT;*OPC",
                                 .abort = "ABOR",
                                 .lasts = "gate",
                                 .check = check};

}  // namespace

extern const DriverEntry driver_scpi_counter;
const DriverEntry driver_scpi_counter{
    .name = "scpi_counter",
    .summary = "counters and timers that speak SCPI",
    .params = kParameters,
    .make = [](const Clock& clock) { return scpi::make_polled(kKind, clock); },
    .check = check,
    .example =
        [] { return Table{{"address", std::string("tcp://counter.lab:5025")}, {"period", 1e-3}}; },
};

}  // namespace acq
