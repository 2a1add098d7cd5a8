// What an oscilloscope triggers on, found in a whole array.
#include <cmath>

#include "clients/python_dsp/native/all_hits.h"
#include "clients/python_dsp/native/bind.h"

namespace acq::python {
namespace {

float level_of(const char* name, double value) {
  if (!std::isfinite(value)) refuse(name, std::to_string(value), "finite numbers");
  return static_cast<float>(value);
}

py::tuple level_trigger(const py::object& x, double level, bool is_below) {
  return all_hits(Floats("x", x), 1, LevelRule({level_of("level", level), is_below}));
}

struct Levels {
  float low = 0;
  float high = 0;
};

Levels levels_of(double low, double high) {
  const Levels levels{level_of("low", low), level_of("high", high)};
  if (!(levels.low < levels.high)) refuse("low", std::to_string(low), "below high");
  return levels;
}

float hysteresis_of(double hysteresis) {
  return level_of("hysteresis", number("hysteresis", hysteresis, 0, 1e30));
}

double longest_of(double shortest, const py::object& longest) {
  number("shortest", shortest, 0, 1e15);
  const auto most = optional_number("longest", longest);
  if (most) number("longest", *most, shortest, 1e15);
  return most.value_or(std::numeric_limits<double>::infinity());
}

py::tuple window_trigger(const py::object& x, double low, double high, double hysteresis,
                         bool on_entry) {
  const Levels levels = levels_of(low, high);
  return all_hits(Floats("x", x), 1,
                  WindowRule({levels.low, levels.high, hysteresis_of(hysteresis), on_entry}));
}

py::tuple pulse_trigger(const py::object& x, double level, double hysteresis, bool is_negative,
                        double shortest, const py::object& longest) {
  return all_hits(Floats("x", x), 1,
                  PulseWidthRule({level_of("level", level), hysteresis_of(hysteresis), is_negative,
                                  shortest, longest_of(shortest, longest)}));
}

py::tuple runt_trigger(const py::object& x, double low, double high, bool is_negative) {
  const Levels levels = levels_of(low, high);
  return all_hits(Floats("x", x), 1, RuntRule({levels.low, levels.high, is_negative}));
}

py::tuple slope_trigger(const py::object& x, double low, double high, bool is_falling,
                        double shortest, const py::object& longest) {
  const Levels levels = levels_of(low, high);
  return all_hits(
      Floats("x", x), 1,
      SlopeRule({levels.low, levels.high, is_falling, shortest, longest_of(shortest, longest)}));
}

}  // namespace

void bind_triggers(py::module_& m) {
  ACQ_DEF(m, level_trigger, level_trigger);
  ACQ_DEF(m, window_trigger, window_trigger);
  ACQ_DEF(m, pulse_trigger, pulse_trigger);
  ACQ_DEF(m, runt_trigger, runt_trigger);
  ACQ_DEF(m, slope_trigger, slope_trigger);
}

}  // namespace acq::python
