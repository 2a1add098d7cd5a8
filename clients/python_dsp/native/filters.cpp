// Filters of whole arrays in float64.
#include <algorithm>
#include <tuple>
#include <vector>

#include "clients/python_dsp/native/bind.h"
#include "clients/python_dsp/native/shelf.h"
#include "dsp/math/moving_median.h"
#include "dsp/math/overlap_save.h"
#include "dsp/math/smoothing.h"
#include "dsp/math/zero_phase.h"

namespace acq::python {
namespace {

constexpr std::size_t kMostTaps = 1U << 20U;

std::size_t odd(const char* name, py::ssize_t value) {
  const std::size_t length = count(name, value, 1, kMostTaps);
  if (length % 2 == 0) refuse(name, std::to_string(value), "odd numbers");
  return length;
}

py::object filter_fir(const py::object& taps, const py::object& x) {
  const Reals b("taps", taps), values("x", x);
  return to_array(value_of(unlocked([&] { return acq::filter_fir(b.span(), values.span()); })));
}

py::object convolve(const py::object& x, const py::object& y) {
  const Reals a("x", x), b("y", y);
  return to_array(unlocked([&] { return acq::convolve(a.span(), b.span()); }));
}

py::object filter_sections(const py::object& sos, const py::object& x) {
  const auto sections = sections_of(sos);
  const Reals values("x", x);
  const Out<double> out(values.size());
  unlocked([&] { acq::filter_sections(sections, values.span(), out.span()); });
  return out.array;
}

py::object filter_zero_phase(const py::object& sos, const py::object& x, const py::object& padlen) {
  const auto sections = sections_of(sos);
  const Reals values("x", x);
  if (padlen.is_none()) {
    return to_array(unlocked([&] { return acq::filter_zero_phase(sections, values.span()); }));
  }
  auto filter = value_of(ZeroPhaseFilter::make(
      sections, values.size(), count("padlen", padlen.cast<py::ssize_t>(), 0, kAnyCount)));
  const Out<double> out(values.size());
  unlocked([&] { filter.run(values.span(), out.span()); });
  return out.array;
}

py::object median_filter(const py::object& x, py::ssize_t size, const std::string& mode) {
  const Reals values("x", x);
  const auto border = choice<Border>("mode", mode, kBorderNames);
  const std::size_t length = odd("size", size);
  return to_array(unlocked([&] { return acq::median_filter(values.span(), length, border); }));
}

py::object mean_filter(const py::object& x, py::ssize_t size, const std::string& mode) {
  const Reals values("x", x);
  const auto border = choice<Border>("mode", mode, kBorderNames);
  const std::size_t length = count("size", size, 1, kMostTaps);
  const Out<double> out(values.size());
  unlocked([&] { acq::mean_filter(values.span(), length, border, out.span()); });
  return out.array;
}

py::object correlate_about(const py::object& x, const py::object& weights,
                           const std::string& mode) {
  const Reals values("x", x), taps("weights", weights);
  count("len(weights)", static_cast<py::ssize_t>(taps.size()), 1, kMostTaps);
  const auto border = choice<Border>("mode", mode, kBorderNames);
  const Out<double> out(values.size());
  unlocked([&] { acq::correlate_about(values.span(), taps.span(), border, out.span()); });
  return out.array;
}

py::object savitzky_golay(const py::object& x, py::ssize_t window_length, py::ssize_t polyorder,
                          py::ssize_t deriv, double delta) {
  const Reals values("x", x);
  const auto filter = value_of(SavitzkyGolay::make(
      count("window_length", window_length, 1, 10001), count("polyorder", polyorder, 0, 20),
      count("deriv", deriv, 0, 20), above("delta", delta, 0)));
  count("len(x)", static_cast<py::ssize_t>(values.size()), filter.length(), kAnyCount);
  const Out<double> out(values.size());
  unlocked([&] { filter.run(values.span(), out.span()); });
  return out.array;
}

py::object wiener(const py::object& x, py::ssize_t mysize, const py::object& noise) {
  const Reals values("x", x);
  const std::size_t length = odd("mysize", mysize);
  const auto power = optional_number("noise", noise);
  if (power) number("noise", *power, 0, 1e300);
  std::vector<double> scratch(2 * values.size());
  const Out<double> out(values.size());
  unlocked([&] { acq::wiener(values.span(), length, power.value_or(-1), scratch, out.span()); });
  return out.array;
}

py::object brickwall(const py::object& x, const py::object& cutoff, const std::string& btype,
                     double fs, bool pads) {
  const Reals values("x", x);
  const auto edges = edges_of("cutoff", cutoff, fs);
  const auto band = choice<Band>("btype", btype, kBandNames);
  const Out<double> out(values.size());
  const std::tuple what(band, edges, values.size(), pads);
  value_of(unlocked([&] {
    return shelf<std::tuple<Band, std::vector<double>, std::size_t, bool>, Brickwall>().with(
        what, [&] { return Brickwall::make(band, edges, values.size(), pads); },
        [&](Brickwall& filter) { filter.run(values.span(), out.span()); });
  }));
  return out.array;
}

// What is counted from the start of an array of `size` values, and may lie far outside.
std::ptrdiff_t place(py::ssize_t i) {
  constexpr py::ssize_t kFar = py::ssize_t{1} << 40U;
  if (i < -kFar || i > kFar) refuse("i", std::to_string(i), "-2^40 to 2^40");
  return i;
}

std::size_t border_index(const std::string& mode, py::ssize_t i, py::ssize_t size) {
  return acq::border_index(choice<Border>("mode", mode, kBorderNames), place(i),
                           count("count", size, 1, kAnyCount));
}

double border_value(const py::object& x, const std::string& mode, py::ssize_t i) {
  const Reals values("x", x);
  count("len(x)", static_cast<py::ssize_t>(values.size()), 1, kAnyCount);
  return acq::border_value(values.span(), choice<Border>("mode", mode, kBorderNames), place(i));
}

}  // namespace

void bind_filters(py::module_& m) {
  ACQ_DEF(m, filter_fir, filter_fir);
  ACQ_DEF(m, convolve, convolve);
  ACQ_DEF(m, filter_sections, filter_sections);
  ACQ_DEF(m, filter_zero_phase, filter_zero_phase);
  ACQ_DEF(m, median_filter, median_filter);
  ACQ_DEF(m, mean_filter, mean_filter);
  ACQ_DEF(m, correlate_about, correlate_about);
  ACQ_DEF(m, savitzky_golay, savitzky_golay);
  ACQ_DEF(m, wiener, wiener);
  ACQ_DEF(m, brickwall, brickwall);
  ACQ_DEF(m, border_index, border_index);
  ACQ_DEF(m, border_value, border_value);
}

}  // namespace acq::python
