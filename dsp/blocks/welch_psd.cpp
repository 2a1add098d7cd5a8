// welch_psd: power spectral density or power spectrum, the mean over overlapping segments.
//
// In       (channels, samples) float32, any unit u; waveform
// Out      (channels, length / 2 + 1) float32, u2/Hz, u2 or dB; one-sided spectrum from 0 Hz to
//          half the rate; one for each `averages` segments
// Params   length         samples of a segment, 2 to 2^20, 1024
//          overlap        samples a segment shares with the one before, 0 to length - 1, length / 2
//          window         name of a window (periodic), hann
//          window_params  the window's own numbers, none
//          averages       segments of one spectrum, 1 to 10^6, 8
//          detrend        none or constant: subtract each segment's mean, constant
//          scaling        density (u2/Hz) or spectrum (u2), density
//          output         linear, or db: 10 log10 of it, -379 dB for nothing; linear
//          uncertainty    whether a result `sigma` is told for each channel, false: one sigma of a
//                         bin as a part of it (in dB with output db), from window, overlap and averages,
//                         where the noise is normal and white over a bin
// Latency  length + (averages - 1) * (length - overlap) - 1 samples for the first of a spectrum
// Cost     length / (length - overlap) * (2.5 log2(length) + 8) operations a sample
// Errors   kInvalid: not a waveform, unknown window or wrong window_params, overlap >= length, too
//          many channels for the length
// Numerics transforms in float32, sums in float64: within 1e-6 of the largest bin; one NaN spoils
//          its channel in the spectra its segments belong to
// Gaps     reset: the segments since the last spectrum are dropped, the next starts behind the gap
//          and tells it
// Source   P. D. Welch, IEEE Trans. Audio Electroacoust. AU-15 (1967) 70; scaling as in
//          scipy.signal.welch
// Checked  tests/dsp/welch_psd_test.cpp, closed form, coverage; tests/validation, scipy.signal.welch;
//          with averages 1 a spectrogram, row by row: scipy.signal.spectrogram
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/decibel.h"
#include "dsp/math/welch.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

constexpr std::size_t kMaxLength = std::size_t{1} << 20;
constexpr std::size_t kMinBuffer = 16384;  // samples a channel: 64 KiB stays in the second cache

class WelchPsd final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "welch_psd", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (const auto lengths = read_lengths(in, params); !lengths) {
      return tl::unexpected(lengths.error());
    }
    const auto window = spectrum_window(params, length_);
    if (!window) return tl::unexpected(window.error());
    auto transform =
        SegmentTransform::make(*window, params.text("detrend") == "constant", averages_);
    if (!transform) return tl::unexpected(transform.error());
    transform_ = std::move(*transform);

    const bool is_density = params.text("scaling") == "density";
    is_db_ = params.text("output") == "db";
    const double gain =
        is_density ? in.rate_hz.value() *
                         std::inner_product(window->begin(), window->end(), window->begin(), 0.0)
                   : std::pow(std::accumulate(window->begin(), window->end(), 0.0), 2);
    if (!(gain > 0)) {
      return fail(Code::kInvalid, fmt::format("window '{}' sums to zero", params.text("window")),
                  "window");
    }
    scale_ = 1 / (gain * static_cast<double>(averages_));
    allocate(in.channels.size());
    SignalInfo out = describe_output(in, is_density);
    if (params.flag("uncertainty")) {
      const auto sigma = welch_relative_sigma(*window, hop_, averages_);
      if (!sigma) return tl::unexpected(sigma.error());
      // 10 log10 by its derivative.
      const double value = is_db_ ? *sigma * 10 / std::numbers::ln10 : *sigma;
      out.results = {{"sigma", is_db_ ? "dB" : "1"}};
      results_.assign(in.channels.size(), {value, kUnknown, ""});
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!in_chunk_) open(in);
    for (;;) {
      if (can_transform()) {
        if (!transform_next()) continue;
        finish(in, out);
        return Yield::kMore;
      }
      if (at_ == in.count) break;
      append(in);
    }
    in_chunk_ = false;
    recent_.add(in);
    return Yield::kNone;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<WelchPsd&>(before);
    gaps_ = other.gaps_;
    continuity_ = other.continuity_;
    if (length_ != other.length_ || hop_ != other.hop_) return;
    std::swap(buffer_, other.buffer_);
    begin_ = other.begin_;
    end_ = other.end_;
    recent_ = other.recent_;
    if (transform_.sums_like(other.transform_) && other.done_ < averages_) {
      std::swap(sums_, other.sums_);
      done_ = other.done_;
      start_ = other.start_;
      marks_ = other.marks_;
    } else {
      start_ = continuity_.next() - (end_ - begin_);
      marks_ = recent_.all();
    }
  }

 private:
  Result<void> read_lengths(const SignalInfo& in, const Params& params) {
    length_ = static_cast<std::size_t>(params.integer("length"));
    const std::size_t most = kMaxPieceSamples / in.channels.size();
    if (length_ > most) {
      return fail(Code::kInvalid,
                  fmt::format("length is {} for {} channels", length_, in.channels.size()),
                  "length", fmt::format("2 to {}", most));
    }
    const std::size_t overlap =
        params.has("overlap") ? static_cast<std::size_t>(params.integer("overlap")) : length_ / 2;
    if (overlap >= length_) {
      return fail(Code::kInvalid, fmt::format("overlap is {}, length {}", overlap, length_),
                  "overlap", fmt::format("0 to {}", length_ - 1));
    }
    hop_ = length_ - overlap;
    averages_ = static_cast<std::size_t>(params.integer("averages"));
    return {};
  }

  void allocate(std::size_t channels) {
    const std::size_t reach = length_ + hop_;
    buffer_ = Planes(channels, reach + std::max(reach, kMinBuffer));
    sums_.assign(channels, PowerSum(length_));
    spectrum_ = Planes(channels, length_ / 2 + 1);
    recent_ = RecentMarks(reach);
  }

  SignalInfo describe_output(const SignalInfo& in, bool is_density) {
    rate_hz_ = in.rate_hz;
    SignalInfo out = in;
    out.kind = Kind::kSpectrum;
    out.max_count = length_ / 2 + 1;
    out.axis = {"frequency", "Hz", AxisRule::kLinear, 0,
                in.rate_hz.value() / static_cast<double>(length_)};
    out.results = {};
    for (Channel& channel : out.channels) {
      const std::string unit = squared_unit(channel.unit) + (is_density ? "/Hz" : "");
      channel.quantity = is_db_       ? "level re 1 " + unit
                         : is_density ? "power spectral density"
                                      : "power";
      channel.unit = is_db_ ? "dB" : unit;
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

  void open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    gaps_.add(in.gap_before);
    if (!continuity_.follows(in)) {
      begin_ = end_ = 0;
      for (PowerSum& sum : sums_) sum.clear();
      restart(in.first_index);
      recent_.clear();
    }
    marks_.add(in);
  }

  // The next spectrum starts at index `first`.
  void restart(std::uint64_t first) noexcept {
    start_ = first;
    done_ = 0;
    marks_ = {};
  }

  void append(const Chunk& in) noexcept {
    const std::size_t capacity = buffer_.count();
    if (end_ == capacity) {
      for (std::size_t c = 0; c < in.channels; ++c) {
        std::copy(buffer_[c] + begin_, buffer_[c] + end_, buffer_[c]);
      }
      end_ -= begin_;
      begin_ = 0;
    }
    const std::size_t count = std::min(in.count - at_, capacity - end_);
    for (std::size_t c = 0; c < in.channels; ++c) {
      std::copy_n(in.planes[c] + at_, count, buffer_[c] + end_);
    }
    end_ += count;
    at_ += count;
  }

  // Segments are taken two at a time, but for the last of an odd number.
  [[nodiscard]] bool takes_pair() const noexcept { return done_ + 2 <= averages_; }
  [[nodiscard]] bool can_transform() const noexcept {
    return end_ - begin_ >= (takes_pair() ? length_ + hop_ : length_);
  }

  // Whether the spectrum is complete.
  bool transform_next() noexcept {
    const std::size_t count = takes_pair() ? 2 : 1;
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      const float* segment = buffer_[c] + begin_;
      if (count == 2) {
        transform_.add_pair(segment, segment + hop_, sums_[c]);
      } else {
        transform_.add(segment, sums_[c]);
      }
    }
    begin_ += count * hop_;
    done_ += count;
    return done_ == averages_;
  }

  void finish(const Chunk& in, Chunk& out) noexcept {
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      transform_.take(sums_[c], scale_, spectrum_[c]);
      if (is_db_) to_db(spectrum_.plane(c));
    }
    spectrum_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(spectrum_.count());
    out.axis_start.reset();
    place(in, start_, rate_hz_, out);
    describe(marks_, gaps_, out);
    out.results = results_;
    restart(start_ + averages_ * hop_);
    if (start_ < in.first_index) marks_ = recent_.all();
    if (start_ < in.first_index + in.count) marks_.add(in);
  }

  Rational rate_hz_;
  std::size_t length_ = 2;
  std::size_t hop_ = 1;
  std::size_t averages_ = 1;
  double scale_ = 1;
  bool is_db_ = false;
  SegmentTransform transform_;
  std::vector<PowerSum> sums_;  // of each channel
  Planes spectrum_;
  std::vector<ScalarResult> results_;

  Planes buffer_;          // samples not yet used by all their segments: [begin_, end_)
  std::size_t begin_ = 0;  // of the next segment
  std::size_t end_ = 0;
  std::size_t done_ = 0;     // segments in the sums
  std::uint64_t start_ = 0;  // index of the first sample of the present spectrum

  Continuity continuity_;
  Gap gaps_;  // since the last spectrum
  Marks marks_;
  RecentMarks recent_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk
};

constexpr std::string_view kScalings[] = {"density", "spectrum"};
constexpr std::string_view kOutputs[] = {"linear", "db"};
constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 2,
     .max = kMaxLength,
     .fallback = "1024",
     .text = "samples of a segment; the resolution is the rate over it"},
    {.name = "overlap",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 0,
     .max = kMaxLength - 1,
     .text = "samples a segment shares with the one before; half of length when not given"},
    kSpectrumWindowParam,
    kWindowParamsParam,
    {.name = "averages",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 1e6,
     .fallback = "8",
     .text = "segments of one spectrum"},
    kSegmentDetrendParam,
    {.name = "scaling",
     .type = ParamType::kChoice,
     .fallback = "density",
     .text = "power per hertz, or power",
     .choices = kScalings},
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "linear",
     .text = "linear, or 10 log10 of it",
     .choices = kOutputs},
    {.name = "uncertainty",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "a result tells one sigma of a bin as a part of it, for white noise"},
};

}  // namespace

extern const BlockEntry block_welch_psd;
const BlockEntry block_welch_psd{
    .name = "welch_psd",
    .summary = "power spectral density, mean over overlapping segments",
    .params = kParams,
    .latency = "length + (averages - 1) (length - overlap) - 1 samples",
    .cost = "length / (length - overlap) (2.5 log2 length + 8)",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<WelchPsd>(); },
    .example = [] { return Table{{"length", 64.0}, {"averages", 3.0}}; },
};

}  // namespace acq
