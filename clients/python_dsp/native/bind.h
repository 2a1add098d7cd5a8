// Each file binds one family of functions; declared.h has their arguments and docstrings.
#pragma once

#include "clients/python_dsp/native/arrays.h"
#include "clients/python_dsp/native/declared.h"

// Binds `function` under the name of the stub.
#define ACQ_DEF(module, name, function) module.def(#name, function, ACQ_ARGUMENTS_##name)

namespace acq::python {

void bind_windows(py::module_& m);
void bind_designs(py::module_& m);
void bind_filters(py::module_& m);
void bind_streams(py::module_& m);
void bind_samples(py::module_& m);
void bind_planes(py::module_& m);
void bind_rates(py::module_& m);
void bind_transforms(py::module_& m);
void bind_spectra(py::module_& m);
void bind_kernels(py::module_& m);
void bind_statistics(py::module_& m);
void bind_edges(py::module_& m);
void bind_triggers(py::module_& m);
void bind_pulses(py::module_& m);
void bind_fits(py::module_& m);
void bind_sines(py::module_& m);
void bind_stability(py::module_& m);

}  // namespace acq::python
