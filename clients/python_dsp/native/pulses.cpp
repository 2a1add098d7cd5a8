// Widths of peaks, pulses and their levels.
#include "dsp/math/pulse.h"

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/width.h"

namespace acq::python {
namespace {

constexpr std::string_view kLevelRules[] = {"mode", "mean"};

double fraction_of(const char* name, double fraction) {
  if (!(fraction > 0 && fraction < 1)) refuse(name, std::to_string(fraction), "between 0 and 1");
  return fraction;
}

template <typename Function>
PeakWidth width(Function function, const py::object& y, double dx, double x0, double fraction,
                const py::object& level, const py::object& base) {
  const Reals in("y", y);
  const WidthRules rules{fraction_of("fraction", fraction), optional_number("level", level),
                         optional_number("base", base)};
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return function(record, rules); });
}

PeakWidth width_of(const py::object& y, double dx, double x0, double fraction,
                   const py::object& level, const py::object& base) {
  return width(acq::width_of, y, dx, x0, fraction, level, base);
}

PeakWidth datalab_width_of(const py::object& y, double dx, double x0, double fraction,
                           const py::object& level, const py::object& base) {
  return width(acq::datalab_width_of, y, dx, x0, fraction, level, base);
}

Reals not_empty(const py::object& y) {
  Reals in("y", y);
  count("len(y)", static_cast<py::ssize_t>(in.size()), 1, kAnyCount);
  return in;
}

double start_level(const py::object& y) {
  return acq::start_level(not_empty(y).span());
}
double end_level(const py::object& y) {
  return acq::end_level(not_empty(y).span());
}

StateLevels state_levels(const py::object& y, const std::string& rule) {
  const Reals in("y", y);
  const auto how = choice<StateLevelRule>("rule", rule, kLevelRules);
  return unlocked([&] { return acq::state_levels(in.span(), how); });
}

PulseParameters pulse_of(const py::object& y, double dx, double x0, const std::string& rule,
                         double low_fraction, double high_fraction) {
  const Reals in("y", y);
  const PulseRules rules{choice<StateLevelRule>("rule", rule, kLevelRules),
                         fraction_of("low_fraction", low_fraction),
                         fraction_of("high_fraction", high_fraction)};
  if (!(low_fraction < high_fraction)) {
    refuse("low_fraction", std::to_string(low_fraction), "below high_fraction");
  }
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return acq::pulse_of(record, rules); });
}

void bind_results(py::module_& m) {
  py::class_<PeakWidth>(m, "PeakWidth")
      .def_readonly("invalid_because", &PeakWidth::invalid_because)
      .def_readonly("left", &PeakWidth::left)
      .def_readonly("right", &PeakWidth::right)
      .def_readonly("height", &PeakWidth::height);
  py::class_<StateLevels>(m, "StateLevels")
      .def_readonly("invalid_because", &StateLevels::invalid_because)
      .def_readonly("low", &StateLevels::low)
      .def_readonly("high", &StateLevels::high)
      .def_readonly("low_sigma", &StateLevels::low_sigma)
      .def_readonly("high_sigma", &StateLevels::high_sigma);
  py::class_<Transition>(m, "Transition")
      .def_readonly("is_rising", &Transition::is_rising)
      .def_readonly("low", &Transition::low)
      .def_readonly("middle", &Transition::middle)
      .def_readonly("high", &Transition::high)
      .def_readonly("done", &Transition::done)
      .def_property_readonly("duration", &Transition::duration);
  py::class_<PulseParameters>(m, "PulseParameters")
      .def_readonly("invalid_because", &PulseParameters::invalid_because)
      .def_readonly("levels", &PulseParameters::levels)
      .def_readonly("first", &PulseParameters::first)
      .def_readonly("no_pulse_because", &PulseParameters::no_pulse_because)
      .def_readonly("second", &PulseParameters::second)
      .def_readonly("foot", &PulseParameters::foot)
      .def_readonly("overshoot", &PulseParameters::overshoot)
      .def_readonly("preshoot", &PulseParameters::preshoot)
      .def_readonly("transitions", &PulseParameters::transitions)
      .def_property_readonly("amplitude", &PulseParameters::amplitude)
      .def_property_readonly("base", &PulseParameters::base)
      .def_property_readonly("top", &PulseParameters::top)
      .def_property_readonly("width", &PulseParameters::width);
}

}  // namespace

void bind_pulses(py::module_& m) {
  bind_results(m);
  ACQ_DEF(m, width_of, width_of);
  ACQ_DEF(m, datalab_width_of, datalab_width_of);
  ACQ_DEF(m, start_level, start_level);
  ACQ_DEF(m, end_level, end_level);
  ACQ_DEF(m, state_levels, state_levels);
  ACQ_DEF(m, pulse_of, pulse_of);
}

}  // namespace acq::python
