#include "drivers/sim/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "drivers/sim/adc.h"
#include "drivers/sim/parameters.h"

namespace acq::sim {
namespace {

// What four channels show when nothing is said: a clean tone, a chirp, pulses to trigger on, and a
// noisy tone burst locked to the pulses.
std::vector<ChannelSettings> showcase(double rate_hz) {
  const double slow = rate_hz / 5000;
  return {{.wave = {.shape = Shape::kSine, .amplitude = 2, .frequency_hz = rate_hz / 1000},
           .noise_rms = 0.01,
           .label = "tone"},
          {.wave = {.shape = Shape::kChirp,
                    .amplitude = 1,
                    .frequency_hz = slow,
                    .from_hz = slow,
                    .to_hz = rate_hz / 100},
           .noise_rms = 0.02,
           .label = "chirp"},
          {.wave = {.shape = Shape::kSquarePulse,
                    .amplitude = 3,
                    .frequency_hz = slow,
                    .position = 0.1,
                    .width = 0.1,
                    .rise = 0.004,
                    .fall = 0.02},
           .noise_rms = 0.02,
           .label = "trigger"},
          {.wave = {.shape = Shape::kBurst,
                    .amplitude = 1.5,
                    .frequency_hz = slow,
                    .position = 0.2,
                    .width = 0.1,
                    .to_hz = rate_hz / 100},
           .noise_rms = 0.05,
           .label = "echo"}};
}

Waveform waveform_from(const Params& row, double rate_hz) {
  Waveform wave;
  const auto name = std::find(kShapeNames.begin(), kShapeNames.end(), row.text("kind"));
  wave.shape = static_cast<Shape>(name - kShapeNames.begin());
  wave.amplitude = row.number("amplitude");
  wave.offset = row.number("offset");
  wave.frequency_hz = row.has("frequency") ? row.number("frequency") : rate_hz / 1000;
  wave.phase_cycles = row.number("phase") / 360;
  wave.position = row.number("position");
  wave.width = row.number("width");
  wave.rise = row.number("rise");
  wave.fall = row.number("fall");
  wave.duty = row.number("duty");
  wave.from_hz = row.number("from");
  wave.to_hz = row.has("to") ? row.number("to") : 20 * wave.frequency_hz;
  wave.mean_count = row.number("mean");
  if (row.has("numbers")) wave.numbers = row.numbers("numbers");
  return wave;
}

Result<void> read_channels(const Params& params, Settings& settings) {
  const auto channels = static_cast<std::size_t>(params.integer("channels"));
  const std::vector<Params>& rows = params.tables("signal");
  if (rows.size() > channels) {
    return fail(Code::kInvalid,
                fmt::format("signal has {} tables for {} channels", rows.size(), channels),
                "signal", fmt::format("at most {}", channels));
  }
  const std::vector<ChannelSettings> defaults = showcase(settings.rate_hz.value());
  for (std::size_t i = 0; i < channels; ++i) {
    if (rows.empty()) {
      settings.channels.push_back(defaults[i % defaults.size()]);
      continue;
    }
    const std::size_t r = i % rows.size();
    ChannelSettings channel{.wave = waveform_from(rows[r], settings.rate_hz.value()),
                            .noise_rms = rows[r].number("noise"),
                            .label = rows[r].has("label") ? rows[r].text("label") : ""};
    const bool needs_numbers =
        channel.wave.shape == Shape::kTable || channel.wave.shape == Shape::kPolynomial;
    if (needs_numbers && channel.wave.numbers.empty()) {
      return fail(Code::kInvalid, "signal kind " + rows[r].text("kind") + " needs numbers",
                  fmt::format("signal[{}].numbers", r), "a list of at least one number");
    }
    settings.channels.push_back(std::move(channel));
  }
  return {};
}

// kInvalid where a field that the kind needs is missing or of no use.
Result<void> check_fault(const FaultPlan& plan, const Params& row, const std::string& path) {
  const std::string kind(row.text("kind"));
  const bool lasts = plan.kind == FaultKind::kStall || plan.kind == FaultKind::kUnplug;
  if (lasts && plan.duration_s <= 0)
    return fail(Code::kInvalid, kind + " needs a duration", path + ".duration", "above 0 s");
  const bool has_value = plan.kind == FaultKind::kClockDrift || plan.kind == FaultKind::kWrongRate;
  if (has_value && !row.has("value"))
    return fail(Code::kInvalid, kind + " needs a value", path + ".value", "-50 % to 10000 %");
  if (plan.kind == FaultKind::kWrongRate && plan.value < 1e-6)
    return fail(Code::kInvalid, "wrong_rate needs a factor above 0", path + ".value",
                "at least 1 ppm");
  if (plan.kind == FaultKind::kClockJump && !row.has("jump"))
    return fail(Code::kInvalid, kind + " needs a jump", path + ".jump", "a time, either sign");
  return {};
}

Result<void> read_faults(const Params& params, Settings& settings) {
  const std::vector<Params>& rows = params.tables("faults");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Params& row = rows[i];
    FaultPlan plan;
    const auto name = std::find(kFaultNames.begin(), kFaultNames.end(), row.text("kind"));
    plan.kind = static_cast<FaultKind>(name - kFaultNames.begin());
    plan.at_s = row.number("at");
    plan.every_s = row.number("every");
    plan.count = static_cast<std::uint64_t>(row.integer("count"));
    plan.samples = static_cast<std::uint64_t>(row.integer("samples"));
    plan.runs = static_cast<std::uint64_t>(row.integer("runs"));
    plan.duration_s = row.number("duration");
    plan.value = row.has("value") ? row.number("value") : 1;
    plan.jump_s = row.has("jump") ? row.number("jump") : 0;
    plan.is_random = row.flag("random");
    if (Result<void> checked = check_fault(plan, row, fmt::format("faults[{}]", i)); !checked)
      return checked;
    settings.faults.push_back(plan);
  }
  return {};
}

Result<void> read_truth_file(const Params& params, Settings& settings) {
  if (!params.has("truth_file")) return {};
  constexpr std::string_view kEnding = ".truth.json";
  settings.truth_file = params.text("truth_file");
  if (!settings.truth_file.ends_with(kEnding) ||
      settings.truth_file.find('\0') != std::string::npos)
    return fail(Code::kInvalid, "truth_file has another ending", "truth_file", "name.truth.json");
  return {};
}

}  // namespace

Result<Settings> settings_from(const Params& params) {
  Settings out;
  out.rate_hz = rational_from(params.number("rate"));
  const auto dtype = std::find(kDtypeNames.begin(), kDtypeNames.end(), params.text("dtype"));
  out.dtype = kDtypes[static_cast<std::size_t>(dtype - kDtypeNames.begin())];
  out.layout = params.text("layout") == "planar" ? Layout::kPlanar : Layout::kInterleaved;
  out.bits = static_cast<int>(params.integer("bits"));
  const int most = out.dtype == Dtype::kF32 ? 0 : static_cast<int>(8 * size_of(out.dtype));
  if (out.bits > most) {
    return fail(Code::kInvalid,
                fmt::format("bits is {}, dtype {} has {}", out.bits, params.text("dtype"), most),
                "bits", fmt::format("0 to {}", most));
  }
  out.range = params.number("range");
  out.noise_rms = params.number("noise");
  out.offset = params.number("offset");
  out.skew_s = params.number("skew");
  out.is_paced = params.text("pace") == "real";
  out.latency_s = params.number("latency");
  out.buffer_s = params.number("buffer");
  out.stamps_monotonic = out.is_paced && params.text("stamps") == "monotonic";
  out.seed = static_cast<std::uint64_t>(params.integer("seed"));
  out.serial = params.text("serial");
  for (const auto read : {read_channels, read_faults, read_truth_file}) {
    if (Result<void> done = read(params, out); !done) return tl::unexpected<Error>(done.error());
  }
  return out;
}

StreamInfo stream_info(const Settings& settings) {
  const Adc adc(settings.dtype, settings.bits, settings.range);
  StreamInfo info{.name = "wave",
                  .dtype = settings.dtype,
                  .layout = settings.layout,
                  .rate_hz = settings.rate_hz,
                  .channels = {},
                  .flags = kFlagSimulated};
  for (std::size_t i = 0; i < settings.channels.size(); ++i) {
    const ChannelSettings& channel = settings.channels[i];
    Channel out{.id = fmt::format("ch{}", i),
                .label = channel.label,
                .quantity = "voltage",
                .unit = "V",
                .scale = adc.step(),
                .offset = adc.offset(),
                .range_min = -settings.range,
                .range_max = settings.range,
                .significant_bits = settings.dtype == Dtype::kF32 ? 24 : adc.bits()};
    if (channel.wave.shape == Shape::kCounter) {
      out = {.id = out.id,
             .label = out.label,
             .quantity = "count",
             .significant_bits = out.significant_bits};
    }
    info.channels.push_back(std::move(out));
  }
  return info;
}

}  // namespace acq::sim
