// minmax_view: what fits a person's screen: lowest and highest value of each pixel column.
//
// In       (channels, samples) float32, any unit; waveform with `length`, or record or spectrum
// Out      (2 channels, columns) float32, same units: channel c gives plane 2 c ("<id>.min") and
//          plane 2 c + 1 ("<id>.max"); record, or spectrum for a spectrum
// Params   columns              pixel columns, 1 to 16384, 1000
//          length, length_time  samples or seconds of a view of a waveform, at least `columns`
//                               samples; no default for a waveform, not for a record or spectrum
// Latency  length - 1 samples for the first sample of a view
// Cost     2 comparisons a sample
// Errors   kInvalid: more than 32 channels, fewer samples than columns, length missing, out of
//          range or given for records
// Numerics exact; column j holds the samples from j n / columns (rounded down) to below (j + 1) n /
//          columns; a column with a NaN is NaN, and -0 reads 0
// Gaps     mark: a gap ends the view of a waveform; what there is goes out marked partial, columns
//          not reached NaN, and the next view starts behind the gap and tells it
// Source   own derivation
// Checked  tests/dsp/minmax_view_test.cpp, closed form, any cut; tests/validation, numpy
#include "dsp/math/minmax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/length_params.h"

namespace acq {
namespace {

constexpr std::size_t kMostColumns = 16384;
constexpr std::size_t kLongest = std::size_t{1} << 40;

class MinMaxView final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits =
        need_kind(in, "minmax_view", {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    if (2 * in.channels.size() > kMaxChannels) {
      return fail(Code::kInvalid,
                  fmt::format("a view of {} channels has too many planes", in.channels.size()), {},
                  fmt::format("at most {} channels", kMaxChannels / 2));
    }
    cuts_ = is_continuous(in.kind);
    columns_ = static_cast<std::size_t>(params.integer("columns"));
    if (const auto length = read_length(in, params); !length) {
      return tl::unexpected(length.error());
    }
    rate_hz_ = in.rate_hz;
    view_ = Planes(2 * in.channels.size(), columns_);
    column_.resize(in.channels.size());
    return describe_output(in);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!cuts_) {
      at_ = 0;
      begin(in);
      look_at(in);
      lend(out);
      return Yield::kLast;
    }
    if (!in_chunk_ && !open(in)) {
      finish_early(in, out);
      return Yield::kMore;
    }
    if (done_ == 0) begin(in);
    look_at(in);
    if (done_ < length_) {
      in_chunk_ = false;
      last_rx_ns_ = in.stamp.host_rx_ns;
      return Yield::kNone;
    }
    finish(in.stamp.host_rx_ns, out);
    return Yield::kMore;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<MinMaxView&>(before);
    if (length_ == other.length_ && columns_ == other.columns_) {
      std::swap(*this, other);
    } else {
      gaps_ = other.gaps_;
    }
  }

 private:
  Result<void> read_length(const SignalInfo& in, const Params& params) {
    if (cuts_) {
      const auto length = length_of(params, "length", in.rate_hz, columns_, kLongest);
      if (!length) return tl::unexpected(length.error());
      length_ = *length;
      return {};
    }
    if (params.has("length") || params.has("length_time")) {
      return fail(Code::kInvalid, "records and spectra have their own length",
                  params.has("length") ? "length" : "length_time", "no length for records");
    }
    length_ = in.max_count;
    if (columns_ > length_) {
      return fail(Code::kInvalid, fmt::format("columns is {} for {} values", columns_, length_),
                  "columns", fmt::format("1 to {}", length_));
    }
    return {};
  }

  SignalInfo describe_output(const SignalInfo& in) const {
    SignalInfo out = in;
    if (cuts_) {
      out.kind = Kind::kRecord;
      out.axis = {"time", "s", AxisRule::kLinear, 0, 1 / in.rate_hz.value()};
    }
    const double per_column = static_cast<double>(length_) / static_cast<double>(columns_);
    out.axis.step = out.axis.rule == AxisRule::kLinear ? out.axis.step * per_column
                                                       : std::pow(out.axis.step, per_column);
    out.max_count = columns_;
    out.results = {};
    out.channels.clear();
    for (const Channel& channel : in.channels) {
      const std::string label = channel.label.empty() ? channel.id : channel.label;
      for (const char* which : {"min", "max"}) {
        out.channels.push_back(channel);
        out.channels.back().id = channel.id + "." + which;
        out.channels.back().label = label + " " + which;
      }
    }
    return out;
  }

  // False when a view is pending that `in` does not continue.
  bool open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    if (!continuity_.follows(in) && done_ > 0) return false;
    gaps_.add(in.gap_before);
    marks_.add(in);
    return true;
  }

  void begin(const Chunk& in) noexcept {
    start_ = in.first_index + at_;
    stamp_ = shifted(in.stamp, static_cast<std::int64_t>(at_), rate_hz_);
    epoch_ = in.epoch;
    marks_ = {};
    marks_.add(in);
    done_ = 0;
    at_column_ = 0;
    std::fill(column_.begin(), column_.end(), MinMax{});
  }

  [[nodiscard]] std::uint64_t end_of(std::size_t column) const noexcept {
    return (column + 1) * length_ / columns_;
  }

  // Reads up to the end of the view.
  void look_at(const Chunk& in) noexcept {
    const std::size_t count = std::min<std::uint64_t>(length_ - done_, in.count - at_);
    std::size_t column = at_column_;
    for (std::size_t c = 0; c < column_.size(); ++c) {
      column = at_column_;
      std::uint64_t done = done_;
      for (const float* x = in.planes[c] + at_; done < done_ + count;) {
        const std::uint64_t piece = std::min(end_of(column), done_ + count) - done;
        column_[c].add(minmax_of(x, piece));
        x += piece;
        done += piece;
        if (done == end_of(column)) close_column(c, column++);
      }
    }
    at_column_ = column;
    done_ += count;
    at_ += count;
  }

  void close_column(std::size_t channel, std::size_t column) noexcept {
    view_[2 * channel][column] = column_[channel].min + 0.0F;
    view_[2 * channel + 1][column] = column_[channel].max + 0.0F;
    column_[channel] = {};
  }

  void lend(Chunk& out) noexcept {
    view_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(view_.channels());
    out.count = static_cast<std::uint32_t>(columns_);
    out.overrange_low = spread(out.overrange_low);
    out.overrange_high = spread(out.overrange_high);
    out.triggers = {};
    out.results = {};
  }

  void finish(std::int64_t rx_ns, Chunk& out) noexcept {
    out.first_index = start_;
    out.epoch = epoch_;
    out.stamp = stamp_;
    out.stamp.host_rx_ns = rx_ns;
    out.axis_start.reset();
    describe(marks_, gaps_, out);
    lend(out);
    done_ = 0;
  }

  void finish_early(const Chunk& in, Chunk& out) noexcept {
    for (std::size_t c = 0; c < column_.size(); ++c) {
      std::size_t column = at_column_;
      if (done_ > (column == 0 ? 0 : end_of(column - 1))) close_column(c, column++);
      for (const std::size_t plane : {2 * c, 2 * c + 1}) {
        std::fill(view_[plane] + column, view_[plane] + columns_, kNoValue);
      }
    }
    marks_.flags |= kFlagPartial;
    finish(last_rx_ns_, out);
    gaps_.add(in.gap_before);
  }

  // Each channel's bit to its two planes.
  [[nodiscard]] std::uint64_t spread(std::uint64_t bits) const noexcept {
    std::uint64_t out = 0;
    for (std::size_t c = 0; c < column_.size(); ++c) {
      if ((bits >> c & 1U) != 0) out |= std::uint64_t{3} << 2 * c;
    }
    return out;
  }

  static constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

  Rational rate_hz_;
  bool cuts_ = false;  // a waveform into views
  std::size_t columns_ = 1;
  std::uint64_t length_ = 1;

  Planes view_;
  std::vector<MinMax> column_;  // the one being filled, of each channel
  std::size_t at_column_ = 0;
  std::uint64_t done_ = 0;   // samples of the present view
  std::uint64_t start_ = 0;  // index of its first
  Stamp stamp_;
  std::uint32_t epoch_ = 0;
  std::int64_t last_rx_ns_ = 0;
  Continuity continuity_;
  Gap gaps_;  // since the last view
  Marks marks_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk
};

constexpr ParamSpec kParams[] = {
    {.name = "columns",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostColumns,
     .fallback = "1000",
     .text = "pixel columns"},
    samples_param("length", 1, kLongest, "samples of a view of a waveform"),
    time_param("length_time"),
};

}  // namespace

extern const BlockEntry block_minmax_view;
const BlockEntry block_minmax_view{
    .name = "minmax_view",
    .summary = "lowest and highest value of each pixel column, for a person's screen",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "2 comparisons",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<MinMaxView>(); },
    .example = [] { return Table{{"columns", 20.0}, {"length", 150.0}}; },
};

}  // namespace acq
