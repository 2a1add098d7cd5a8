// decimate: keeps every factor-th sample, behind a low-pass filter against aliases.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples / factor) float32, same unit, rate / factor; sample k is that at
//          input index k * factor, counted from the start of the epoch, behind gaps too
// Params   factor         whole, 1 to 65536, no default
//          kind           low (designed), taps (own filter), none (aliases stay); low
//          cutoff         -6 dB frequency, Hz, half the new rate
//          order          number of taps less one, 0 to 65535, instead of transition, no default
//          transition     width between pass and stop band, Hz, 0.4 of half the new rate: what
//                         aliases falls above 0.8 of half the new rate
//          attenuation    of the stop band beside a transition, 21 dB to 200 dB, 80 dB
//          window         name of a window (symmetric) beside an order, hamming
//          window_params  the window's own numbers, none
//          taps           own taps for kind taps, newest sample first, 1 to 65536 numbers
//          on_gap         reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  group delay order/2 input samples; own taps that are not symmetric: that of slow signals
// Cost     taps / factor multiply-adds an input sample
// Errors   kInvalid: not a waveform; cutoff, order, taps out of range; parameters that exclude each
//          other; a window that does not exist; a transition too narrow for the factor
// Numerics as fir; NaN and infinities reach the outputs whose taps meet them
// Source   Crochiere and Rabiner, Multirate Digital Signal Processing, 1983, 3.3 (polyphase)
// Checked  tests/dsp/decimate_test.cpp, closed form; tests/validation, scipy.signal upfirdn
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dsp/base/planes.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/fir.h"

namespace acq {
namespace {

constexpr const char* kFilterParams[] = {"cutoff", "order",         "transition", "attenuation",
                                         "window", "window_params", "taps"};

class Decimate final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "decimate", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    factor_ = static_cast<std::uint64_t>(params.integer("factor"));
    rate_hz_ = in.rate_hz;
    resets_ = params.text("on_gap") == "reset";
    const auto taps = taps_of(params, in.rate_hz);
    if (!taps) return tl::unexpected(taps.error());
    decimators_.assign(in.channels.size(), FirDecimator(*taps, factor_, in.max_count));
    SignalInfo out = in;
    out.max_count = (in.max_count - 1) / factor_ + 1;
    out_ = Planes(in.channels.size(), out.max_count);
    add_delay(out, fir_delay(*taps));
    out.rate_hz = make_rational(in.rate_hz.num, in.rate_hz.den * factor_);
    out.index_ratio = make_rational(in.index_ratio.num * factor_, in.index_ratio.den);
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      for (FirDecimator& decimator : decimators_) decimator.reset();
    }
    collect(in);
    std::size_t made = 0;
    for (std::size_t c = 0; c < decimators_.size(); ++c) {
      made = decimators_[c].run(in.planes[c], in.count, in.first_index, out_[c]);
    }
    if (made == 0) return Yield::kNone;
    out.count = static_cast<std::uint32_t>(made);
    out_.lend(out.planes);
    tell(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Decimate&>(before);
    continuity_ = other.continuity_;
    gap_ = other.gap_;
    marks_ = other.marks_;
    waiting_ = other.waiting_;
    waiting_count_ = other.waiting_count_;
    has_last_ = other.has_last_ && other.factor_ == factor_;
    next_index_ = other.next_index_;
    epoch_ = other.epoch_;
    for (std::size_t c = 0; c < decimators_.size(); ++c) {
      decimators_[c].adopt(other.decimators_[c]);
    }
  }

 private:
  // A mark on its way, its position still counted in input samples from index 0.
  struct Waiting {
    TriggerMark mark;
    std::uint64_t index = 0;  // of the chunk the position counts from
  };

  Result<std::vector<double>> taps_of(const Params& params, Rational rate_hz) const {
    if (params.text("kind") == "none") return no_filter(params);
    const bool is_given = std::any_of(std::begin(kFilterParams), std::end(kFilterParams),
                                      [&](const char* name) { return params.has(name); });
    if (factor_ == 1 && params.text("kind") == "low" && !is_given) {
      return std::vector{1.0};  // nothing can alias
    }
    const double new_half = rate_hz.value() / 2 / static_cast<double>(factor_);
    return fir_taps(params, rate_hz,
                    {.cutoff_hz = new_half, .transition_hz = 0.4 * new_half, .attenuation_db = 80});
  }

  static Result<std::vector<double>> no_filter(const Params& params) {
    for (const char* name : kFilterParams) {
      if (!params.has(name)) continue;
      return fail(Code::kInvalid, fmt::format("{} has no meaning together with kind none", name),
                  name, "not given");
    }
    return std::vector{1.0};
  }

  // What arrived since the last output belongs to the next one.
  void collect(const Chunk& in) noexcept {
    gap_.add(in.gap_before);
    marks_.add(in);
    for (const TriggerMark& mark : in.triggers) {
      if (waiting_count_ < kMaxTriggers) waiting_[waiting_count_++] = {mark, in.first_index};
    }
  }

  void tell(const Chunk& in, Chunk& out) noexcept {
    const std::uint64_t first = (in.first_index + factor_ - 1) / factor_;
    place(in, first * factor_, rate_hz_, out);
    out.first_index = first;
    const bool goes_on = has_last_ && in.epoch == epoch_;
    gap_.samples = goes_on ? first - next_index_ : gap_.samples / factor_;
    describe(marks_, gap_, out);
    marks_ = {};
    for (std::size_t i = 0; i < waiting_count_; ++i) {
      const auto [mark, index] = waiting_[i];
      const auto behind = static_cast<double>(static_cast<std::int64_t>(index - first * factor_));
      triggers_[i] = mark;
      triggers_[i].position = (behind + mark.position) / static_cast<double>(factor_);
    }
    out.triggers = {triggers_.data(), std::exchange(waiting_count_, 0)};
    has_last_ = true;
    epoch_ = in.epoch;
    next_index_ = first + out.count;
  }

  std::uint64_t factor_ = 1;
  Rational rate_hz_;
  bool resets_ = true;
  std::vector<FirDecimator> decimators_;  // of each channel
  Planes out_;

  Continuity continuity_;
  Gap gap_;  // since the last output
  Marks marks_;
  std::array<Waiting, kMaxTriggers> waiting_;
  std::size_t waiting_count_ = 0;
  std::array<TriggerMark, kMaxTriggers> triggers_;
  bool has_last_ = false;
  std::uint64_t next_index_ = 0;  // of the output
  std::uint32_t epoch_ = 0;
};

constexpr std::string_view kKinds[] = {"low", "taps", "none"};
constexpr ParamSpec kParams[] = {
    {.name = "factor",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 65536,
     .required = true,
     .text = "one sample of so many is kept"},
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "low",
     .text = "filter against aliases: designed, own taps, or none",
     .choices = kKinds},
    kCutoffParam,
    kOrderParam,
    kTransitionParam,
    kAttenuationParam,
    kWindowParam,
    kWindowParamsParam,
    kTapsParam,
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_decimate;
const BlockEntry block_decimate{
    .name = "decimate",
    .summary = "keeps every factor-th sample, behind a low-pass filter against aliases",
    .params = kParams,
    .latency = "group delay order/2 input samples",
    .cost = "(order + 1) / factor multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Decimate>(); },
    .example = [] { return Table{{"factor", 4.0}, {"order", 32.0}}; },
};

}  // namespace acq
