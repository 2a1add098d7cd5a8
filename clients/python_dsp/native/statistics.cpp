// Statistics, extremes and peaks.
#include <algorithm>
#include <cmath>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/extrema.h"
#include "dsp/math/histogram.h"
#include "dsp/math/minmax.h"
#include "dsp/math/peaks.h"
#include "dsp/math/stats.h"

namespace acq::python {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 31U;  // indices are 32 bits wide

Floats finite(const py::object& x) {
  Floats in("x", x);
  count("len(x)", static_cast<py::ssize_t>(in.size()), 0, kMostValues);
  const MinMax ends = acq::minmax_of(in.span().data(), in.size());
  if (in.size() > 0 && !(std::isfinite(ends.min) && std::isfinite(ends.max))) {
    refuse("x", "not finite in places", "finite numbers");
  }
  return in;
}

Moments moments_of(const py::object& x) {
  const Floats in("x", x);
  return unlocked([&] { return acq::moments_of(in.span()); });
}

py::tuple minmax_of(const py::object& x) {
  const Floats in("x", x);
  const MinMax found = unlocked([&] { return acq::minmax_of(in.span().data(), in.size()); });
  return py::make_tuple(found.min, found.max);
}

py::object histogram(const py::object& x, py::ssize_t bins, double lower, double upper) {
  const Reals in("x", x);
  if (!std::isfinite(lower)) refuse("lower", std::to_string(lower), "finite numbers");
  above("upper", upper, lower);
  const std::size_t number = count("bins", bins, 1, std::size_t{1} << 24U);
  const Histogram counted = unlocked([&] {
    Histogram made(lower, upper, number);
    made.add(in.span());
    return made;
  });
  return to_array(counted.counts());
}

py::tuple binned_moments(const py::object& x, const py::object& y, py::ssize_t bins, double lower,
                         double upper) {
  const Reals places("x", x), values("y", y);
  values.must_have("y", places.size());
  if (!std::isfinite(lower)) refuse("lower", std::to_string(lower), "finite numbers");
  above("upper", upper, lower);
  const std::size_t number = count("bins", bins, 1, std::size_t{1} << 24U);
  const Out<std::uint64_t> counts(number);
  const Out<double> means(number), deviations(number);
  unlocked([&] {
    BinnedMoments moments(Bins(lower, upper, number));
    for (std::size_t i = 0; i < places.size(); ++i) moments.add(places.span()[i], values.span()[i]);
    for (std::size_t k = 0; k < number; ++k) {
      const BinnedMoments::Bin& bin = moments.sums()[k];
      const bool has_any = bin.count > 0;
      counts.span()[k] = bin.count;
      means.span()[k] = has_any ? bin.mean : std::nan("");
      deviations.span()[k] =
          has_any ? std::sqrt(bin.squares / static_cast<double>(bin.count)) : std::nan("");
    }
  });
  return py::make_tuple(counts.array, means.array, deviations.array);
}

float least_of(const py::object& height) {
  return static_cast<float>(
      optional_number("height", height).value_or(-std::numeric_limits<double>::infinity()));
}

py::tuple find_maxima(const py::object& x, const py::object& height) {
  const Floats in = finite(x);
  const Out<std::uint32_t> first(in.size() / 2 + 16), last(in.size() / 2 + 16);
  const float least = least_of(height);
  const std::size_t found = unlocked([&] {
    return acq::find_maxima(in.span().data(), in.size(), least, first.span().data(),
                            last.span().data());
  });
  return py::make_tuple(first.first(found), last.first(found));
}

py::object find_minima(const py::object& x) {
  const Floats in = finite(x);
  const Out<std::uint32_t> index(in.size() / 2 + 16);
  return index.first(
      unlocked([&] { return acq::find_minima(in.span().data(), in.size(), index.span().data()); }));
}

struct Peaks {
  py::object index, left, right, height, prominence;
};

// That of this thread, for arrays of up to `size` values: its memory is dear to get each time.
PeakFinder& peak_finder(std::size_t size) {
  thread_local PeakFinder finder;
  thread_local std::size_t capacity = 0;
  if (capacity < size) {
    finder = PeakFinder(size);
    capacity = size;
  }
  return finder;
}

Peaks find_peaks(const py::object& x, const py::object& height, double threshold,
                 py::ssize_t distance, double prominence) {
  const Floats in = finite(x);
  PeakRules rules;
  if (const auto least = optional_number("height", height)) rules.height = *least;
  rules.threshold = number("threshold", threshold, 0, 1e300);
  rules.distance = count("distance", distance, 1, kAnyCount);
  rules.prominence = number("prominence", prominence, 0, 1e300);
  const std::span<const Peak> found =
      unlocked([&] { return peak_finder(in.size()).find(in.span(), rules); });
  const std::size_t n = found.size();
  const Out<std::uint32_t> index(n), left(n), right(n);
  const Out<double> heights(n), prominences(n);
  for (std::size_t i = 0; i < n; ++i) {
    index.span()[i] = found[i].index;
    left.span()[i] = found[i].left;
    right.span()[i] = found[i].right;
    heights.span()[i] = static_cast<double>(found[i].height);
    prominences.span()[i] = found[i].prominence;
  }
  return {index.array, left.array, right.array, heights.array, prominences.array};
}

// The peak at `index`, with a flat top if it has one.
Peak peak_at(const Floats& x, py::ssize_t index) {
  if (x.size() < 3) refuse("len(x)", std::to_string(x.size()), "3 or more");
  const auto at = static_cast<std::uint32_t>(count("index", index, 1, x.size() - 2));
  Peak peak{at, at, at, x.span()[at], 0};
  while (peak.left > 0 && x.span()[peak.left - 1] == peak.height) --peak.left;
  while (peak.right + 1 < x.size() && x.span()[peak.right + 1] == peak.height) ++peak.right;
  return peak;
}

py::tuple parabola_top(const py::object& x, py::ssize_t index) {
  const Floats in = finite(x);
  const PeakTop top = acq::parabola_top(in.span(), peak_at(in, index));
  return py::make_tuple(top.position, top.height);
}

py::tuple gaussian_top(const py::object& x, py::ssize_t index) {
  const Floats in = finite(x);
  const PeakTop top = acq::gaussian_top(in.span(), peak_at(in, index));
  return py::make_tuple(top.position, top.height);
}

}  // namespace

void bind_statistics(py::module_& m) {
  py::class_<Moments>(m, "Moments")
      .def_readonly("count", &Moments::count)
      .def_readonly("mean", &Moments::mean)
      .def_readonly("squares", &Moments::squares)
      .def_readonly("min", &Moments::min)
      .def_readonly("max", &Moments::max)
      .def_readonly("has_nan", &Moments::has_nan)
      .def_property_readonly("rms", &Moments::rms)
      .def("std", &Moments::std, "std(self, ddof=0)\n--\n\nsqrt(squares / (count - ddof)).",
           py::arg("ddof") = 0);
  py::class_<Peaks>(m, "Peaks")
      .def_readonly("index", &Peaks::index)
      .def_readonly("left", &Peaks::left)
      .def_readonly("right", &Peaks::right)
      .def_readonly("height", &Peaks::height)
      .def_readonly("prominence", &Peaks::prominence);
  ACQ_DEF(m, moments_of, moments_of);
  ACQ_DEF(m, minmax_of, minmax_of);
  ACQ_DEF(m, histogram, histogram);
  ACQ_DEF(m, binned_moments, binned_moments);
  ACQ_DEF(m, find_maxima, find_maxima);
  ACQ_DEF(m, find_minima, find_minima);
  ACQ_DEF(m, find_peaks, find_peaks);
  ACQ_DEF(m, parabola_top, parabola_top);
  ACQ_DEF(m, gaussian_top, gaussian_top);
}

}  // namespace acq::python
