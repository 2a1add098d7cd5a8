#include "dsp/filtering.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/units.h"

namespace acq {
namespace {

// Parameters that mean nothing beside another one are refused, not passed over.
Result<void> refuse(const Params& params, std::initializer_list<const char*> names,
                    std::string_view beside) {
  for (const char* name : names) {
    if (!params.has(name)) continue;
    return fail(Code::kInvalid, fmt::format("{} has no meaning together with {}", name, beside),
                name, "not given");
  }
  return {};
}

std::vector<double> numbers_or_none(const Params& params, const char* name) {
  return params.has(name) ? params.numbers(name) : std::vector<double>{};
}

Result<std::vector<double>> own_taps(const Params& params) {
  const auto alone = refuse(
      params, {"cutoff", "order", "transition", "attenuation", "window", "window_params"}, "taps");
  if (!alone) return tl::unexpected(alone.error());
  std::vector<double> taps = numbers_or_none(params, "taps");
  const auto fits = [](double tap) { return std::abs(tap) <= 1e30; };
  if (taps.empty() || taps.size() > kMostTaps || !std::all_of(taps.begin(), taps.end(), fits)) {
    return fail(Code::kInvalid,
                fmt::format("kind taps needs its taps, not {} numbers", taps.size()), "taps",
                fmt::format("1 to {} numbers, each up to 1e30", kMostTaps));
  }
  return taps;
}

Result<std::vector<double>> by_transition(const Params& params, Band band,
                                          const std::vector<double>& edges, double rate_hz,
                                          const FirDefaults& defaults) {
  const auto alone = refuse(params, {"window", "window_params"}, "transition");
  if (!alone) return tl::unexpected(alone.error());
  const double width =
      params.has("transition") ? params.number("transition") : defaults.transition_hz;
  const double attenuation =
      params.has("attenuation") ? params.number("attenuation") : defaults.attenuation_db;
  const KaiserDesign kaiser = kaiser_design(attenuation, width / rate_hz);
  if (!(kaiser.tap_count <= static_cast<double>(kMostTaps))) {
    const double least = width * kaiser.tap_count / static_cast<double>(kMostTaps);
    return fail(
        Code::kInvalid,
        fmt::format("a transition of {} takes {} taps", format_quantity(width, "Hz"),
                    kaiser.tap_count),
        "transition",
        width > 0 ? fmt::format("at least {}", format_quantity(least, "Hz")) : "above 0 Hz");
  }
  return design_fir(band, edges, static_cast<std::size_t>(kaiser.tap_count), "kaiser",
                    std::vector{kaiser.beta});
}

}  // namespace

Result<std::vector<double>> fir_taps(const Params& params, Rational rate_hz,
                                     const FirDefaults& defaults) {
  const std::string& kind = params.text("kind");
  if (kind == "taps") return own_taps(params);
  if (const auto alone = refuse(params, {"taps"}, "kind " + kind); !alone) {
    return tl::unexpected(alone.error());
  }
  const auto* const name = std::find(std::begin(kBandNames), std::end(kBandNames), kind);
  ACQ_CHECK(name != std::end(kBandNames));
  const auto band = static_cast<Band>(name - std::begin(kBandNames));
  const double rate = rate_hz.value();
  const auto edges = edges_of(params, rate, defaults.cutoff_hz);
  if (!edges) return edges;
  if (params.has("order")) {
    const auto alone = refuse(params, {"transition", "attenuation"}, "order");
    if (!alone) return tl::unexpected(alone.error());
  } else if (defaults.order == 0 || params.has("transition")) {
    return by_transition(params, band, *edges, rate, defaults);
  } else if (const auto alone = refuse(params, {"attenuation"}, "order"); !alone) {
    return tl::unexpected(alone.error());
  }
  const std::size_t order =
      params.has("order") ? static_cast<std::size_t>(params.integer("order")) : defaults.order;
  return design_fir(band, *edges, order + 1,
                    params.has("window") ? params.text("window") : defaults.window,
                    numbers_or_none(params, "window_params"));
}

Result<std::vector<double>> edges_of(const Params& params, double rate_hz, double fallback_hz) {
  std::vector<double> edges = numbers_or_none(params, "cutoff");
  if (edges.empty() && fallback_hz > 0) edges.push_back(fallback_hz);
  if (edges.empty()) {
    return fail(Code::kInvalid, "cutoff must be given", "cutoff",
                fmt::format("above 0 Hz and below {}", format_quantity(rate_hz / 2, "Hz")));
  }
  for (double& edge : edges) {
    if (!(edge > 0 && edge < rate_hz / 2)) {
      return fail(Code::kInvalid,
                  fmt::format("cutoff is {} at a rate of {}", format_quantity(edge, "Hz"),
                              format_quantity(rate_hz, "Hz")),
                  "cutoff",
                  fmt::format("above 0 Hz and below {}", format_quantity(rate_hz / 2, "Hz")));
    }
    edge /= rate_hz;
  }
  return edges;
}

Result<IirFilter> iir_filter(const Params& params, Rational rate_hz) {
  const auto place = [](const auto& names, const std::string& word) {
    return std::find(std::begin(names), std::end(names), word) - std::begin(names);
  };
  IirFilter filter;
  filter.band = static_cast<Band>(place(kBandNames, params.text("kind")));
  const auto edges = edges_of(params, rate_hz.value(), 0);
  if (!edges) return tl::unexpected(edges.error());
  filter.edges = *edges;
  const std::string& family = params.text("family");
  IirDesign design;
  design.family = static_cast<IirFamily>(place(kIirFamilyNames, family));
  design.order = static_cast<std::size_t>(params.integer("order"));
  std::vector<const char*> useless;
  if (family != "chebyshev1" && family != "elliptic") useless.push_back("ripple");
  if (family != "chebyshev2" && family != "elliptic") useless.push_back("attenuation");
  if (family != "bessel") useless.push_back("bessel_norm");
  for (const char* name : useless) {
    const auto alone = refuse(params, {name}, "family " + family);
    if (!alone) return tl::unexpected(alone.error());
  }
  if (params.has("ripple")) design.ripple_db = params.number("ripple");
  if (params.has("attenuation")) design.attenuation_db = params.number("attenuation");
  if (params.has("bessel_norm")) {
    design.bessel_norm =
        static_cast<BesselNorm>(place(kBesselNormNames, params.text("bessel_norm")));
  }
  auto sections = design_iir(design, filter.band, filter.edges);
  if (!sections) return tl::unexpected(sections.error());
  filter.sections = std::move(*sections);
  return filter;
}

void add_delay(SignalInfo& info, double samples) noexcept {
  const double at_source = samples * info.index_ratio.value();
  info.group_delay = rational_from(info.group_delay.value() + at_source);
}

}  // namespace acq
