// The Allan family.
#include "clients/python_dsp/native/bind.h"
#include "dsp/math/allan.h"

namespace acq::python {
namespace {

constexpr std::string_view kNoises[] = {"white_pm", "flicker_pm", "white_fm", "flicker_fm",
                                        "random_walk_fm"};
constexpr std::string_view kStabilities[] = {"overlapping", "modified", "hadamard", "time"};
constexpr std::size_t kMostSteps = std::size_t{1} << 40U;  // 3 m does not overflow

using Deviation = double (*)(std::span<const double>, double, std::size_t) noexcept;

template <Deviation kDeviation>
double deviation(const py::object& x, py::ssize_t m, double tau0) {
  const Reals in("x", x);
  const std::size_t steps = count("m", m, 1, kMostSteps);
  above("tau0", tau0, 0);
  return unlocked([&] { return kDeviation(in.span(), tau0, steps); });
}

double max_time_interval_error(const py::object& x, py::ssize_t m) {
  const Reals in("x", x);
  const std::size_t steps = count("m", m, 1, kMostSteps);
  count("len(x)", static_cast<py::ssize_t>(in.size()), 0, std::size_t{1} << 31U);
  std::vector<double> work(2 * in.size());
  return unlocked([&] { return acq::max_time_interval_error(in.span(), steps, work); });
}

py::object phase_of(const py::object& y, double tau0, bool keeps_mean) {
  const Reals in("y", y);
  above("tau0", tau0, 0);
  const Out<double> out(in.size() + 1);
  unlocked([&] { acq::phase_of(in.span(), tau0, keeps_mean, out.span()); });
  return out.array;
}

double overlapping_edf(const std::string& noise, py::ssize_t phases, py::ssize_t m) {
  return acq::overlapping_edf(choice<ClockNoise>("noise", noise, kNoises),
                              count("phases", phases, 0, kMostSteps), count("m", m, 1, kMostSteps));
}

py::object running_allan(const py::object& y, py::ssize_t octaves, double tau0,
                         const std::string& what) {
  const Floats in("y", y);
  const std::size_t number = count("octaves", octaves, 1, 20);
  const auto which = choice<Stability>("what", what, kStabilities);
  above("tau0", tau0, 0);
  const Out<double> out(number);
  unlocked([&] {
    RunningAllan sums(which, tau0, number);
    sums.add_frequency(in.span());
    for (std::size_t k = 0; k < number; ++k) out.span()[k] = sums.deviation(k);
  });
  return out.array;
}

}  // namespace

void bind_stability(py::module_& m) {
  ACQ_DEF(m, allan_deviation, deviation<acq::allan_deviation>);
  ACQ_DEF(m, overlapping_allan_deviation, deviation<acq::overlapping_allan_deviation>);
  ACQ_DEF(m, modified_allan_deviation, deviation<acq::modified_allan_deviation>);
  ACQ_DEF(m, hadamard_deviation, deviation<acq::hadamard_deviation>);
  ACQ_DEF(m, time_deviation, deviation<acq::time_deviation>);
  ACQ_DEF(m, total_deviation, deviation<acq::total_deviation>);
  ACQ_DEF(m, max_time_interval_error, max_time_interval_error);
  ACQ_DEF(m, phase_of, phase_of);
  ACQ_DEF(m, overlapping_edf, overlapping_edf);
  ACQ_DEF(m, running_allan, running_allan);
}

}  // namespace acq::python
