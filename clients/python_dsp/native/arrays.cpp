#include "clients/python_dsp/native/arrays.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>

namespace acq::python {
namespace {

py::module_& numpy() {
  // Never destroyed: the interpreter may be gone before the statics are.
  static auto* module = new py::module_(py::module_::import("numpy"));
  return *module;
}

template <typename T>
constexpr const char* kDtype = nullptr;
template <>
constexpr const char* kDtype<double> = "float64";
template <>
constexpr const char* kDtype<float> = "float32";
template <>
constexpr const char* kDtype<std::complex<double>> = "complex128";
template <>
constexpr const char* kDtype<std::complex<float>> = "complex64";
template <>
constexpr const char* kDtype<std::uint32_t> = "uint32";
template <>
constexpr const char* kDtype<std::uint64_t> = "uint64";
template <>
constexpr const char* kDtype<std::uint16_t> = "uint16";
template <>
constexpr const char* kDtype<std::uint8_t> = "uint8";
template <>
constexpr const char* kDtype<bool> = "bool";

// What each call needs is looked up once.
template <typename T>
const py::object& dtype_of() {
  static auto* dtype = new py::object(numpy().attr("dtype")(kDtype<T>));
  return *dtype;
}

template <typename T, typename Shape>
py::object empty(const Shape& shape) {
  static auto* make = new py::object(numpy().attr("empty"));
  return (*make)(shape, dtype_of<T>());
}

template <typename T>
constexpr bool kIsComplex = false;
template <typename T>
constexpr bool kIsComplex<std::complex<T>> = true;

// Of what can be read where it lies.
template <typename T>
std::optional<py::buffer_info> view_of(const py::handle& value, std::size_t dimensions) {
  if (PyObject_CheckBuffer(value.ptr()) == 0) return std::nullopt;
  auto view = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(value.ptr(), view.get(), PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  if (view->format == py::format_descriptor<T>::format() &&
      view->ndim == static_cast<int>(dimensions)) {
    return py::buffer_info(view.release());
  }
  PyBuffer_Release(view.get());
  return std::nullopt;
}

template <typename T>
py::buffer_info copy_of(const char* name, const py::handle& value, std::size_t dimensions) {
  py::object array = numpy().attr("asarray")(value);
  const auto kind = array.attr("dtype").attr("kind").cast<std::string>();
  if (std::string_view(kIsComplex<T> ? "biufc" : "biuf").find(kind) == std::string_view::npos) {
    refuse(name, "an array of " + py::str(array.attr("dtype")).cast<std::string>(),
           kIsComplex<T> ? "numbers" : "real numbers");
  }
  const auto given = array.attr("ndim").cast<std::size_t>();
  if (given != dimensions) {
    refuse(name, fmt::format("an array of {} dimensions", given), std::to_string(dimensions));
  }
  array = numpy().attr("ascontiguousarray")(array, dtype_of<T>());
  return py::buffer(array).request();
}

}  // namespace

void refuse(const char* name, const std::string& value, const std::string& allowed) {
  throw py::value_error(fmt::format("{} is {}; allowed: {}", name, value, allowed));
}

void raise(const Error& error) {
  if (error.code == Code::kNotFound || error.code == Code::kIo) {
    PyErr_SetString(PyExc_OSError, to_string(error).c_str());
    throw py::error_already_set();
  }
  throw py::value_error(to_string(error));
}

double number(const char* name, double value, double least, double most) {
  if (!(value >= least && value <= most)) {
    refuse(name, fmt::format("{}", value), fmt::format("{} to {}", least, most));
  }
  return value;
}

double above(const char* name, double value, double bound) {
  if (!(value > bound && std::isfinite(value))) {
    refuse(name, fmt::format("{}", value), fmt::format("finite numbers above {}", bound));
  }
  return value;
}

std::size_t count(const char* name, py::ssize_t value, std::size_t least, std::size_t most) {
  if (value < 0 || static_cast<std::size_t>(value) < least ||
      static_cast<std::size_t>(value) > most) {
    refuse(name, std::to_string(value),
           most == kAnyCount ? fmt::format("{} or more", least)
                             : fmt::format("{} to {}", least, most));
  }
  return static_cast<std::size_t>(value);
}

std::size_t place_of(const char* name, const std::string& word,
                     std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return i;
  }
  refuse(name, quote(word), fmt::format("{}", fmt::join(words, ", ")));
}

template <typename T>
In<T>::In(const char* name, const py::handle& value, std::size_t dimensions) {
  auto view = view_of<T>(value, dimensions);
  info_ = view ? std::move(*view) : copy_of<T>(name, value, dimensions);
  values_ = {static_cast<const T*>(info_.ptr), static_cast<std::size_t>(info_.size)};
}

template <typename T>
const In<T>& In<T>::must_have(const char* name, std::size_t size) const {
  if (values_.size() != size) {
    refuse(name, fmt::format("an array of {} values", values_.size()), std::to_string(size));
  }
  return *this;
}

template <typename T>
bool has_dtype(const py::handle& value) {
  return py::hasattr(value, "dtype") && py::object(value.attr("dtype")).equal(dtype_of<T>());
}

template bool has_dtype<float>(const py::handle&);
template bool has_dtype<std::complex<float>>(const py::handle&);

template <typename T>
void Out<T>::map(std::size_t size) {
  values_ = {static_cast<T*>(py::buffer(array).request(true).ptr), size};
}

template <typename T>
Out<T>::Out(std::size_t size) : array(empty<T>(size)) {
  map(size);
}

template <typename T>
Out<T>::Out(std::size_t rows, std::size_t columns)
    : array(empty<T>(py::make_tuple(rows, columns))), columns_(columns) {
  map(rows * columns);
}

template <typename T>
py::object Out<T>::first(std::size_t size) const {
  return array[py::slice(0, static_cast<py::ssize_t>(size), 1)];
}

template class In<double>;
template class In<float>;
template class In<std::complex<double>>;
template class In<std::complex<float>>;
template class Out<double>;
template class Out<float>;
template class Out<std::complex<double>>;
template class Out<std::complex<float>>;
template class Out<std::uint32_t>;
template class Out<std::uint64_t>;
template class Out<std::uint16_t>;
template class Out<std::uint8_t>;
template class Out<bool>;

std::optional<double> optional_number(const char* name, const py::object& value) {
  if (value.is_none()) return std::nullopt;
  const auto given = value.cast<double>();
  if (!std::isfinite(given)) refuse(name, fmt::format("{}", given), "a finite number, None");
  return given;
}

Trace trace(const Reals& y, double dx, double x0) {
  if (!std::isfinite(x0)) refuse("x0", fmt::format("{}", x0), "finite numbers");
  return {y.span(), x0, above("dx", dx, 0)};
}

std::vector<Section> sections_of(const py::handle& sos) {
  const Reals rows("sos", sos, 2);
  if (rows.shape()[1] != 6 || rows.shape()[0] < 1) {
    refuse("sos", fmt::format("an array of ({}, {}) values", rows.shape()[0], rows.shape()[1]),
           "(1 or more sections, 6)");
  }
  std::vector<Section> sections;
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows.shape()[0]); ++i) {
    const double* row = rows.row(i);
    for (std::size_t k = 0; k < 6; ++k) {
      if (!std::isfinite(row[k])) refuse("sos", "not finite in places", "finite numbers");
    }
    if (row[3] != 1) refuse("sos[:, 3]", fmt::format("{}", row[3]), "1");
    sections.push_back({row[0], row[1], row[2], row[4], row[5]});
  }
  return sections;
}

py::object to_array(std::span<const Section> sections) {
  const Out<double> out(sections.size(), 6);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    const double row[] = {s.b0, s.b1, s.b2, 1, s.a1, s.a2};
    std::copy_n(row, 6, out.row(i));
  }
  return out.array;
}

double rate(double fs) {
  return above("fs", fs, 0);
}

std::vector<double> fractions_of(const char* name, const py::handle& frequencies, double fs) {
  const py::object array = numpy().attr("atleast_1d")(frequencies);
  const Reals given(name, array);
  std::vector<double> fractions(given.span().begin(), given.span().end());
  for (double& f : fractions) f /= rate(fs);
  return fractions;
}

std::vector<double> edges_of(const char* name, const py::handle& frequencies, double fs) {
  std::vector<double> edges = fractions_of(name, frequencies, fs);
  for (const double f : edges) {
    if (!(f > 0 && f < 0.5)) {
      refuse(name, fmt::format("{}", f * fs), fmt::format("above 0, below {}", fs / 2));
    }
  }
  return edges;
}

}  // namespace acq::python
