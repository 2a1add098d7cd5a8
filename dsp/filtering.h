// What blocks that filter a waveform share: their parameters for FIR taps, what they do at a gap,
// the delay they add.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "dsp/block.h"
#include "dsp/math/fir_design.h"
#include "dsp/math/iir_design.h"
#include "dsp/math/window.h"

namespace acq {

inline constexpr std::size_t kMostTaps = 65536;

inline constexpr std::string_view kGapPolicies[] = {"reset", "hold"};
inline constexpr ParamSpec kOnGapParam{
    .name = "on_gap",
    .type = ParamType::kChoice,
    .fallback = "reset",
    .text = "behind lost samples: start anew, or go on as if none were missing",
    .choices = kGapPolicies};

inline constexpr ParamSpec kCutoffParam{
    .name = "cutoff",
    .type = ParamType::kNumbers,
    .unit = "Hz",
    .min = 0,
    .text = "edge of the band, or its lower and upper edge; below half the rate"};
inline constexpr ParamSpec kOrderParam{.name = "order",
                                       .type = ParamType::kInteger,
                                       .min = 0,
                                       .max = kMostTaps - 1,
                                       .text = "number of taps less one"};
inline constexpr ParamSpec kTransitionParam{
    .name = "transition",
    .unit = "Hz",
    .min = 0,
    .text = "width between pass and stop band, instead of order: a Kaiser window is fitted"};
inline constexpr ParamSpec kAttenuationParam{.name = "attenuation",
                                             .unit = "dB",
                                             .min = 21,
                                             .max = 200,
                                             .text = "of the stop band, together with transition"};
inline constexpr ParamSpec kWindowParam{.name = "window",
                                        .type = ParamType::kChoice,
                                        .text = "window of the window method, together with order",
                                        .choices = kWindowNames};
inline constexpr ParamSpec kWindowParamsParam{.name = "window_params",
                                              .type = ParamType::kNumbers,
                                              .text = "numbers of the window, as kaiser's beta"};
inline constexpr ParamSpec kTapsParam{
    .name = "taps", .type = ParamType::kNumbers, .text = "own taps, the one for the newest first"};

// How a FIR filter is described, and what it does at a gap, behind `own` parameters of a block; the
// choices of its `kind` are among them.
template <std::size_t kOwn>
constexpr std::array<ParamSpec, kOwn + 8> with_fir_params(const ParamSpec (&own)[kOwn]) {
  std::array<ParamSpec, kOwn + 8> all{};
  const std::array shared{kCutoffParam, kOrderParam,        kTransitionParam, kAttenuationParam,
                          kWindowParam, kWindowParamsParam, kTapsParam,       kOnGapParam};
  std::copy_n(std::begin(own), kOwn, all.begin());
  std::copy(shared.begin(), shared.end(), all.begin() + kOwn);
  return all;
}

inline constexpr ParamSpec kIirKindParam{.name = "kind",
                                         .type = ParamType::kChoice,
                                         .fallback = "low",
                                         .text = "what passes",
                                         .choices = kBandNames};
inline constexpr ParamSpec kFamilyParam{
    .name = "family",
    .type = ParamType::kChoice,
    .fallback = "butterworth",
    .text =
        "flat (butterworth), linear phase (bessel), ripple in the pass band (chebyshev1), in the "
        "stop band (chebyshev2) or in both (elliptic)",
    .choices = kIirFamilyNames};
inline constexpr ParamSpec kIirOrderParam{.name = "order",
                                          .type = ParamType::kInteger,
                                          .min = 1,
                                          .max = kMostIirOrder,
                                          .fallback = "4",
                                          .text = "of the low-pass prototype"};
inline constexpr ParamSpec kRippleParam{
    .name = "ripple",
    .unit = "dB",
    .min = 1e-6,
    .max = 20,
    .text = "of the pass band, of chebyshev1 and elliptic; 1 dB when not given"};
inline constexpr ParamSpec kStopAttenuationParam{
    .name = "attenuation",
    .unit = "dB",
    .min = 1,
    .max = 200,
    .text = "of the stop band, of chebyshev2 and elliptic; 60 dB when not given"};
inline constexpr ParamSpec kBesselNormParam{
    .name = "bessel_norm",
    .type = ParamType::kChoice,
    .text =
        "what cutoff means for bessel: half of the phase (phase, as SciPy and DataLab; when not "
        "given), -3 dB (magnitude), or 1 / (2 pi delay)",
    .choices = kBesselNormNames};

// How a recursive filter is described, behind `own` parameters of a block.
template <std::size_t kOwn>
constexpr std::array<ParamSpec, kOwn + 7> with_iir_params(const ParamSpec (&own)[kOwn]) {
  std::array<ParamSpec, kOwn + 7> all{};
  const std::array shared{kIirKindParam, kFamilyParam,          kCutoffParam,    kIirOrderParam,
                          kRippleParam,  kStopAttenuationParam, kBesselNormParam};
  std::copy_n(std::begin(own), kOwn, all.begin());
  std::copy(shared.begin(), shared.end(), all.begin() + kOwn);
  return all;
}

struct IirFilter {
  Band band = Band::kLow;
  std::vector<double> edges;  // fractions of the rate
  std::vector<Section> sections;
};

// The filter described by the parameters above. kInvalid when they contradict each other or no such
// filter can be made.
Result<IirFilter> iir_filter(const Params& params, Rational rate_hz);

// What a block chooses where its user does not. 0: must be given.
struct FirDefaults {
  double cutoff_hz = 0;
  std::size_t order = 0;
  double transition_hz = 0;  // counts when order is 0
  double attenuation_db = 60;
  std::string_view window = "hamming";
};

// The taps described by the parameters above and `kind`: one of kBandNames, or "taps". kInvalid
// when they contradict each other or no such filter can be made.
Result<std::vector<double>> fir_taps(const Params& params, Rational rate_hz,
                                     const FirDefaults& defaults);

// The parameter cutoff as fractions of the rate; `fallback_hz` when it is not given and that is
// above 0. kInvalid when one is not above 0 and below half the rate, or all are missing.
Result<std::vector<double>> edges_of(const Params& params, double rate_hz, double fallback_hz);

// Adds a delay given in samples of `info`'s own rate.
void add_delay(SignalInfo& info, double samples) noexcept;

}  // namespace acq
