// Instruments that are asked for their readings, one after the other: meters, supplies, generators.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"
#include "drivers/scpi/open.h"

namespace acq::scpi {

// A parameter that is set on the instrument. Commands and words may hold the name of an integer
// parameter in braces, for its value; commands also {value}, and {function}: the word of the
// parameter `function` in force.
struct SetPoint {
  std::string_view parameter;
  std::string_view set;
  std::string_view get;
  // The instrument's word for each choice of the parameter; empty for numbers and flags.
  std::span<const std::string_view> words = {};
  // Read back though it was not given: every such instrument answers.
  bool is_always_known = true;
  int output = 0;  // 1 ..: that it belongs to; 0: to the instrument
  // What `safe` of the kind switches off when it stops: then it waits for the next start.
  bool is_switch = false;
  // Whether it is there with these parameters; null: always.
  bool (*applies)(const Params& params) = nullptr;
};

// One channel of the readings.
struct PolledReading {
  std::string_view query;
  std::string_view id;
  std::string_view quantity;
  std::string_view unit;
  int output = 0;  // as of SetPoint
};

// What one kind of instrument is asked and told. Lives as long as the program.
struct PolledKind {
  std::string_view name;  // of the driver
  std::span<const ParamSpec> params;
  std::span<const SetPoint> set_points;  // in the order in which they are set
  // What is read with the parameters in force.
  std::vector<PolledReading> (*readings)(const Params& params) = nullptr;
  // What starts a reading. It is over when the instrument says so (*OPC, then *ESR? now and then):
  // a slow one keeps nobody waiting.
  std::string_view begin = "*OPC";
  std::string_view abort = {};  // what ends one that is under way
  // The parameter that says how long a reading takes, in s, beyond which it has `timeout`; empty:
  // none does.
  std::string_view lasts = {};
  std::string_view safe;  // what makes it, or each output, harmless; empty: it is
  // In front of what belongs to output {output}, where the parameter `outputs` says that there are
  // several; empty: it has no such parameter.
  std::string_view select = {};
  // What is wrong with parameters, as far as that shows without the instrument.
  Result<void> (*check)(const Params& params) = check_address;
};

// Parameters that all kinds have.
inline constexpr ParamSpec kPolledAddress{
    .name = "address",
    .type = ParamType::kText,
    .required = true,
    .text = "where it is: tcp://meter.lab:5025, serial:///dev/ttyUSB0?baud=9600 ...",
    .live = false};
inline constexpr ParamSpec kPolledPeriod{.name = "period",
                                         .unit = "s",
                                         .min = 1e-3,
                                         .max = 86400,
                                         .fallback = "0.5 s",
                                         .text = "from one reading to the next, at the earliest",
                                         .live = false};
inline constexpr ParamSpec kPolledTimeout{.name = "timeout",
                                          .unit = "s",
                                          .min = 0.05,
                                          .max = 600,
                                          .fallback = "3 s",
                                          .text = "of one exchange, and of one reading"};
inline constexpr std::string_view kPolledSafes[] = {"off", "leave"};
inline constexpr ParamSpec kPolledSafe{
    .name = "safe",
    .type = ParamType::kChoice,
    .fallback = "off",
    .text = "when it stops: off switches the output off, leave leaves it",
    .choices = kPolledSafes};

// Delivers one stream `reading` of f64; no number, flagged overrange, beyond the range. Stamps: host
// arrival, between question and answer, sigma accordingly.
std::unique_ptr<Driver> make_polled(const PolledKind& kind, const Clock& clock);

}  // namespace acq::scpi
