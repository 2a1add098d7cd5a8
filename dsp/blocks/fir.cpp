// fir: finite impulse response filter: window method, equal ripples, or own taps.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   kind           low, high, band, stop (cutoff and order or transition), taps; low
//          design         window (window method) or equiripple (Parks-McClellan: cutoff in the middle of
//                         transition, with order; errors of both bands are equal in weight); window
//          cutoff         -6 dB frequency; lower and upper for band and stop; Hz, above 0 and below
//                         half the rate, no default
//          order          number of taps less one, 0 to 65535; even for high and stop; equiripple: 2 to
//                         2048; 64
//          transition     width between pass and stop band, Hz; window: instead of order; no default
//          attenuation    of the stop band beside a transition, 21 dB to 200 dB, 60 dB
//          window         name of a window (symmetric) beside an order, hamming
//          window_params  the window's own numbers, none
//          taps           own taps for kind taps, newest sample first, 1 to 65536 numbers
//          method         direct (each sample at once), overlap_save (a block at a time by Fourier
//                         transform), or auto: overlap_save from 256 taps on where its block lasts no
//                         longer than 20 ms; auto
//          on_gap         reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  group delay order/2 samples; own taps that are not symmetric: that of slow signals;
//          overlap_save holds samples back until a block of 4 to 10 times the taps is there, or a gap comes
// Cost     1 multiply-add a sample for each tap, or about 2.5 log2(taps) + 20 operations a sample
// Errors   kInvalid: not a waveform; cutoff, order, taps out of range; parameters that exclude each
//          other; a window that does not exist; an equiripple filter that cannot be found
// Numerics designed in float64, run in float32: error below taps/2 ulp of sum |tap sample|, overlap_save
//          3e-7 log2(taps) of sum |tap| times the largest sample; NaN and infinities reach as many outputs
//          as there are taps, overlap_save those of two blocks, then the filter has recovered
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 7.5 to 7.7, 8.7.3
// Checked  tests/dsp/fir_test.cpp, closed form; tests/validation, scipy.signal firwin, remez,
//          lfilter
#include "dsp/math/fir.h"
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "dsp/base/planes.h"
#include "dsp/block_filter.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/fir_equiripple.h"

namespace acq {
namespace {

constexpr double kLongestBlock_s = 0.02;  // that auto waits for

// The taps of an equiripple design, from cutoff, transition and order.
Result<std::vector<double>> equiripple_taps(const Params& params, double rate_hz) {
  for (const char* name : {"attenuation", "window", "window_params", "taps"}) {
    if (!params.has(name)) continue;
    return fail(Code::kInvalid,
                fmt::format("{} has no meaning together with design equiripple", name), name,
                "not given");
  }
  const std::string& kind = params.text("kind");
  const bool has_two = kind == "band" || kind == "stop";
  const auto edges = edges_of(params, rate_hz, 0);
  if (!edges) return edges;
  if (kind == "taps" || edges->size() != (has_two ? 2U : 1U)) {
    return fail(Code::kInvalid, fmt::format("kind {} with {} edges", kind, edges->size()), "cutoff",
                "one for low and high, two for band and stop");
  }
  if (!params.has("transition") || !(params.number("transition") > 0)) {
    return fail(Code::kInvalid, "design equiripple needs a transition", "transition", "above 0 Hz");
  }
  const double half = params.number("transition") / rate_hz / 2;
  std::vector<EquirippleBand> bands;
  double from = 0;
  double gain = kind == "low" || kind == "stop" ? 1 : 0;
  for (const double edge : *edges) {
    if (!(edge - half > from && edge + half < 0.5)) {
      return fail(Code::kInvalid, "the transition leaves no band beside it", "transition",
                  "narrower than the bands");
    }
    bands.push_back({from, edge - half, gain, 1});
    from = edge + half;
    gain = 1 - gain;
  }
  bands.push_back({from, 0.5, gain, 1});
  const std::int64_t order = params.has("order") ? params.integer("order") : 64;
  return design_equiripple(static_cast<std::size_t>(order) + 1, bands);
}

class Fir final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "fir", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto taps = params.text("design") == "equiripple"
                          ? equiripple_taps(params, in.rate_hz.value())
                          : fir_taps(params, in.rate_hz, {.order = 64});
    if (!taps) return tl::unexpected(taps.error());
    resets_ = params.text("on_gap") == "reset";
    const std::string& method = params.text("method");
    if (method == "overlap_save" || (method == "auto" && taps->size() >= kLeastBlockTaps)) {
      auto blocks = BlockFilter::make(*taps, in.channels.size(), in.rate_hz, resets_);
      if (!blocks) return tl::unexpected(blocks.error());
      const double block_s = static_cast<double>(blocks->block()) / in.rate_hz.value();
      if (method == "overlap_save" || block_s <= kLongestBlock_s) {
        SignalInfo out = in;
        out.max_count = blocks->block();
        add_delay(out, fir_delay(*taps));
        blocks_ = std::move(*blocks);
        return out;
      }
    }
    filters_.assign(in.channels.size(), FirFilter(*taps, in.max_count));
    out_ = Planes(in.channels.size(), in.max_count);
    SignalInfo out = in;
    add_delay(out, fir_delay(*taps));
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (blocks_) return blocks_->process(in, out);
    out.gap_before.add(std::exchange(lost_, Gap{}));
    if (!continuity_.follows(in) && resets_) {
      for (FirFilter& filter : filters_) filter.reset();
    }
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      filters_[c].run(in.planes[c], in.count, out_[c]);
    }
    out_.lend(out.planes);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Fir&>(before);
    if (blocks_ && other.blocks_) return blocks_->adopt(*other.blocks_);
    if (blocks_) return;  // the samples before count as 0
    if (other.blocks_) {
      lost_ = other.blocks_->waiting();
      return;
    }
    continuity_ = other.continuity_;
    lost_ = other.lost_;
    for (std::size_t c = 0; c < filters_.size(); ++c) filters_[c].adopt(other.filters_[c]);
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  std::optional<BlockFilter> blocks_;  // instead of filters_
  Gap lost_;                           // before the next output, by a change of method
  std::vector<FirFilter> filters_;     // of each channel
  Planes out_;
};

constexpr std::string_view kKinds[] = {"low", "high", "band", "stop", "taps"};
constexpr std::string_view kDesigns[] = {"window", "equiripple"};
constexpr std::string_view kMethods[] = {"auto", "direct", "overlap_save"};
constexpr auto kParams = with_fir_params({
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "low",
     .text = "what passes, or own taps",
     .choices = kKinds},
    {.name = "design",
     .type = ParamType::kChoice,
     .fallback = "window",
     .text = "window method, or equal ripples in both bands (with cutoff, transition and order)",
     .choices = kDesigns},
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "auto",
     .text = "each sample at once (direct), or a block at a time (overlap_save); auto: by cost, "
             "where a "
             "block lasts no longer than 20 ms",
     .choices = kMethods},
});

}  // namespace

extern const BlockEntry block_fir;
const BlockEntry block_fir{
    .name = "fir",
    .summary = "finite impulse response filter: window method, equal ripples or own taps",
    .params = kParams,
    .latency = "group delay order/2 samples",
    .cost = "order + 1 multiply-adds, or 2.5 log2 order + 20",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Fir>(); },
    .example = [] { return Table{{"cutoff", 100.0}, {"order", 40.0}}; },
};

}  // namespace acq
