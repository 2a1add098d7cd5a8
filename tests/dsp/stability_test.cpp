#include <gtest/gtest.h>

#include "dsp/math/allan.h"
#include "tests/support/measured.h"

namespace acq::test {
namespace {

TEST(Stability, OfADriftIsItsClosedForm) {
  const auto y = sampled(300, 0, 1, [](double x) { return 5 + x; });
  for (const char* statistic : {"allan", "overlapping", "modified"}) {
    const Measured s("stability", {{"statistic", statistic}}, y);
    for (const auto& [tau, m] : {std::pair("tau_1ms", 1.0), {"tau_8ms", 8.0}, {"tau_64ms", 64.0}}) {
      EXPECT_NEAR(s(tau), m / std::sqrt(2.0), 1e-9 * m) << statistic << " " << tau;
    }
  }
  EXPECT_NEAR(Measured("stability", {{"statistic", "hadamard"}}, y)("tau_16ms"), 0, 1e-7);
  EXPECT_NEAR(Measured("stability", {{"statistic", "time"}}, y)("tau_8ms"),
              8e-3 * 8 / std::sqrt(6.0), 1e-9);
}

TEST(Stability, MtieOfAConstantFrequencyIsTheTimeItGains) {
  const Measured s("stability", {{"statistic", "mtie"}}, std::vector<float>(100, 0.25F));
  EXPECT_NEAR(s("tau_32ms"), 0.25 * 0.032, 1e-15);
  EXPECT_EQ(s.unit("tau_32ms"), "V.s");
}

TEST(Stability, MtieByQueuesIsThatOfTheDefinition) {
  const std::vector<float> y = noise(200, 8);
  std::vector<double> x(y.begin(), y.end());
  std::vector<double> work(400);
  for (const std::size_t m : {1U, 7U, 50U, 199U}) {
    double slow = 0;
    for (std::size_t i = 0; i + m < x.size(); ++i) {
      const auto [low, high] =
          std::minmax_element(x.begin() + static_cast<std::ptrdiff_t>(i),
                              x.begin() + static_cast<std::ptrdiff_t>(i + m + 1));
      slow = std::max(slow, *high - *low);
    }
    EXPECT_EQ(max_time_interval_error(x, m, work), slow) << m;
  }
}

TEST(Stability, OfAShortOrBrokenRecordIsInvalid) {
  EXPECT_EQ(Measured("stability", {}, {1}).why_not("tau_1ms"),
            "the record is too short for this tau");
  EXPECT_EQ(Measured("stability", {}, {1, NAN, 2}).why_not("tau_1ms"), "a value is not finite");
}

TEST(Stability, NeedsATimeAxis) {
  SignalInfo in = records(Kind::kRecord, {{{1, 2, 3}}}).info;
  in.axis.unit = "m";
  EXPECT_EQ(refusal("stability", {}, in).allowed, "a time axis in s");
  EXPECT_EQ(refusal("stability", {{"statistic", "median"}}, in).where, "stability.statistic");
}

}  // namespace
}  // namespace acq::test
