// The loops that spectra are made of.
#include <algorithm>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/spectrum_kernels.h"

namespace acq::python {
namespace {

double sum(const py::object& x) {
  const Floats in("x", x);
  return unlocked([&] { return acq::sum(in.span().data(), in.size()); });
}

double sum_of_squares(const py::object& x, double mean) {
  const Floats in("x", x);
  return unlocked([&] { return acq::sum_of_squares(in.span().data(), mean, in.size()); });
}

py::object apply_window(const py::object& x, const py::object& window, double mean) {
  const Floats in("x", x), w("window", window);
  w.must_have("window", in.size());
  const Out<float> out(in.size());
  unlocked([&] {
    acq::apply_window(in.span().data(), static_cast<float>(mean), w.span().data(), in.size(),
                      out.span().data());
  });
  return out.array;
}

py::object apply_window_pair(const py::object& a, const py::object& b, const py::object& window,
                             double mean_a, double mean_b) {
  const Floats first("a", a), second("b", b), w("window", window);
  second.must_have("b", first.size());
  w.must_have("window", first.size());
  const Out<std::complex<float>> out(first.size());
  unlocked([&] {
    acq::apply_window_pair(first.span().data(), static_cast<float>(mean_a), second.span().data(),
                           static_cast<float>(mean_b), w.span().data(), first.size(),
                           out.span().data());
  });
  return out.array;
}

py::object add_power(const py::object& z, const py::object& power) {
  const In<std::complex<float>> in("z", z);
  const Floats before("power", power);
  before.must_have("power", in.size());
  const Out<float> out(in.size());
  unlocked([&] {
    std::copy(before.span().begin(), before.span().end(), out.span().begin());
    acq::add_power(in.span().data(), in.size(), out.span().data());
  });
  return out.array;
}

}  // namespace

void bind_kernels(py::module_& m) {
  ACQ_DEF(m, sum, sum);
  ACQ_DEF(m, sum_of_squares, sum_of_squares);
  ACQ_DEF(m, apply_window, apply_window);
  ACQ_DEF(m, apply_window_pair, apply_window_pair);
  ACQ_DEF(m, add_power, add_power);
}

}  // namespace acq::python
