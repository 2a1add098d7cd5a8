#include "dsp/math/search_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "dsp/math/histogram.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::int64_t slot_of(const Bins& bins, double x) {
  const auto count = static_cast<std::int64_t>(bins.count());
  if (std::isnan(x)) return count + 2;
  if (!bins.hold(x)) return x < bins.lower() ? 0 : count + 1;
  return static_cast<std::int64_t>(bins.place_of(x)) + 1;
}

TEST(PlaceInBins, FindsTheBinOfEachValueBesideItsEdgesToo) {
  struct Range {
    double lower, upper;
    std::size_t bins;
  };
  for_each_instruction_set([] {
    for (const auto& [lower, upper, count] :
         {Range{-1, 1, 100}, Range{0.1, 0.7, 7}, Range{1e9, 1e9 + 1e-3, 50}, Range{-5, 3, 1}}) {
      const Bins bins(lower, upper, count);
      std::vector<double> x = {kInfinity, -kInfinity, std::nan(""), lower, upper};
      for (const double edge : bins.edges().edges) {
        x.insert(x.end(),
                 {edge, std::nextafter(edge, kInfinity), std::nextafter(edge, -kInfinity)});
      }
      std::mt19937 random(1);
      std::uniform_real_distribution<double> about(2 * lower - upper, 2 * upper - lower);
      for (int i = 0; i < 1001; ++i) x.push_back(about(random));
      std::vector<std::int64_t> slots(x.size());
      place_in_bins(bins.edges(), x.data(), x.size(), slots.data());
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(slots[i], slot_of(bins, x[i])) << x[i];
      const std::vector<float> narrow(x.begin(), x.end());
      place_in_bins(bins.edges(), narrow.data(), narrow.size(), slots.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_EQ(slots[i], slot_of(bins, static_cast<double>(narrow[i]))) << narrow[i];
      }
    }
  });
}

TEST(FindPieces, FindsThePieceOfEachPlaceInAnyOrder) {
  for_each_instruction_set([] {
    for (const std::size_t size : {2U, 3U, 9U, 10U, 500U}) {
      std::mt19937 random(static_cast<unsigned>(size));
      std::uniform_real_distribution<double> step(0.01, 2);
      std::vector<double> x(size);
      for (std::size_t i = 1; i < size; ++i) x[i] = x[i - 1] + step(random);
      std::uniform_real_distribution<double> about(-2, x.back() + 2);
      std::vector<double> places(700);
      for (double& place : places) place = about(random);
      for (std::size_t i = 0; i < 50; ++i) places.push_back(x[i % size]);
      for (int turn = 0; turn < 3; ++turn) {
        std::vector<std::size_t> pieces(places.size());
        find_pieces(x, 0, places.data(), places.size(), pieces.data());
        for (std::size_t i = 0; i < places.size(); ++i) {
          const auto behind = std::upper_bound(x.begin() + 1, x.end() - 1, places[i]);
          ASSERT_EQ(pieces[i], static_cast<std::size_t>(behind - x.begin()) - 1) << places[i];
        }
        if (turn == 0) std::sort(places.begin(), places.end());
        if (turn == 1) std::reverse(places.begin(), places.end());
      }
    }
  });
}

}  // namespace
}  // namespace acq::test
