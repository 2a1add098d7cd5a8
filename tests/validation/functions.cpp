#include "tests/validation/functions.h"
#include "tests/support/paths.h"

#include <gtest/gtest.h>

#include <cmath>

namespace acq::test {

void check_function(const std::string& name,
                    const std::function<std::vector<double>(const VectorCase&)>& function) {
  const Result<Vectors> vectors =
      read_vectors(ACQ_SOURCE_DIR "/tests/validation/vectors/" + name + ".vec");
  ASSERT_TRUE(vectors) << to_string(vectors.error());
  ASSERT_FALSE(vectors->cases.empty());
  double worst = 0;
  for (const VectorCase& with : vectors->cases) {
    SCOPED_TRACE(name + ", case " + with.name);
    const std::vector<double>& expected = with.arrays.at("expected").values;
    const std::vector<double> got = function(with);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double want = expected[i];
      if (got[i] == want || (std::isnan(got[i]) && std::isnan(want))) continue;
      const double error = std::abs(got[i] - want);
      const double allowed =
          with.values.at("absolute") + with.values.at("relative") * std::abs(want);
      ASSERT_LE(error, allowed) << "value " << i << " is " << got[i] << " instead of " << want;
      worst = std::max(worst, error / allowed);
    }
  }
  ::testing::Test::RecordProperty("worst_part_of_tolerance_" + name, std::to_string(worst));
}

double number_of(const VectorCase& with, const std::string& name) {
  return std::get<double>(with.params.at(name));
}

std::size_t count_of(const VectorCase& with, const std::string& name) {
  return static_cast<std::size_t>(number_of(with, name));
}

std::string text_of(const VectorCase& with, const std::string& name) {
  return std::get<std::string>(with.params.at(name));
}

std::vector<double> numbers_of(const VectorCase& with, const std::string& name) {
  std::vector<double> numbers;
  for (const Value& value : std::get<List>(with.params.at(name))) {
    numbers.push_back(std::get<double>(value));
  }
  return numbers;
}

const std::vector<double>& array_of(const VectorCase& with, const std::string& name) {
  return with.arrays.at(name).values;
}

}  // namespace acq::test
