#include "clients/python_dsp/native/bind.h"
#include "dsp/math/interpolate.h"
#include "dsp/math/resample.h"

namespace acq::python {
namespace {

py::object resample(const py::object& x, py::ssize_t up, py::ssize_t down, double beta,
                    py::ssize_t zero_crossings) {
  const Reals in("x", x);
  const std::size_t p = count("up", up, 1, kMostResampling);
  const std::size_t q = count("down", down, 1, kMostResampling);
  const std::size_t zeros = count("zero_crossings", zero_crossings, 1, 64);
  number("beta", beta, 0, 100);
  return to_array(value_of(unlocked([&] { return acq::resample(in.span(), p, q, beta, zeros); })));
}

py::object interpolate(const py::object& x, const py::object& xp, const py::object& fp,
                       const std::string& kind) {
  const Reals places("x", x), at("xp", xp), values("fp", fp);
  const auto method = choice<Interpolation>("kind", kind, kInterpolationNames);
  const Out<double> out(places.size());
  const auto done = unlocked([&] {
    return acq::interpolate(method, at.span(), values.span(), places.span(), out.span());
  });
  if (!done) raise(done.error());
  return out.array;
}

}  // namespace

void bind_rates(py::module_& m) {
  ACQ_DEF(m, resample, resample);
  ACQ_DEF(m, interpolate, interpolate);
}

}  // namespace acq::python
