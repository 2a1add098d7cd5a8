#include "dsp/math/window.h"

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/fft.h"
#include "dsp/math/window_special.h"

namespace acq::python {
namespace {

py::object make_window(const std::string& window, py::ssize_t nx, bool fftbins,
                       const py::object& params) {
  const Reals numbers("params", params);
  const std::size_t size = count("Nx", nx, 1, kMaxFftSize);
  return to_array(value_of(unlocked([&] {
    return acq::make_window(window, size, fftbins ? Sampling::kPeriodic : Sampling::kSymmetric,
                            numbers.span());
  })));
}

double coherent_gain(const py::object& window) {
  return acq::coherent_gain(Reals("window", window).span());
}

double enbw_bins(const py::object& window) {
  return acq::enbw_bins(Reals("window", window).span());
}

py::object dolph_chebyshev(py::ssize_t m, double at) {
  const Out<double> out(count("M", m, 2, kMaxFftSize));
  number("at", at, 45e-3, 1000);
  unlocked([&] { acq::dolph_chebyshev(out.span(), at); });
  return out.array;
}

py::object slepian(py::ssize_t m, double nw) {
  const Out<double> out(count("M", m, 2, kMaxFftSize));
  if (!(nw > 0 && nw < static_cast<double>(m) / 2)) {
    refuse("NW", std::to_string(nw), "above 0, below M / 2");
  }
  unlocked([&] { acq::slepian(out.span(), nw); });
  return out.array;
}

}  // namespace

void bind_windows(py::module_& m) {
  ACQ_DEF(m, make_window, make_window);
  ACQ_DEF(m, coherent_gain, coherent_gain);
  ACQ_DEF(m, enbw_bins, enbw_bins);
  ACQ_DEF(m, dolph_chebyshev, dolph_chebyshev);
  ACQ_DEF(m, slepian, slepian);
}

}  // namespace acq::python
