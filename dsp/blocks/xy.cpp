// xy: one signal against another: what y is wherever x has a value, in a record or a piece of a waveform.
//
// In       (2 signals, samples) float32; the first half of the channels are x, in one unit u, the second
//          half y; record, or waveform with `length`: what a pipeline of two inputs joins
// Out      (signals, points) float32, in y's unit, counts without one; record whose x axis is the middle
//          of the ranges of x, in u
// Params   points               ranges of x of equal width, 1 to 65536, 256
//          lower, upper         u, the range of all of them; the declared range of x when not given
//          output               mean of the y in each range; deviation of them, over their number;
//                               counts, their number; mean
//          direction            both; rising, falling: only while x rises or falls, which takes a loop
//                               (hysteresis) apart; both
//          length, length_time  samples or seconds of a piece of a waveform, 1 or more; no default for a
//                               waveform, not for a record
// Latency  length - 1 samples for the first sample of a piece
// Cost     10 float64 operations a pair
// Errors   kInvalid: neither waveform nor record, an odd number of channels, x of several units, no range
//          or an empty one, length missing or given for records, too many channels for the points
// Numerics edges and sums in float64, the last range holds `upper` itself; NaN where x never was; a pair of
//          which one is not finite counts nowhere; where x stays, its direction is that of its last change,
//          and before the first change of a piece it has none
// Gaps     reset: the piece of a waveform that a gap interrupts is dropped, the next one starts behind
//          the gap and tells it
// Source   scipy.stats.binned_statistic (a profile histogram); DataLab draws the pairs as they are
// Checked  tests/dsp/xy_test.cpp, closed form; tests/validation, scipy.stats.binned_statistic
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/base/planes.h"
#include "dsp/math/histogram.h"
#include "dsp/measuring.h"
#include "dsp/pieces.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kMean, kDeviation, kCounts };
enum class Direction : std::uint8_t { kBoth, kRising, kFalling };

constexpr std::string_view kOutputs[] = {"mean", "deviation", "counts"};
constexpr std::string_view kDirections[] = {"both", "rising", "falling"};

// One pair of channels.
struct Pair {
  BinnedMoments moments;
  float last_x = std::numeric_limits<float>::quiet_NaN();
  Direction now = Direction::kBoth;  // not known yet

  void clear() noexcept {
    moments.clear();
    last_x = std::numeric_limits<float>::quiet_NaN();
    now = Direction::kBoth;
  }

  void add(float x, float y, Direction wanted) noexcept {
    if (x > last_x) now = Direction::kRising;
    if (x < last_x) now = Direction::kFalling;
    last_x = x;
    if (wanted == Direction::kBoth || now == wanted) {
      moments.add(static_cast<double>(x), static_cast<double>(y));
    }
  }
};

class Xy final : public PieceBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "xy", {Kind::kWaveform, Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (const auto length = read_length(in, params); !length) {
      return tl::unexpected(length.error());
    }
    if (in.channels.size() % 2 != 0) {
      return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
                  "an even number of channels");
    }
    const std::size_t pairs = in.channels.size() / 2;
    const auto range = value_range(std::span(in.channels).first(pairs), params);
    if (!range) return tl::unexpected(range.error());
    const auto points = static_cast<std::size_t>(params.integer("points"));
    if (points * pairs > kMaxPieceSamples) {
      return fail(Code::kInvalid, fmt::format("{} points for {} pairs", points, pairs), "points",
                  fmt::format("1 to {}", kMaxPieceSamples / pairs));
    }
    output_ = static_cast<Output>(choice_of(kOutputs, params.text("output")));
    direction_ = static_cast<Direction>(choice_of(kDirections, params.text("direction")));
    pairs_.assign(pairs, {BinnedMoments(Bins(range->lower, range->upper, points))});
    planes_ = Planes(pairs, points);
    return described(in);
  }

 private:
  SignalInfo described(const SignalInfo& in) const {
    SignalInfo out = in;
    const std::size_t pairs = pairs_.size();
    const Bins& bins = pairs_[0].moments.bins();
    out.kind = Kind::kRecord;
    out.is_logic = false;
    out.max_count = bins.count();
    out.axis = {in.channels[0].quantity.empty() ? "value" : in.channels[0].quantity,
                in.channels[0].unit, AxisRule::kLinear, bins.lower() + bins.width() / 2,
                bins.width()};
    out.results.clear();
    out.channels.assign(in.channels.begin() + static_cast<std::ptrdiff_t>(pairs),
                        in.channels.end());
    for (Channel& channel : out.channels) {
      if (output_ == Output::kMean) continue;
      channel.range_min = channel.range_max = 0;
      if (output_ == Output::kCounts) {
        channel.quantity = "counts";
        channel.unit = "1";
        channel.calibration = {};
      }
    }
    return out;
  }

  void clear() noexcept override {
    for (Pair& pair : pairs_) pair.clear();
  }

  void add(const Chunk& in, std::size_t from, std::size_t to) noexcept override {
    for (std::size_t n = 0; n < pairs_.size(); ++n) {
      const float *const x = in.planes[n], *const y = in.planes[pairs_.size() + n];
      for (std::size_t i = from; i < to; ++i) pairs_[n].add(x[i], y[i], direction_);
    }
  }

  void finish(Chunk& out) noexcept override {
    const std::size_t pairs = pairs_.size();
    for (std::size_t n = 0; n < pairs; ++n) {
      const auto sums = pairs_[n].moments.sums();
      std::transform(sums.begin(), sums.end(), planes_[n],
                     [&](const BinnedMoments::Bin& bin) { return value_of(bin); });
    }
    planes_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(pairs);
    out.count = static_cast<std::uint32_t>(planes_.count());
    out.axis_start.reset();
    out.results = {};
    const std::uint64_t mask = (std::uint64_t{1} << pairs) - 1;
    out.overrange_low = (out.overrange_low | out.overrange_low >> pairs) & mask;
    out.overrange_high = (out.overrange_high | out.overrange_high >> pairs) & mask;
  }

  [[nodiscard]] float value_of(const BinnedMoments::Bin& bin) const noexcept {
    if (output_ == Output::kCounts) return static_cast<float>(bin.count);
    if (bin.count == 0) return std::numeric_limits<float>::quiet_NaN();
    if (output_ == Output::kMean) return static_cast<float>(bin.mean);
    return static_cast<float>(std::sqrt(bin.squares / static_cast<double>(bin.count)));
  }

  bool adopt_piece(PieceBlock& before) noexcept override {
    auto& other = static_cast<Xy&>(before);
    if (direction_ != other.direction_) return false;
    if (!(pairs_[0].moments.bins() == other.pairs_[0].moments.bins())) return false;
    std::swap(pairs_, other.pairs_);
    return true;
  }

  Output output_ = Output::kMean;
  Direction direction_ = Direction::kBoth;
  std::vector<Pair> pairs_;
  Planes planes_;
};

constexpr ParamSpec kParams[] = {
    {.name = "points",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 65536,
     .fallback = "256",
     .text = "ranges of x of equal width"},
    kLowerParam,
    kUpperParam,
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "mean",
     .text = "what is told of the y in each range",
     .choices = kOutputs},
    {.name = "direction",
     .type = ParamType::kChoice,
     .fallback = "both",
     .text = "which way x has to go",
     .choices = kDirections},
    kPieceLengthParam,
    kPieceLengthTimeParam,
};

}  // namespace

extern const BlockEntry block_xy;
const BlockEntry block_xy{
    .name = "xy",
    .summary = "one signal against another: the mean of y wherever x has a value",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "10 float64 operations a pair",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Xy>(); },
    .example =
        [] {
          return Table{{"points", 20.0},
                       {"lower", -1.5},
                       {"upper", 1.5},
                       {"length", 200.0},
                       {"output", "counts"}};
        },
    .min_channels = 2,
};

}  // namespace acq
