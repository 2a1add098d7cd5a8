#include "clients/python_dsp/native/bind.h"

PYBIND11_MODULE(_native, m) {
  namespace py = pybind11;
  py::options options;
  options.disable_function_signatures();  // the docstrings begin with Python's own
  for (const auto bind :
       {acq::python::bind_windows, acq::python::bind_designs, acq::python::bind_filters,
        acq::python::bind_streams, acq::python::bind_samples, acq::python::bind_planes,
        acq::python::bind_rates, acq::python::bind_transforms, acq::python::bind_spectra,
        acq::python::bind_kernels, acq::python::bind_statistics, acq::python::bind_edges,
        acq::python::bind_triggers, acq::python::bind_pulses, acq::python::bind_fits,
        acq::python::bind_sines, acq::python::bind_stability}) {
    bind(m);
  }
  py::list names;
  for (const auto& [name, value] : m.attr("__dict__").cast<py::dict>()) {
    if (!py::str(name).cast<std::string>().starts_with("_")) names.append(name);
  }
  m.attr("__all__") = names;
}
