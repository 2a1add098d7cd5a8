#include "dsp/framing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/units.h"

namespace acq {
namespace {

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kWaveform: return "a waveform";
    case Kind::kRecord: return "records";
    case Kind::kSpectrum: return "spectra";
    case Kind::kScalars: return "named results";
    case Kind::kIq: return "I/Q samples";
    case Kind::kLogic: return "logic";
    default: return "something else";
  }
}

// Whether a unit can stand in a product without brackets.
bool is_simple(std::string_view unit) noexcept {
  return unit.find_first_of("./") == std::string_view::npos;
}

std::string bracketed(const std::string& unit) {
  return is_simple(unit) ? unit : "(" + unit + ")";
}

}  // namespace

Result<std::size_t> length_of(const Params& params, std::string_view name, Rational rate_hz,
                              std::size_t least, std::size_t most) {
  const std::string by_time = std::string(name) + "_time";
  if (params.has(name) == params.has(by_time)) {
    return fail(Code::kInvalid,
                fmt::format("give {} (samples) or {} (seconds){}", name, by_time,
                            params.has(name) ? ", not both" : ""),
                std::string(name), fmt::format("{} to {} samples", least, most));
  }
  const bool is_time = params.has(by_time);
  const double samples = is_time ? std::round(params.number(by_time) * rate_hz.value())
                                 : static_cast<double>(params.integer(name));
  if (samples < static_cast<double>(least) || samples > static_cast<double>(most)) {
    const double rate = rate_hz.value();
    const std::string range = fmt::format("{} to {} samples", least, most);
    return fail(Code::kInvalid,
                fmt::format("{} is {} samples", is_time ? by_time : std::string(name), samples),
                is_time ? by_time : std::string(name),
                is_time ? fmt::format("{} ({} to {})", range,
                                      format_quantity(static_cast<double>(least) / rate, "s"),
                                      format_quantity(static_cast<double>(most) / rate, "s"))
                        : range);
  }
  return static_cast<std::size_t>(samples);
}

Result<std::size_t> length_of(const Params& params, std::string_view name, Rational rate_hz,
                              std::size_t least, std::size_t most, std::size_t fallback) {
  if (!params.has(name) && !params.has(std::string(name) + "_time")) return fallback;
  return length_of(params, name, rate_hz, least, most);
}

Result<void> need_kind(const SignalInfo& in, std::string_view block,
                       std::initializer_list<Kind> kinds) {
  if (std::find(kinds.begin(), kinds.end(), in.kind) != kinds.end()) return {};
  std::string wanted;
  for (const Kind kind : kinds) {
    wanted += (wanted.empty() ? "" : " or ") + std::string(kind_name(kind));
  }
  return fail(Code::kInvalid, fmt::format("{} needs {}, not {}", block, wanted, kind_name(in.kind)),
              {}, wanted);
}

std::string common_unit(const SignalInfo& in) {
  if (in.channels.empty()) return {};
  const bool is_common =
      std::all_of(in.channels.begin(), in.channels.end(),
                  [&](const Channel& channel) { return channel.unit == in.channels[0].unit; });
  return is_common ? in.channels[0].unit : "";
}

std::string squared_unit(std::string_view unit) {
  if (unit == "1" || unit.empty()) return "1";
  const bool is_simple = std::all_of(unit.begin(), unit.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return is_simple ? std::string(unit) + "2" : "(" + std::string(unit) + ")2";
}

std::string product_unit(const std::string& a, const std::string& b) {
  if (a == "1" || a.empty()) return b.empty() ? "1" : b;
  if (b == "1" || b.empty()) return a;
  return a == b ? squared_unit(a) : bracketed(a) + "." + bracketed(b);
}

std::string quotient_unit(const std::string& a, const std::string& b) {
  if (b == "1" || b.empty()) return a.empty() ? "1" : a;
  if (a == b) return "1";
  return (a.empty() ? "1" : bracketed(a)) + "/" + bracketed(b);
}

std::string inverse_unit(std::string_view unit) {
  if (unit == "1" || unit.empty()) return "1";
  if (unit == "s") return "Hz";
  return unit == "Hz" ? "s" : "/" + std::string(unit);
}

std::string tau_name(double tau_s) {
  std::string name = "tau_" + format_quantity(tau_s, "s");
  std::erase(name, ' ');
  return name;
}

}  // namespace acq
