#include "drivers/sim/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "drivers/sim/adc.h"
#include "dsp/base/signal.h"

namespace acq::sim {
namespace {

constexpr std::array<std::string_view, 6> kDtypeNames = {"i8", "u8", "i16", "u16", "i32", "f32"};
constexpr std::array<Dtype, 6> kDtypes = {Dtype::kI8,  Dtype::kU8,  Dtype::kI16,
                                          Dtype::kU16, Dtype::kI32, Dtype::kF32};
constexpr std::array<std::string_view, 2> kLayouts = {"interleaved", "planar"};
constexpr std::array<std::string_view, 2> kPaces = {"real", "fast"};
constexpr std::array<std::string_view, 2> kStamps = {"monotonic", "counter"};

constexpr double kSmallest = 1e-9;  // fraction of a period; keeps divisions finite

constexpr std::array kSignalFields = {
    ParamSpec{.name = "kind",
              .type = ParamType::kChoice,
              .fallback = "sine",
              .text = "shape of the signal",
              .choices = kShapeNames},
    ParamSpec{.name = "label", .type = ParamType::kText, .text = "name shown to people"},
    ParamSpec{.name = "amplitude",
              .unit = "V",
              .min = -1e6,
              .max = 1e6,
              .fallback = "1",
              .text = "height of a peak or pulse, half the span of a wave, sigma of normal noise"},
    ParamSpec{.name = "offset",
              .unit = "V",
              .min = -1e6,
              .max = 1e6,
              .fallback = "0",
              .text = "added to the signal"},
    ParamSpec{.name = "frequency",
              .unit = "Hz",
              .min = 1e-6,
              .max = 1e12,
              .text = "repetitions a second; default a thousandth of the rate"},
    ParamSpec{.name = "phase",
              .unit = "deg",
              .min = -36000,
              .max = 36000,
              .fallback = "0",
              .text = "where in the period sample 0 is"},
    ParamSpec{.name = "position",
              .unit = "1",
              .min = 0,
              .max = 1,
              .fallback = "0.5",
              .text = "centre of a peak, start of a step, pulse or burst; fraction of the period"},
    ParamSpec{.name = "width",
              .unit = "1",
              .min = kSmallest,
              .max = 100,
              .fallback = "0.05",
              .text = "sigma of a peak, time constant of exponential and logistic, length of a "
                      "pulse or burst; fraction of the period"},
    ParamSpec{.name = "rise",
              .unit = "1",
              .min = 0,
              .max = 1,
              .fallback = "0.02",
              .text = "rise time of step_pulse and square_pulse; fraction of the period"},
    ParamSpec{.name = "fall",
              .unit = "1",
              .min = 0,
              .max = 1,
              .fallback = "0.05",
              .text = "fall time of square_pulse; fraction of the period"},
    ParamSpec{.name = "duty",
              .unit = "1",
              .min = 0,
              .max = 1,
              .fallback = "0.5",
              .text = "share of the period in which square is high"},
    ParamSpec{.name = "from",
              .unit = "Hz",
              .min = 0,
              .max = 1e12,
              .fallback = "0",
              .text = "first frequency of a chirp"},
    ParamSpec{
        .name = "to",
        .unit = "Hz",
        .min = 0,
        .max = 1e12,
        .text = "last frequency of a chirp, carrier of a burst; default 20 times `frequency`"},
    ParamSpec{.name = "mean",
              .min = 1e-3,
              .max = 1e4,
              .fallback = "4",
              .text = "mean count of poisson; each count is worth `amplitude`"},
    ParamSpec{.name = "numbers",
              .type = ParamType::kNumbers,
              .min = -1e6,
              .max = 1e6,
              .text = "coefficients of polynomial, constant first, x from 0 to 1 over the period; "
                      "values of table, evenly spaced over the period"},
    ParamSpec{.name = "noise",
              .unit = "V",
              .min = 0,
              .max = 1e6,
              .fallback = "0",
              .text = "normal noise added to the signal, rms"},
};

constexpr std::array kParameters = {
    ParamSpec{.name = "channels",
              .type = ParamType::kInteger,
              .min = 1,
              .max = kMaxChannels,
              .fallback = "4",
              .text = "number of channels",
              .live = false},
    ParamSpec{.name = "rate",
              .unit = "Hz",
              .min = 1e-3,
              .max = 1e11,
              .fallback = "1 MHz",
              .text = "samples a second per channel",
              .live = false},
    ParamSpec{.name = "dtype",
              .type = ParamType::kChoice,
              .fallback = "i16",
              .text = "format of the samples; integers are converter codes, f32 is in V",
              .choices = kDtypeNames,
              .live = false},
    ParamSpec{.name = "layout",
              .type = ParamType::kChoice,
              .fallback = "interleaved",
              .text = "order of the samples in a packet",
              .choices = kLayouts,
              .live = false},
    ParamSpec{.name = "bits",
              .type = ParamType::kInteger,
              .min = 0,
              .max = 32,
              .fallback = "0",
              .text = "resolution of the converter; 0: all bits of the type",
              .live = false},
    ParamSpec{.name = "range",
              .unit = "V",
              .min = 1e-6,
              .max = 1e6,
              .fallback = "5",
              .text = "full scale of the converter, to both sides"},
    ParamSpec{.name = "noise",
              .unit = "V",
              .min = 0,
              .max = 1e6,
              .fallback = "0",
              .text = "normal noise of the converter's input, rms"},
    ParamSpec{.name = "offset",
              .unit = "V",
              .min = -1e6,
              .max = 1e6,
              .fallback = "0",
              .text = "offset error of the converter"},
    ParamSpec{.name = "skew",
              .unit = "s",
              .min = 0,
              .max = 1,
              .fallback = "0",
              .text = "each channel samples so much later than the one before"},
    ParamSpec{.name = "pace",
              .type = ParamType::kChoice,
              .fallback = "real",
              .text = "real: at the configured rate; fast: as fast as it is read, losing nothing",
              .choices = kPaces,
              .live = false},
    ParamSpec{.name = "latency",
              .unit = "s",
              .min = 0,
              .max = 60,
              .fallback = "10 ms",
              .text = "a packet is handed over after this time though not full; 0: full only. "
                      "Without effect at pace fast"},
    ParamSpec{.name = "buffer",
              .unit = "s",
              .min = 1e-3,
              .max = 3600,
              .fallback = "1 s",
              .text = "what the device holds when nobody reads; then the oldest is lost. Without "
                      "effect at pace fast"},
    ParamSpec{.name = "stamps",
              .type = ParamType::kChoice,
              .fallback = "monotonic",
              .text =
                  "monotonic: from the host's time at start and the rate; counter: the device's "
                  "own sample counter. pace fast always uses the counter",
              .choices = kStamps,
              .live = false},
    ParamSpec{.name = "seed",
              .type = ParamType::kInteger,
              .min = 0,
              .max = 9007199254740992.0,
              .fallback = "1",
              .text = "the same seed gives the same samples and faults",
              .live = false},
    ParamSpec{.name = "serial",
              .type = ParamType::kText,
              .fallback = "0",
              .text = "serial number it answers with",
              .live = false},
    ParamSpec{.name = "signal",
              .type = ParamType::kTables,
              .text = "one table a channel; fewer are repeated; none: a showcase",
              .fields = kSignalFields},
};

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

}  // namespace

std::span<const ParamSpec> parameters() noexcept {
  return kParameters;
}

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
  if (Result<void> read = read_channels(params, out); !read)
    return tl::unexpected<Error>(read.error());
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
