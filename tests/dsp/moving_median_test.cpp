#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(MovingMedian, IsTheMiddleOfTheLastSamples) {
  const std::vector<float> y =
      joined(run("moving_median", {{"length", 3.0}}, waveform({{5, 1, 9, 2, 2, 8, 0}})));
  EXPECT_EQ(y, (std::vector<float>{5, 1, 5, 2, 2, 2, 2}));
}

TEST(MovingMedian, TakesASpikeOutAndKeepsAnEdge) {
  std::vector<float> x(40, 0.0F);
  x[10] = 100;
  std::fill(x.begin() + 20, x.end(), 1.0F);
  const Signal out = run("moving_median", {{"length", 5.0}}, waveform({x}));
  const std::vector<float> y = joined(out);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], i < 22 ? 0 : 1) << i;
  EXPECT_EQ(out.info.group_delay, (Rational{2, 1}));
}

TEST(MovingMedian, OfARecordIsAboutEachSample) {
  const Signal in = records(Kind::kRecord, {{{7, 1, 2, 3, 9}}});
  const auto of = [&](const char* border) {
    return run("moving_median", {{"length", 3.0}, {"border", border}}, in).pieces[0].samples[0];
  };
  EXPECT_EQ(of("nearest"), (std::vector<float>{7, 2, 2, 3, 9}));
  EXPECT_EQ(of("constant"), (std::vector<float>{1, 2, 2, 3, 3}));
}

TEST(MovingMedian, NanCountsWhileItIsInTheWindow) {
  const std::vector<float> y =
      joined(run("moving_median", {{"length", 3.0}}, waveform({{1, NAN, 3, 4, 5, 6}})));
  EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2]) && std::isnan(y[3]));
  EXPECT_EQ(y[4], 4);
  EXPECT_EQ(y[5], 5);
}

TEST(MovingMedian, AgreesWithSortingEachWindowAtEveryLength) {
  for (const std::size_t length : {1, 3, 9, 25, 27, 101, 501}) {
    std::vector<float> x = noise(1200, length);
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::round(4 * x[i]);  // ties
    const std::vector<float> y = joined(
        run("moving_median", {{"length", static_cast<double>(length)}}, cut(waveform({x}), {77})));
    for (std::size_t i = length - 1; i < x.size(); i += 7) {
      const auto from = x.begin() + static_cast<std::ptrdiff_t>(i + 1 - length);
      std::vector<float> window(from, from + static_cast<std::ptrdiff_t>(length));
      std::sort(window.begin(), window.end());
      ASSERT_EQ(y[i], window[length / 2]) << "length " << length << ", sample " << i;
    }
  }
}

TEST(MovingMedian, RefusesAnEvenLength) {
  const Error error = refusal("moving_median", {{"length", 4.0}}, waveform({{1}}).info);
  EXPECT_EQ(error.where, "length");
  EXPECT_FALSE(error.allowed.empty());
}

}  // namespace
}  // namespace acq::test
