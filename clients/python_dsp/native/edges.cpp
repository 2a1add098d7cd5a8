// Edges, patterns, crossings and timing.
#include <algorithm>
#include <cmath>
#include <set>

#include "clients/python_dsp/native/all_hits.h"
#include "clients/python_dsp/native/bind.h"
#include "dsp/math/counter.h"
#include "dsp/math/crossing.h"
#include "dsp/math/line_timing.h"
#include "dsp/math/pattern.h"

namespace acq::python {
namespace {

constexpr std::string_view kSlopes[] = {"rising", "falling", "either"};
constexpr std::string_view kBits[] = {"low", "high", "rises", "falls", "changes"};

double finite(const char* name, double value) {
  if (!std::isfinite(value)) refuse(name, std::to_string(value), "finite numbers");
  return value;
}

py::tuple find_edges(const py::object& x, double level, double hysteresis,
                     const std::string& slope) {
  return all_hits(Floats("x", x), 0,
                  EdgeRule({finite("level", level), number("hysteresis", hysteresis, 0, 1e300),
                            choice<Slope>("slope", slope, kSlopes)}));
}

py::object find_pattern(const py::object& planes, const py::list& channels, const py::list& bits) {
  const Floats in("planes", planes, 2);
  const std::size_t rows = count("len(planes)", in.shape()[0], 1, kMaxChannels);
  if (channels.size() != bits.size() || bits.empty()) {
    refuse("bits", std::to_string(bits.size()) + " words", "one for each of 1 or more channels");
  }
  std::vector<PatternTerm> terms;
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const std::size_t channel = count("channels", channels[i].cast<py::ssize_t>(), 0, rows - 1);
    if (!seen.insert(channel).second) {
      refuse("channels", std::to_string(channel) + " twice", "each channel once");
    }
    terms.push_back({channel, choice<Bit>("bits", bits[i].cast<std::string>(), kBits)});
  }
  const auto samples = static_cast<std::size_t>(in.shape()[1]);
  std::vector<const float*> lines(rows);
  for (std::size_t c = 0; c < rows; ++c) lines[c] = in.row(c);
  std::vector<std::uint32_t> met;
  unlocked([&] {
    PatternDetector detector(terms);
    std::size_t from = 0;
    while (const auto at = detector.find(lines.data(), from, samples)) {
      met.push_back(static_cast<std::uint32_t>(*at));
      from = *at + 1;
    }
  });
  return to_array(std::span<const std::uint32_t>(met));
}

py::object width_or_none(std::uint64_t longest, std::uint64_t width) {
  return longest == 0 ? py::object(py::none()) : py::int_(width);
}

void bind_timing(py::module_& m) {
  using Sums = TimingSums;
  py::class_<Sums>(m, "Timing")
      .def_readonly("edges", &Sums::edges)
      .def_readonly("periods", &Sums::periods)
      .def_readonly("period_samples", &Sums::period_samples)
      .def_readonly("high_samples", &Sums::high_samples)
      .def_property_readonly(
          "shortest_high",
          [](const Sums& s) { return width_or_none(s.high.longest, s.high.shortest); })
      .def_property_readonly(
          "longest_high",
          [](const Sums& s) { return width_or_none(s.high.longest, s.high.longest); })
      .def_property_readonly(
          "shortest_low",
          [](const Sums& s) { return width_or_none(s.low.longest, s.low.shortest); })
      .def_property_readonly(
          "longest_low", [](const Sums& s) { return width_or_none(s.low.longest, s.low.longest); });
}

TimingSums line_timing(const py::object& x) {
  const Floats in("x", x);
  return unlocked([&] {
    LineTiming timing;
    timing.add(in.span().data(), in.size(), 0);
    return timing.take();
  });
}

py::object or_none(const std::optional<double>& value) {
  return value ? py::object(py::float_(*value)) : py::object(py::none());
}

py::object crossing_behind(const py::object& y, py::ssize_t start, double level) {
  const Reals in("y", y);
  return or_none(
      acq::crossing_behind(in.span(), count("start", start, 0, in.size()), finite("level", level)));
}

py::object crossing_before(const py::object& y, py::ssize_t start, double level) {
  const Reals in("y", y);
  count("len(y)", static_cast<py::ssize_t>(in.size()), 1, kAnyCount);
  return or_none(acq::crossing_before(in.span(), count("start", start, 0, in.size() - 1),
                                      finite("level", level)));
}

py::tuple crossings_of(const py::object& y, double level, const std::string& slope) {
  const Reals in("y", y);
  const Crossings found =
      acq::crossings_of(in.span(), finite("level", level), choice<Slope>("slope", slope, kSlopes));
  const bool has_any = found.count > 0;
  return py::make_tuple(found.count, or_none(has_any ? std::optional(found.first) : std::nullopt),
                        or_none(has_any ? std::optional(found.last) : std::nullopt));
}

py::object value_at(const py::object& y, double x, double dx, double x0) {
  const Reals in("y", y);
  return or_none(acq::value_at(trace(in, dx, x0), finite("x", x)));
}

Counted count_edges(const py::object& y, double dx, double x0, const py::object& level,
                    double hysteresis) {
  const Reals in("y", y);
  const CounterRules rules{optional_number("level", level),
                           number("hysteresis", hysteresis, 0, 1e300)};
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return acq::count_edges(record, rules); });
}

}  // namespace

void bind_edges(py::module_& m) {
  bind_timing(m);
  py::class_<Counted>(m, "Counted")
      .def_readonly("invalid_because", &Counted::invalid_because)
      .def_readonly("edges", &Counted::edges)
      .def_readonly("period", &Counted::period)
      .def_readonly("period_sigma", &Counted::period_sigma)
      .def_readonly("first_edge", &Counted::first_edge)
      .def_readonly("first_edge_sigma", &Counted::first_edge_sigma)
      .def_readonly("duty", &Counted::duty);
  ACQ_DEF(m, find_edges, find_edges);
  ACQ_DEF(m, find_pattern, find_pattern);
  ACQ_DEF(m, line_timing, line_timing);
  ACQ_DEF(m, crossing_behind, crossing_behind);
  ACQ_DEF(m, crossing_before, crossing_before);
  ACQ_DEF(m, crossings_of, crossings_of);
  ACQ_DEF(m, value_at, value_at);
  ACQ_DEF(m, count_edges, count_edges);
}

}  // namespace acq::python
