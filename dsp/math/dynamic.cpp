#include "dsp/math/dynamic.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/math/window.h"

namespace acq {
namespace {

constexpr double kRoot2 = std::numbers::sqrt2;

double db(double ratio) noexcept {
  return 20 * std::log10(ratio);
}

// Where a frequency given in turns a sample is folded to, 0 to 0.5.
double folded(double turns) noexcept {
  const double part = turns - std::floor(turns);
  return part > 0.5 ? 1 - part : part;
}

// The sine and its harmonics at fixed frequencies: linear in all amplitudes.
struct Lines {
  std::size_t count = 0;
  std::array<double, kMostHarmonics + 1> turns{};  // a sample

  void operator()(double u, double* values) const noexcept {
    values[0] = 1;
    for (std::size_t k = 0; k < count; ++k) {
      const double phase = 2 * std::numbers::pi * turns[k] * u;
      values[2 * k + 1] = std::cos(phase);
      values[2 * k + 2] = std::sin(phase);
    }
  }
};

Lines lines_of(double fundamental, std::size_t harmonics, double nearest) noexcept {
  Lines lines;
  lines.turns[lines.count++] = fundamental;
  for (std::size_t h = 2; h <= harmonics + 1; ++h) {
    const double turns = folded(static_cast<double>(h) * fundamental);
    bool is_apart = turns > nearest && turns < 0.5 - nearest;
    for (std::size_t k = 0; k < lines.count; ++k) {
      is_apart = is_apart && std::abs(turns - lines.turns[k]) > nearest;
    }
    if (is_apart) lines.turns[lines.count++] = turns;
  }
  return lines;
}

}  // namespace

Result<DynamicAnalyzer> DynamicAnalyzer::make(std::size_t count) {
  auto start = SineStart::make(count);
  if (!start) return tl::unexpected(start.error());
  auto flat_top = make_window("flattop", count, Sampling::kPeriodic);
  if (!flat_top) return tl::unexpected(flat_top.error());
  DynamicAnalyzer analyzer;
  analyzer.start_ = std::move(*start);
  analyzer.flat_top_ = std::move(*flat_top);
  analyzer.flat_top_gain_ =
      std::accumulate(analyzer.flat_top_.begin(), analyzer.flat_top_.end(), 0.0);
  analyzer.boxcar_.assign(count, 1.0);
  analyzer.residual_.resize(count);
  return analyzer;
}

DynamicAnalyzer::Harmonics DynamicAnalyzer::harmonics_of(const Trace& record, const SineFit& sine,
                                                         std::size_t harmonics) noexcept {
  Harmonics found;
  const auto count = static_cast<double>(record.size());
  const Lines lines = lines_of(sine.frequency * record.step, harmonics, 1.5 / count);
  const std::size_t params = 2 * lines.count + 1;
  const std::array<double, kMaxFitParams> nothing{};
  const Trace middle{record.y, -0.5 * (count - 1), 1};
  const Fit fit = fit_curve(middle, LinearCurve(params, lines), {nothing.data(), params});
  if (!fit.is_valid()) {
    found.invalid_because = fit.invalid_because;
    return found;
  }
  found.count = lines.count - 1;
  for (std::size_t k = 1; k < lines.count; ++k) {
    const double amplitude = std::hypot(fit.p[2 * k + 1], fit.p[2 * k + 2]);
    found.squares += amplitude * amplitude;
    found.largest = std::max(found.largest, amplitude);
  }
  return found;
}

// Amplitude of the largest line of the residual.
double DynamicAnalyzer::largest_line(const Trace& record, const SineFit& sine) noexcept {
  for (std::size_t i = 0; i < record.size(); ++i) {
    residual_[i] = record.y[i] - sine.at(record.x(static_cast<double>(i)));
  }
  const std::span<const double> power = start_.power(residual_, 0, flat_top_);
  return 2 * std::sqrt(*std::max_element(power.begin() + 1, power.end())) / flat_top_gain_;
}

DynamicParameters DynamicAnalyzer::fit_and_rate(const Trace& record,
                                                const DynamicRules& rules) noexcept {
  DynamicParameters d;
  d.sine = fit_sine4(record, start_.find(record));
  if (!d.sine.is_valid()) {
    d.invalid_because = d.sine.invalid_because;
    return d;
  }
  if (!(d.sine.residual_rms > 1e-15 * d.sine.amplitude)) {
    d.invalid_because = "the record is a sine without noise or distortion";
    return d;
  }
  d.sinad_db = db(d.sine.amplitude / (kRoot2 * d.sine.residual_rms));
  d.thd_n_db = -d.sinad_db;
  d.enob_bits = std::log2(rules.full_scale / (std::sqrt(12.0) * d.sine.residual_rms));
  return d;
}

DynamicParameters DynamicAnalyzer::measure(const Trace& record,
                                           const DynamicRules& rules) noexcept {
  DynamicParameters d = fit_and_rate(record, rules);
  if (*d.invalid_because != '\0') return d;
  const double amplitude = d.sine.amplitude;
  const Harmonics harmonics = harmonics_of(record, d.sine, rules.harmonics);
  if (*harmonics.invalid_because != '\0') {
    d.no_snr_because = d.no_thd_because = d.no_sfdr_because = harmonics.invalid_because;
    return d;
  }
  if (harmonics.count == 0) d.no_thd_because = "no harmonic can be told from the other lines";
  if (harmonics.count > 0) d.thd_db = db(std::sqrt(harmonics.squares) / amplitude);
  const double noise = d.sine.residual_rms * d.sine.residual_rms - 0.5 * harmonics.squares;
  if (noise > 0) {
    d.snr_db = db(amplitude / std::sqrt(2 * noise));
    // Of count / 2 bins, against a sine of full_scale / 2.
    d.noise_floor_db = 10 * std::log10(noise / (0.5 * static_cast<double>(record.size()))) -
                       db(rules.full_scale / (2 * kRoot2));
  } else {
    d.no_snr_because = "there is no noise beside the harmonics";
  }
  d.sfdr_db = db(amplitude / std::max(harmonics.largest, largest_line(record, d.sine)));
  return d;
}

DynamicParameters DynamicAnalyzer::measure_as_datalab(const Trace& record,
                                                      const DynamicRules& rules) noexcept {
  DynamicParameters d = measure(record, rules);
  if (*d.invalid_because != '\0') return d;
  d.no_snr_because = d.no_thd_because = d.no_sfdr_because = "";
  const std::size_t count = record.size();
  const double mean =
      std::accumulate(record.y.begin(), record.y.end(), 0.0) / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    residual_[i] = record.y[i] - d.sine.at(record.x(static_cast<double>(i)));
  }
  const std::span<const double> rest = start_.power(residual_, 0, boxcar_);
  const double spike = std::sqrt(*std::max_element(rest.begin(), rest.end()));
  const std::span<const double> power = start_.power(record.y, mean, boxcar_);
  // Two-sided, as numpy.fft.fft: bin k of the upper half is bin count - k.
  const auto magnitude = [&](std::size_t k) {
    return std::sqrt(power[k > count / 2 ? count - k : k]);
  };
  double top = 0;
  for (std::size_t k = 0; k < count / 2; ++k) top = std::max(top, magnitude(k));
  const double span = record.step * static_cast<double>(count - 1);
  const auto turns = static_cast<std::size_t>(std::ceil(d.sine.frequency * span));
  double sum = 0;
  for (std::size_t h = 2; h < rules.harmonics + 2; ++h) {
    const std::size_t at = h * turns;
    double largest = 0;
    for (std::size_t k = at < 5 ? 0 : at - 5; k < std::min(at + 5, count); ++k) {
      largest = std::max(largest, magnitude(k));
    }
    sum += largest;
  }
  const double with_mean = std::max(top, std::abs(mean) * static_cast<double>(count));
  d.thd_db = db(sum / top);
  d.sfdr_db = db(with_mean / spike);
  d.snr_db = db(with_mean / d.sine.residual_rms);
  return d;
}

}  // namespace acq
