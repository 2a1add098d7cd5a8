#include "dsp/spectra.h"

namespace acq {

Result<std::vector<double>> spectrum_window(const Params& params, std::size_t length) {
  const std::vector<double> own =
      params.has("window_params") ? params.numbers("window_params") : std::vector<double>{};
  return make_window(params.text("window"), length, Sampling::kPeriodic, own);
}

}  // namespace acq
