// NumPy arrays as arguments and results, through the buffer protocol alone: any version of NumPy will do.
#pragma once

#include <pybind11/complex.h>
#include <pybind11/pybind11.h>

#include <complex>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/math/sos.h"
#include "dsp/math/trace.h"

namespace acq::python {

namespace py = pybind11;

// ValueError: what the argument is, and what would be allowed.
[[noreturn]] void refuse(const char* name, const std::string& value, const std::string& allowed);

// The value of a Result, or its error as ValueError; those of files as OSError.
[[noreturn]] void raise(const Error& error);
template <typename T>
T value_of(Result<T> result) {
  if (!result) raise(result.error());
  return std::move(*result);
}

// Numbers within bounds, both allowed.
double number(const char* name, double value, double least, double most);
double above(const char* name, double value, double bound);
std::size_t count(const char* name, py::ssize_t value, std::size_t least, std::size_t most);
inline constexpr std::size_t kAnyCount = std::size_t{1} << 48;

// The place of `word` among the words of an enumeration.
std::size_t place_of(const char* name, const std::string& word,
                     std::span<const std::string_view> words);
template <typename Enum>
Enum choice(const char* name, const std::string& word, std::span<const std::string_view> words) {
  return static_cast<Enum>(place_of(name, word, words));
}

// An array given by the caller, one-dimensional unless told otherwise: read where it lies when it is
// contiguous and of the type, else a copy. Complex numbers are not taken for real ones, nor text for
// numbers.
template <typename T>
class In {
 public:
  In(const char* name, const py::handle& value, std::size_t dimensions = 1);

  [[nodiscard]] std::span<const T> span() const noexcept { return values_; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] const std::vector<py::ssize_t>& shape() const noexcept { return info_.shape; }
  // Row `i` of a two-dimensional one.
  [[nodiscard]] const T* row(std::size_t i) const noexcept {
    return values_.data() + i * static_cast<std::size_t>(info_.shape[1]);
  }
  // Refuses another length.
  const In& must_have(const char* name, std::size_t size) const;

 private:
  py::buffer_info info_;
  std::span<const T> values_;
};

using Reals = In<double>;
using Floats = In<float>;

// Whether the caller gave an array of this type: what is computed in either precision keeps it.
template <typename T>
bool has_dtype(const py::handle& value);

// A new array, to be written.
template <typename T>
class Out {
 public:
  explicit Out(std::size_t size);
  Out(std::size_t rows, std::size_t columns);
  [[nodiscard]] std::span<T> span() const noexcept { return values_; }
  [[nodiscard]] T* row(std::size_t i) const noexcept { return values_.data() + i * columns_; }
  // The first `size` values.
  [[nodiscard]] py::object first(std::size_t size) const;
  py::object array;

 private:
  void map(std::size_t size);
  std::size_t columns_ = 0;
  std::span<T> values_;
};

template <typename T>
py::object to_array(std::span<const T> values) {
  const Out<T> out(values.size());
  std::copy(values.begin(), values.end(), out.span().begin());
  return out.array;
}
inline py::object to_array(const std::vector<double>& values) {
  return to_array(std::span<const double>(values));
}

// Computes while other Python threads run.
template <typename F>
auto unlocked(F&& compute) {
  const py::gil_scoped_release released;
  return std::forward<F>(compute)();
}

// A number, or None.
std::optional<double> optional_number(const char* name, const py::object& value);
// Of an even axis; `dx` above 0.
Trace trace(const Reals& y, double dx, double x0);
// (sections, 6) with a0 = 1, as SciPy has them.
std::vector<Section> sections_of(const py::handle& sos);
py::object to_array(std::span<const Section> sections);
// Frequencies as fractions of the sample rate.
std::vector<double> fractions_of(const char* name, const py::handle& frequencies, double fs);
// The same where each must lie between 0 and half the rate.
std::vector<double> edges_of(const char* name, const py::handle& frequencies, double fs);
double rate(double fs);

}  // namespace acq::python
