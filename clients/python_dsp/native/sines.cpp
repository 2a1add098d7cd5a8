// Sine waves fitted to records, and what they tell of a converter.
#include "clients/python_dsp/native/bind.h"
#include "dsp/math/dynamic.h"

namespace acq::python {
namespace {

constexpr std::string_view kDefinitions[] = {"ieee1241", "datalab"};

SineFit fit_sine3(const py::object& y, double frequency, double dx, double x0) {
  const Reals in("y", y);
  above("frequency", frequency, 0);
  const Trace record = trace(in, dx, x0);
  return unlocked([&] { return acq::fit_sine3(record, frequency); });
}

double started(const Trace& record) {
  auto start = SineStart::make(record.size());
  if (!start) throw py::value_error(to_string(start.error()));
  return start->find(record);
}

SineFit fit_sine4(const py::object& y, const py::object& frequency, double dx, double x0,
                  py::ssize_t iterations, double tolerance) {
  const Reals in("y", y);
  const FitLimits limits{count("iterations", iterations, 1, 1000000),
                         above("tolerance", tolerance, 0)};
  const Trace record = trace(in, dx, x0);
  const auto given = optional_number("frequency", frequency);
  if (given) above("frequency", *given, 0);
  return unlocked([&] { return acq::fit_sine4(record, given ? *given : started(record), limits); });
}

double sine_start(const py::object& y, double dx) {
  const Reals in("y", y);
  const Trace record = trace(in, dx, 0);
  return unlocked([&] { return started(record); });
}

DynamicParameters dynamic_parameters(const py::object& y, double dx, double full_scale,
                                     py::ssize_t harmonics, const std::string& definition) {
  const Reals in("y", y);
  const DynamicRules rules{above("full_scale", full_scale, 0),
                           count("harmonics", harmonics, 1, kMostHarmonics)};
  const bool is_ours = place_of("definition", definition, kDefinitions) == 0;
  const Trace record = trace(in, dx, 0);
  return value_of(unlocked([&]() -> Result<DynamicParameters> {
    auto analyzer = DynamicAnalyzer::make(record.size());
    if (!analyzer) return tl::unexpected(analyzer.error());
    return is_ours ? analyzer->measure(record, rules) : analyzer->measure_as_datalab(record, rules);
  }));
}

}  // namespace

void bind_sines(py::module_& m) {
  py::class_<SineFit>(m, "SineFit")
      .def_readonly("invalid_because", &SineFit::invalid_because)
      .def_readonly("frequency", &SineFit::frequency)
      .def_readonly("amplitude", &SineFit::amplitude)
      .def_readonly("phase_deg", &SineFit::phase_deg)
      .def_readonly("offset", &SineFit::offset)
      .def_readonly("frequency_sigma", &SineFit::frequency_sigma)
      .def_readonly("amplitude_sigma", &SineFit::amplitude_sigma)
      .def_readonly("phase_sigma_deg", &SineFit::phase_sigma_deg)
      .def_readonly("offset_sigma", &SineFit::offset_sigma)
      .def_readonly("residual_rms", &SineFit::residual_rms)
      .def_readonly("iterations", &SineFit::iterations);
  py::class_<DynamicParameters>(m, "DynamicParameters")
      .def_readonly("invalid_because", &DynamicParameters::invalid_because)
      .def_readonly("sine", &DynamicParameters::sine)
      .def_readonly("sinad_db", &DynamicParameters::sinad_db)
      .def_readonly("enob_bits", &DynamicParameters::enob_bits)
      .def_readonly("snr_db", &DynamicParameters::snr_db)
      .def_readonly("thd_db", &DynamicParameters::thd_db)
      .def_readonly("thd_n_db", &DynamicParameters::thd_n_db)
      .def_readonly("sfdr_db", &DynamicParameters::sfdr_db)
      .def_readonly("noise_floor_db", &DynamicParameters::noise_floor_db)
      .def_readonly("no_snr_because", &DynamicParameters::no_snr_because)
      .def_readonly("no_thd_because", &DynamicParameters::no_thd_because)
      .def_readonly("no_sfdr_because", &DynamicParameters::no_sfdr_because);
  ACQ_DEF(m, fit_sine3, fit_sine3);
  ACQ_DEF(m, fit_sine4, fit_sine4);
  ACQ_DEF(m, sine_start, sine_start);
  ACQ_DEF(m, dynamic_parameters, dynamic_parameters);
}

}  // namespace acq::python
