#include "drivers/scpi/scope_parameters.h"

#include <array>

namespace acq::scpi {
namespace {

constexpr std::string_view kAcquire[] = {"repeat", "single", "stop"};
constexpr std::string_view kMemory[] = {"screen", "deep"};
constexpr std::string_view kAfterwards[] = {"run", "stop"};
constexpr std::string_view kSources[] = {"ch1", "ch2", "ch3", "ch4", "ext", "line"};
constexpr std::string_view kSlopes[] = {"rising", "falling", "either"};
constexpr std::string_view kSweeps[] = {"auto", "normal"};
constexpr std::string_view kCouplings[] = {"dc", "ac", "gnd", "dc50"};

constexpr ParamSpec scale_of(std::string_view name) {
  return {.name = name, .unit = "V", .min = 1e-6, .max = 1e6, .text = "volts per division"};
}
constexpr ParamSpec offset_of(std::string_view name) {
  return {.name = name,
          .unit = "V",
          .min = -1e6,
          .max = 1e6,
          .text = "what is added to the signal on the screen"};
}
constexpr ParamSpec coupling_of(std::string_view name) {
  return {.name = name,
          .type = ParamType::kChoice,
          .text = "of the input; dc50: DC with 50 ohm",
          .choices = kCouplings};
}
constexpr ParamSpec probe_of(std::string_view name) {
  return {.name = name, .min = 1e-3, .max = 1e5, .text = "attenuation of the probe"};
}

constexpr ParamSpec kParameters[] = {
    {.name = "address",
     .type = ParamType::kText,
     .required = true,
     .text = "where it is: tcp://scope.lab:5025, serial:///dev/ttyUSB0?baud=115200 ...",
     .live = false},
    {.name = "profile",
     .type = ParamType::kText,
     .text = "its family; not given: the one whose pattern fits what *IDN? says",
     .live = false},
    {.name = "profiles",
     .type = ParamType::kText,
     .text = "a folder of further profiles, NAME.toml; they replace those built in",
     .live = false},
    {.name = "channels",
     .type = ParamType::kNumbers,
     .min = 1,
     .max = kMostScopeChannels,
     .text = "those to read, switched on and the others off; not given: those that are on",
     .live = false},
    {.name = "memory",
     .type = ParamType::kChoice,
     .fallback = "screen",
     .text = "screen: what the screen shows; deep: all samples of the capture",
     .choices = kMemory,
     .live = false},
    {.name = "most_points",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 5e8,
     .fallback = "1000000",
     .text = "samples of one channel; what a capture has beyond is not read",
     .live = false},
    {.name = "chunk",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 1e7,
     .fallback = "250000",
     .text = "samples read at a time, where the instrument can give parts",
     .live = false},
    {.name = "timeout",
     .unit = "s",
     .min = 0.05,
     .max = 60,
     .fallback = "3 s",
     .text = "of one exchange with the instrument",
     .live = false},
    {.name = "poll",
     .unit = "s",
     .min = 1e-3,
     .max = 10,
     .fallback = "20 ms",
     .text = "between two looks at whether it has triggered: the uncertainty of its time"},
    {.name = "acquire",
     .type = ParamType::kChoice,
     .fallback = "repeat",
     .text = "repeat: capture after capture; single: one after each start and each change; stop: "
             "none",
     .choices = kAcquire},
    {.name = "afterwards",
     .type = ParamType::kChoice,
     .fallback = "run",
     .text = "how the instrument is left",
     .choices = kAfterwards},
    {.name = "timebase", .unit = "s", .min = 1e-12, .max = 1e4, .text = "seconds per division"},
    {.name = "delay", .unit = "s", .min = -1e4, .max = 1e4, .text = "of the screen to the trigger"},
    {.name = "trigger_source",
     .type = ParamType::kChoice,
     .text = "of the edge trigger",
     .choices = kSources},
    {.name = "trigger_level", .unit = "V", .min = -1e6, .max = 1e6, .text = "of the edge trigger"},
    {.name = "trigger_slope",
     .type = ParamType::kChoice,
     .text = "of the edge trigger",
     .choices = kSlopes},
    {.name = "trigger_sweep",
     .type = ParamType::kChoice,
     .text = "auto: captures without a trigger too",
     .choices = kSweeps},
    scale_of("ch1_scale"),
    offset_of("ch1_offset"),
    coupling_of("ch1_coupling"),
    probe_of("ch1_probe"),
    scale_of("ch2_scale"),
    offset_of("ch2_offset"),
    coupling_of("ch2_coupling"),
    probe_of("ch2_probe"),
    scale_of("ch3_scale"),
    offset_of("ch3_offset"),
    coupling_of("ch3_coupling"),
    probe_of("ch3_probe"),
    scale_of("ch4_scale"),
    offset_of("ch4_offset"),
    coupling_of("ch4_coupling"),
    probe_of("ch4_probe"),
};

constexpr ScopeSetting kSettings[] = {
    {"ch1_probe", "probe", 1},
    {"ch1_coupling", "coupling", 1},
    {"ch1_scale", "scale", 1},
    {"ch1_offset", "offset", 1},
    {"ch2_probe", "probe", 2},
    {"ch2_coupling", "coupling", 2},
    {"ch2_scale", "scale", 2},
    {"ch2_offset", "offset", 2},
    {"ch3_probe", "probe", 3},
    {"ch3_coupling", "coupling", 3},
    {"ch3_scale", "scale", 3},
    {"ch3_offset", "offset", 3},
    {"ch4_probe", "probe", 4},
    {"ch4_coupling", "coupling", 4},
    {"ch4_scale", "scale", 4},
    {"ch4_offset", "offset", 4},
    {"timebase", "timebase"},
    {"delay", "delay"},
    {"trigger_source", "trigger_source"},
    {"trigger_slope", "trigger_slope"},
    {"trigger_sweep", "trigger_sweep"},
    {"trigger_level", "trigger_level"},
};

}  // namespace

std::span<const ParamSpec> scope_parameters() noexcept {
  return kParameters;
}

std::span<const ScopeSetting> scope_settings() noexcept {
  return kSettings;
}

}  // namespace acq::scpi
