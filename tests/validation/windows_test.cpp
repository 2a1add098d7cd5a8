// vectors/window.vec against dsp/math/window.h.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "dsp/math/window.h"
#include "tests/support/paths.h"
#include "tests/validation/vectors.h"

namespace acq::test {
namespace {

TEST(Windows, AreThoseOfScipy) {
  const Result<Vectors> vectors =
      read_vectors(ACQ_SOURCE_DIR "/tests/validation/vectors/window.vec");
  ASSERT_TRUE(vectors) << to_string(vectors.error());
  std::set<std::string> seen;
  for (const VectorCase& with : vectors->cases) {
    SCOPED_TRACE(with.name);
    const auto& name = std::get<std::string>(with.params.at("window"));
    seen.insert(name);
    std::vector<double> params;
    for (const Value& value : std::get<List>(with.params.at("window_params"))) {
      params.push_back(std::get<double>(value));
    }
    const auto count = static_cast<std::size_t>(std::get<double>(with.params.at("count")));
    const bool is_symmetric = std::get<bool>(with.params.at("symmetric"));
    const auto window =
        make_window(name, count, is_symmetric ? Sampling::kSymmetric : Sampling::kPeriodic, params);
    ASSERT_TRUE(window) << to_string(window.error());
    const std::vector<double>& expected = with.arrays.at("values").values;
    ASSERT_EQ(window->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR((*window)[i], expected[i], with.values.at("absolute")) << i;
    }
  }
  EXPECT_EQ(seen, std::set<std::string>(kWindowNames.begin(), kWindowNames.end()));
}

}  // namespace
}  // namespace acq::test
