// Dynamic parameters of a converter from a record of a sine wave (IEEE 1241-2010).
#pragma once

#include <array>
#include <cstddef>

#include "dsp/math/sine_fit.h"

namespace acq {

struct DynamicRules {
  double full_scale = 1;      // of the converter, peak to peak
  std::size_t harmonics = 9;  // from the second on; 1 to kMostHarmonics
};
inline constexpr std::size_t kMostHarmonics = 11;

// Levels in dB against the fundamental (dBc), noise floor against a full-scale sine (dBFS).
struct DynamicParameters {
  const char* invalid_because = "";
  SineFit sine;
  double sinad_db = 0;        // rms of the fitted sine over rms of the residual (9.2)
  double enob_bits = 0;       // log2(full_scale / (sqrt(12) rms of the residual)) (9.4)
  double snr_db = 0;          // the same as sinad without the harmonics (9.3)
  double thd_db = 0;          // root sum of squares of the harmonics over the fundamental (9.8.1)
  double thd_n_db = 0;        // all that is not the fundamental: -sinad
  double sfdr_db = 0;         // the fundamental over the largest harmonic or other line (9.7)
  double noise_floor_db = 0;  // noise power without harmonics, of one bin of the record's spectrum
  // Why a figure alone is missing: no distortion, say. Empty: it is there.
  const char* no_snr_because = "";
  const char* no_thd_because = "";
  const char* no_sfdr_because = "";
};

// For records of one length. make() on the control thread, measure() real-time safe.
class DynamicAnalyzer {
 public:
  DynamicAnalyzer() = default;
  // kInvalid as RealFft::plan().
  static Result<DynamicAnalyzer> make(std::size_t count);

  // Harmonics above half the rate are looked for where they are folded to; those that fall within 1.5
  // bins of 0 Hz, of half the rate, of the fundamental or of a lower harmonic cannot be told and are
  // left out.
  // Invalid as fit_sine4(), and: a residual of exactly 0.
  DynamicParameters measure(const Trace& record, const DynamicRules& rules) noexcept;

  // The figures of DataLab's engine Sigima 1.2: harmonics' amplitudes summed, not their squares; each
  // the largest of ten bins around k ceil(f T) of an unwindowed spectrum; snr over an unscaled bin, so
  // 20 log10(count / sqrt 2) too large. thd_n and noise floor, which it has not, are ours.
  DynamicParameters measure_as_datalab(const Trace& record, const DynamicRules& rules) noexcept;

 private:
  struct Harmonics {
    const char* invalid_because = "";
    double squares = 0;  // sum of squared amplitudes
    double largest = 0;
    std::size_t count = 0;
  };
  Harmonics harmonics_of(const Trace& record, const SineFit& sine, std::size_t harmonics) noexcept;
  DynamicParameters fit_and_rate(const Trace& record, const DynamicRules& rules) noexcept;
  double largest_line(const Trace& record, const SineFit& sine) noexcept;

  SineStart start_;
  std::vector<double> flat_top_;
  std::vector<double> boxcar_;
  std::vector<double> residual_;
  double flat_top_gain_ = 1;
};

}  // namespace acq
