#include "dsp/math/iir_design.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace acq {
namespace {

const std::vector<std::pair<Band, std::vector<double>>> kBands = {
    {Band::kLow, {0.07}},         {Band::kHigh, {0.31}},      {Band::kPass, {0.1, 0.17}},
    {Band::kPass, {0.001, 0.45}}, {Band::kStop, {0.2, 0.24}},
};

// |H|^2 of the digital Butterworth filter, from its definition with prewarped frequencies.
double expected_gain(Band band, const std::vector<double>& edges, std::size_t order, double f) {
  const auto warp = [](double x) { return std::tan(std::numbers::pi * x); };
  const double w = warp(f), low = warp(edges.front()), high = warp(edges.back());
  double x = 0;  // frequency of the prototype
  switch (band) {
    case Band::kLow: x = w / low; break;
    case Band::kHigh: x = low / w; break;
    case Band::kPass: x = (w * w - low * high) / (w * (high - low)); break;
    case Band::kStop: x = w * (high - low) / (w * w - low * high); break;
  }
  return 1 / std::sqrt(1 + std::pow(x * x, static_cast<double>(order)));
}

TEST(IirDesign, GainIsThatOfTheDefinitionForEveryOrder) {
  for (const auto& [band, edges] : kBands) {
    for (std::size_t order = 1; order <= kMostIirOrder; ++order) {
      const auto sections = design_butterworth(band, edges, order);
      ASSERT_TRUE(sections) << to_string(sections.error());
      for (double f = 0.003; f < 0.5; f += 0.0071) {
        const double expected = expected_gain(band, edges, order, f);
        EXPECT_NEAR(sos_gain(*sections, f), expected, 1e-11 + 1e-8 * expected)
            << "band " << static_cast<int>(band) << ", order " << order << ", at " << f;
      }
    }
  }
}

TEST(IirDesign, EdgesAreAtMinusThreeDecibels) {
  for (const auto& [band, edges] : kBands) {
    const auto sections = *design_butterworth(band, edges, 6);
    for (const double edge : edges) {
      EXPECT_NEAR(sos_gain(sections, edge), std::numbers::sqrt2 / 2, 1e-9);
    }
  }
}

TEST(IirDesign, EveryPoleIsInsideTheUnitCircle) {
  for (const auto& [band, edges] : kBands) {
    for (std::size_t order = 1; order <= kMostIirOrder; ++order) {
      const auto design = design_butterworth(band, edges, order);
      ASSERT_TRUE(design) << to_string(design.error());
      for (const Section& s : *design) {
        EXPECT_LT(std::abs(s.a2), 1);  // the stability triangle
        EXPECT_LT(std::abs(s.a1), 1 + s.a2);
      }
    }
  }
}

TEST(IirDesign, DelayIsTheSlopeOfThePhase) {
  // First order, low: H = (1 - a) / 2 (1 + z^-1) / (1 - a z^-1); its delay at 0 is 1/2 + a / (1 -
  // a).
  const auto sections = *design_butterworth(Band::kLow, std::vector{0.1}, 1);
  const double a = -sections[0].a1;
  EXPECT_NEAR(sos_delay(sections, 0), 0.5 + a / (1 - a), 1e-12);
}

TEST(IirDesign, RefusesWhatFloat64CannotHoldAndWhatIsNoFilter) {
  const auto where = [](Band band, std::vector<double> edges, std::size_t order) {
    const auto made = design_butterworth(band, edges, order);
    return made ? std::string("made") : made.error().where;
  };
  EXPECT_EQ(where(Band::kLow, {1e-5}, 4), "made");
  EXPECT_EQ(where(Band::kLow, {1e-8}, 4), "cutoff");
  EXPECT_EQ(where(Band::kHigh, {0.5 - 1e-9}, 4), "cutoff");
  EXPECT_EQ(where(Band::kLow, {0.5}, 4), "cutoff");
  EXPECT_EQ(where(Band::kPass, {0.2, 0.1}, 4), "cutoff");
  EXPECT_EQ(where(Band::kPass, {0.2}, 4), "cutoff");
  EXPECT_EQ(where(Band::kLow, {0.2, 0.3}, 4), "cutoff");
  EXPECT_EQ(where(Band::kLow, {0.2}, 0), "order");
  EXPECT_EQ(where(Band::kLow, {0.2}, 21), "order");
}

}  // namespace
}  // namespace acq
