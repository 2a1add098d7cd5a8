// Functions of every sample, calculus, trends.
#include <algorithm>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/calculus.h"
#include "dsp/math/complex_parts.h"
#include "dsp/math/function.h"
#include "dsp/math/replace.h"

namespace acq::python {
namespace {

constexpr std::string_view kReplacementNames[] = {"constant", "hold", "linear"};
constexpr std::string_view kPartNames[] = {"real", "imaginary", "magnitude", "phase"};

py::object apply_function(const py::object& x, const std::string& op, double exponent) {
  const auto f = choice<Function>("op", op, kFunctionNames);
  if (has_dtype<float>(x)) {
    const Floats in("x", x);
    const Out<float> out(in.size());
    unlocked([&] {
      std::copy(in.span().begin(), in.span().end(), out.span().begin());
      acq::apply_function(f, exponent, out.span().data(), in.size());
    });
    return out.array;
  }
  const Reals in("x", x);
  const Out<double> out(in.size());
  unlocked([&] { acq::apply_function(f, exponent, in.span(), out.span()); });
  return out.array;
}

py::object clip(const py::object& x, double a_min, double a_max) {
  if (!(a_min <= a_max)) refuse("a_min", std::to_string(a_min), "at most a_max");
  if (has_dtype<float>(x)) {
    const Floats in("x", x);
    const Out<float> out(in.size());
    unlocked([&] {
      std::copy(in.span().begin(), in.span().end(), out.span().begin());
      acq::clip(out.span().data(), in.size(), static_cast<float>(a_min), static_cast<float>(a_max));
    });
    return out.array;
  }
  const Reals in("x", x);
  const Out<double> out(in.size());
  unlocked([&] { acq::clip(in.span(), a_min, a_max, out.span()); });
  return out.array;
}

template <typename T>
py::tuple replaced(const py::object& x, Replaced what, Replacement by, double constant) {
  const In<T> in("x", x);
  const Out<T> out(in.size());
  const std::size_t n =
      unlocked([&] { return acq::replace_non_finite(in.span(), what, by, constant, out.span()); });
  return py::make_tuple(out.array, n);
}

py::tuple replace_non_finite(const py::object& x, const std::string& what, const std::string& by,
                             double constant) {
  const auto which = choice<Replaced>("what", what, kReplacedNames);
  const auto how = choice<Replacement>("by", by, kReplacementNames);
  return has_dtype<float>(x) ? replaced<float>(x, which, how, constant)
                             : replaced<double>(x, which, how, constant);
}

bool is_replaced(const std::string& what, double x) {
  return acq::is_replaced(choice<Replaced>("what", what, kReplacedNames), x);
}

double angle_scale(const std::string& unit) {
  return per_radian(kAngleUnits[place_of("angle_unit", unit, kAngleUnits)]);
}

py::object complex_part(const py::object& re, const py::object& im, const std::string& part,
                        const std::string& angle_unit) {
  const Reals a("re", re), b("im", im);
  b.must_have("im", a.size());
  const auto which = choice<ComplexPart>("part", part, kPartNames);
  const double scale = angle_scale(angle_unit);
  const Out<double> out(a.size());
  unlocked([&] { acq::complex_part(which, a.span(), b.span(), scale, out.span()); });
  return out.array;
}

py::tuple from_polar(const py::object& magnitude, const py::object& phase,
                     const std::string& angle_unit) {
  const Reals a("magnitude", magnitude), b("phase", phase);
  b.must_have("phase", a.size());
  const double scale = angle_scale(angle_unit);
  const Out<double> re(a.size()), im(a.size());
  unlocked([&] { acq::from_polar(a.span(), b.span(), scale, re.span(), im.span()); });
  return py::make_tuple(re.array, im.array);
}

py::object unwrap(const py::object& p, double period) {
  const Reals in("p", p);
  above("period", period, 0);
  const Out<double> out(in.size());
  unlocked([&] { acq::unwrap(in.span(), period, out.span()); });
  return out.array;
}

// derivative() or integral(), by the distance of the values or along an axis.
template <typename Even, typename Uneven>
py::object along(const py::object& y, const py::object& x, double dx, Even even, Uneven uneven) {
  const Reals in("y", y);
  const Out<double> out(in.size());
  if (x.is_none()) {
    above("dx", dx, 0);
    unlocked([&] { even(in.span(), dx, out.span()); });
    return out.array;
  }
  const Reals axis("x", x);
  axis.must_have("x", in.size());
  const auto stays = std::adjacent_find(axis.span().begin(), axis.span().end(),
                                        [](double a, double b) { return !(a < b); });
  if (stays != axis.span().end()) refuse("x", "not rising everywhere", "rising numbers");
  unlocked([&] { uneven(in.span(), axis.span(), out.span()); });
  return out.array;
}

using Values = std::span<const double>;

py::object derivative(const py::object& y, const py::object& x, double dx) {
  return along(
      y, x, dx, [](Values v, double step, std::span<double> out) { acq::derivative(v, step, out); },
      [](Values v, Values t, std::span<double> out) { acq::derivative(v, t, out); });
}

py::object integral(const py::object& y, const py::object& x, double dx) {
  return along(
      y, x, dx, [](Values v, double step, std::span<double> out) { acq::integral(v, step, out); },
      [](Values v, Values t, std::span<double> out) { acq::integral(v, t, out); });
}

py::object detrend(const py::object& x, const std::string& type) {
  const Reals in("x", x);
  const auto trend = choice<Trend>("type", type, kTrendNames);
  const Out<double> out(in.size());
  unlocked([&] { acq::detrend(trend, in.span(), out.span()); });
  return out.array;
}

py::object correct_offset(const py::object& x, py::ssize_t start, py::ssize_t stop) {
  const Reals in("x", x);
  const std::size_t to = count("stop", stop, 1, in.size());
  const std::size_t from = count("start", start, 0, to - 1);
  const Out<double> out(in.size());
  unlocked([&] { acq::correct_offset(in.span(), from, to, out.span()); });
  return out.array;
}

py::object normalize(const py::object& x, const std::string& norm, double dx) {
  const Reals in("x", x);
  const auto how = choice<Norm>("norm", norm, kNormNames);
  if (dx != 0) above("dx", dx, 0);
  const Out<double> out(in.size());
  unlocked([&] { acq::normalize(how, in.span(), dx, out.span()); });
  return out.array;
}

}  // namespace

void bind_samples(py::module_& m) {
  ACQ_DEF(m, apply_function, apply_function);
  ACQ_DEF(m, clip, clip);
  ACQ_DEF(m, replace_non_finite, replace_non_finite);
  ACQ_DEF(m, is_replaced, is_replaced);
  ACQ_DEF(m, complex_part, complex_part);
  ACQ_DEF(m, from_polar, from_polar);
  ACQ_DEF(m, unwrap, unwrap);
  ACQ_DEF(m, derivative, derivative);
  ACQ_DEF(m, integral, integral);
  ACQ_DEF(m, detrend, detrend);
  ACQ_DEF(m, correct_offset, correct_offset);
  ACQ_DEF(m, normalize, normalize);
}

}  // namespace acq::python
