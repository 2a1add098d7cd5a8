// Plain functions of dsp/math against vectors: float64 arrays in, float64 arrays out.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/validation/vectors.h"

namespace acq::test {

// Calls `function` for each case of vectors/NAME.vec and compares what it gives with the case's array
// "expected", within absolute + relative * |expected|.
void check_function(const std::string& name,
                    const std::function<std::vector<double>(const VectorCase&)>& function);

// Parameters and arrays of a case.
double number_of(const VectorCase& with, const std::string& name);
std::size_t count_of(const VectorCase& with, const std::string& name);
std::string text_of(const VectorCase& with, const std::string& name);
std::vector<double> numbers_of(const VectorCase& with, const std::string& name);
const std::vector<double>& array_of(const VectorCase& with, const std::string& name);

// The place of `word` among the words of an enumeration.
template <typename Enum, typename Names>
Enum word_of(const Names& names, const std::string& word) {
  std::size_t i = 0;
  for (const auto& name : names) {
    if (name == word) return static_cast<Enum>(i);
    ++i;
  }
  throw std::invalid_argument(word);
}

}  // namespace acq::test
