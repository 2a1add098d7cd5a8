// Undoes a convolution, by a regularised inverse in the frequency domain.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft_pair.h"

namespace acq {

struct DeconvolutionRules {
  double strength = 2;      // of the regularisation, 0 or more
  bool is_centred = true;   // the kernel's value count / 2 is that of lag 0; else its first
  bool as_datalab = false;  // see run()
};

// x from y = h * x + noise, all of `count` values: with D the transform of a first difference,
// X = Y conj(H) / (|H|^2 + strength |D|^2), which makes x no rougher than y tells. y goes on beyond its ends
// by its reflection. Where H and D are 0, so is X.
// Source: regularised inverse, A. N. Tikhonov, Soviet Math. Dokl. 4 (1963) 1035, with the prior of DataLab.
//
// make() may wait; run() is real-time safe, one thread.
class Deconvolver {
 public:
  // kInvalid: count outside 2 to 2^20.
  static Result<Deconvolver> make(std::size_t count, const DeconvolutionRules& rules,
                                  const PlanOptions& options = {});

  // As DataLab's engine Sigima 1.2, when the rules say so: the left half of the kernel lies `count` samples
  // late, as it is turned before zeros are put behind it, and x is scaled to the rms of y where that changes
  // it by a factor of 0.5 to 5.
  void run(std::span<const double> y, std::span<const double> h, std::span<double> x) noexcept;

 private:
  std::span<const double> padded(std::span<const double> y) noexcept;
  std::span<const double> placed(std::span<const double> h) noexcept;

  DeconvolutionRules rules_;
  std::size_t left_ = 0;         // values put in front
  std::vector<double> penalty_;  // strength |D|^2 of each bin
  FftPair pair_;
  FftPair::Bins y_;
  FftPair::Bins h_;
};

}  // namespace acq
