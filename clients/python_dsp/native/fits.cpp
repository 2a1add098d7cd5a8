// Curves fitted to records.
#include <algorithm>
#include <cmath>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/curve_start.h"
#include "dsp/math/curves.h"
#include "dsp/math/faddeeva.h"

namespace acq::python {
namespace {

constexpr std::string_view kCurves[] = {"gaussian", "lorentzian", "voigt", "exponential",
                                        "sigmoid"};
const std::span<const std::string_view> kPeakCurves(kCurves, 3);
const std::span<const std::string_view> kSumCurves(kCurves, 2);

FitLimits limits_of(py::ssize_t iterations, double tolerance) {
  return {count("iterations", iterations, 1, 1000000), above("tolerance", tolerance, 0)};
}

Fit fit_named_curve(const py::object& y, const std::string& kind, double dx, double x0,
                    py::ssize_t iterations, double tolerance) {
  const Reals in("y", y);
  const auto curve = choice<CurveKind>("kind", kind, kCurves);
  const FitLimits limits = limits_of(iterations, tolerance);
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return acq::fit_named_curve(record, curve, limits); });
}

Fit fit_peaks(const py::object& y, const std::string& kind, py::ssize_t peaks, double dx, double x0,
              py::ssize_t iterations, double tolerance) {
  const Reals in("y", y);
  const auto curve = choice<CurveKind>("kind", kind, kSumCurves);
  const std::size_t number = count("peaks", peaks, 1, kMostFittedPeaks);
  const FitLimits limits = limits_of(iterations, tolerance);
  const Trace record = trace(in, dx, x0);
  std::vector<double> work(in.size());
  return unlocked([&] { return acq::fit_peaks(record, curve, number, work, limits); });
}

Fit fit_polynomial(const py::object& y, py::ssize_t deg, double dx, double x0) {
  const Reals in("y", y);
  const std::size_t degree = count("deg", deg, 1, kMostDegree);
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return acq::fit_polynomial(record, degree); });
}

py::tuple fitted_width(const Fit& fit, const std::string& kind, double fraction) {
  const auto curve = choice<CurveKind>("kind", kind, kPeakCurves);
  const std::size_t wanted = curve == CurveKind::kVoigt ? 5 : 4;
  if (!fit.is_valid() || fit.params != wanted) {
    refuse("fit", fit.is_valid() ? std::to_string(fit.params) + " parameters" : "invalid",
           "a valid fit of " + kind);
  }
  if (!(fraction > 0 && fraction < 1)) {
    refuse("fraction", std::to_string(fraction), "between 0 and 1");
  }
  const ScalarResult width = acq::fitted_width(fit, curve, fraction);
  return py::make_tuple(width.value, width.uncertainty);
}

py::object voigt(const py::object& distance, double sigma, double gamma) {
  const Reals in("distance", distance);
  above("sigma", sigma, 0);
  number("gamma", gamma, 0, 1e300);
  const Out<double> out(in.size());
  unlocked([&] { acq::voigt(in.span(), sigma, gamma, out.span()); });
  return out.array;
}

py::object faddeeva(const py::object& z) {
  const In<std::complex<double>> in("z", z);
  if (!std::all_of(in.span().begin(), in.span().end(),
                   [](std::complex<double> v) { return v.imag() >= 0; })) {
    refuse("z", "below the real axis in places", "Im z >= 0");
  }
  const Out<std::complex<double>> out(in.size());
  unlocked([&] { acq::faddeeva(in.span(), out.span()); });
  return out.array;
}

Reals record_of(const py::object& y) {
  Reals in("y", y);
  count("len(y)", static_cast<py::ssize_t>(in.size()), 4, kAnyCount);
  return in;
}

py::object first(const Start& start, std::size_t size) {
  return to_array(std::span<const double>(start.data(), size));
}

py::object peak_start(const py::object& y, const std::string& kind, double dx, double x0) {
  const Reals in = record_of(y);
  const auto curve = choice<CurveKind>("kind", kind, kPeakCurves);
  return first(acq::peak_start(trace(in, dx, x0), curve), curve == CurveKind::kVoigt ? 5 : 4);
}

py::object tallest_start(const py::object& y, double base, const std::string& kind, double dx,
                         double x0) {
  const Reals in = record_of(y);
  Start start{};
  acq::tallest_start(trace(in, dx, x0), base, choice<CurveKind>("kind", kind, kSumCurves),
                     start.data());
  return first(start, 3);
}

double base_of(const py::object& y) {
  const Reals in = record_of(y);
  std::vector<double> work(in.size());
  return acq::base_of(trace(in, 1, 0), work);
}

py::object exponential_start(const py::object& y, double dx, double x0) {
  const Reals in = record_of(y);
  return first(acq::exponential_start(trace(in, dx, x0)), 3);
}

py::object sigmoid_start(const py::object& y, double dx, double x0) {
  const Reals in = record_of(y);
  return first(acq::sigmoid_start(trace(in, dx, x0)), 4);
}

py::object sigmas(const Fit& fit) {
  const Out<double> out(fit.params);
  for (std::size_t k = 0; k < fit.params; ++k) out.span()[k] = fit.sigma(k);
  return out.array;
}

py::object covariance(const Fit& fit) {
  const Out<double> out(fit.params, fit.params);
  std::copy_n(fit.covariance.data(), fit.params * fit.params, out.span().data());
  return out.array;
}

}  // namespace

void bind_fits(py::module_& m) {
  py::class_<Fit>(m, "Fit")
      .def_readonly("invalid_because", &Fit::invalid_because)
      .def_readonly("iterations", &Fit::iterations)
      .def_readonly("residual_rms", &Fit::residual_rms)
      .def_property_readonly("p", [](const Fit& fit) { return first(fit.p, fit.params); })
      .def_property_readonly("sigma", sigmas)
      .def_property_readonly("covariance", covariance);
  ACQ_DEF(m, fit_named_curve, fit_named_curve);
  ACQ_DEF(m, fit_peaks, fit_peaks);
  ACQ_DEF(m, fit_polynomial, fit_polynomial);
  ACQ_DEF(m, fitted_width, fitted_width);
  ACQ_DEF(m, voigt, voigt);
  ACQ_DEF(m, faddeeva, faddeeva);
  ACQ_DEF(m, peak_start, peak_start);
  ACQ_DEF(m, tallest_start, tallest_start);
  ACQ_DEF(m, base_of, base_of);
  ACQ_DEF(m, exponential_start, exponential_start);
  ACQ_DEF(m, sigmoid_start, sigmoid_start);
}

}  // namespace acq::python
