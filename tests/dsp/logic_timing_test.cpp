#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr double kSample = 1e-3;  // s, at 1 kHz
const double kSigma = kSample / std::sqrt(6.0);

using Results = std::map<std::string, ScalarResult>;

Results results_of(const Signal& signal, std::size_t piece, std::size_t channel = 0) {
  Results all;
  const std::size_t each = signal.info.results.size();
  for (std::size_t r = 0; r < each; ++r)
    all[signal.info.results[r].name] = signal.pieces.at(piece).results.at(channel * each + r);
  return all;
}

// `high` samples of 1, then 0 up to `period`.
std::string square(std::size_t count, std::size_t period, std::size_t high) {
  std::string line;
  for (std::size_t i = 0; i < count; ++i) line += i % period < high ? '1' : '0';
  return line;
}

TEST(LogicTiming, ASquareHasItsPeriodDutyAndWidths) {
  const Signal in = logic({square(100, 10, 3), std::string(100, '1')});
  const Signal out = run("logic_timing", {{"length", 100.0}}, in);
  ASSERT_EQ(out.pieces.size(), 1U);
  EXPECT_EQ(out.info.kind, Kind::kScalars);
  EXPECT_FALSE(out.info.is_logic);
  const Results r = results_of(out, 0);
  // Begins high: 10 falling edges, 9 rising ones, 8 periods.
  EXPECT_EQ(r.at("edges").value, 19);
  EXPECT_EQ(r.at("edges").uncertainty, 0);
  EXPECT_DOUBLE_EQ(r.at("period").value, 10 * kSample);
  EXPECT_DOUBLE_EQ(r.at("period").uncertainty, kSigma / 8);
  EXPECT_DOUBLE_EQ(r.at("frequency").value, 100);
  EXPECT_DOUBLE_EQ(r.at("frequency").uncertainty, 100 * 100 * kSigma / 8);
  EXPECT_DOUBLE_EQ(r.at("duty").value, 0.3);
  EXPECT_DOUBLE_EQ(r.at("duty").uncertainty, std::sqrt((15 + 0.49 + 0.09) / 12) / 80);
  for (const char* name : {"high_min", "high_max"}) {
    EXPECT_DOUBLE_EQ(r.at(name).value, 3 * kSample);
    EXPECT_DOUBLE_EQ(r.at(name).uncertainty, kSigma);
  }
  EXPECT_DOUBLE_EQ(r.at("low_min").value, 7 * kSample);
  EXPECT_DOUBLE_EQ(r.at("low_max").value, 7 * kSample);
  const std::vector<std::string> units = {"1", "Hz", "s", "1", "s", "s", "s", "s"};
  for (std::size_t i = 0; i < units.size(); ++i) EXPECT_EQ(out.info.results[i].unit, units[i]);
}

TEST(LogicTiming, ALineAtRestHasNoEdgesAndSaysWhyNothingElse) {
  const Signal out = run("logic_timing", {{"length", 50.0}}, logic({std::string(50, '1')}));
  for (const auto& [name, result] : results_of(out, 0)) {
    if (name == "edges") {
      EXPECT_EQ(result.value, 0);
      continue;
    }
    EXPECT_STRNE(result.invalid_because, "") << name;
    EXPECT_TRUE(std::isnan(result.value)) << name;
  }
}

TEST(LogicTiming, GivesTheShortestAndTheLongestPulse) {
  const Signal out = run("logic_timing", {{"length", 20.0}}, logic({"01001110111110001100"}));
  const Results r = results_of(out, 0);
  EXPECT_DOUBLE_EQ(r.at("high_min").value, 1 * kSample);
  EXPECT_DOUBLE_EQ(r.at("high_max").value, 5 * kSample);
  EXPECT_DOUBLE_EQ(r.at("low_min").value, 1 * kSample);
  EXPECT_DOUBLE_EQ(r.at("low_max").value, 3 * kSample);
  // Rising at 1, 4, 8 and 16: periods of 3, 4 and 8 samples, high for 1, 3 and 5 of them.
  EXPECT_DOUBLE_EQ(r.at("period").value, 5 * kSample);
  EXPECT_DOUBLE_EQ(r.at("duty").value, 9.0 / 15);
}

TEST(LogicTiming, WhatReachesOverTwoPiecesCountsWhereItEnds) {
  // Rises at 5 and 25, falls at 15.
  const Signal in = logic(
      {std::string(5, '0') + std::string(10, '1') + std::string(10, '0') + std::string(5, '1')});
  const Signal out = run("logic_timing", {{"length", 10.0}}, in);
  ASSERT_EQ(out.pieces.size(), 3U);
  EXPECT_EQ(results_of(out, 0).at("edges").value, 1);
  EXPECT_STRNE(results_of(out, 0).at("high_max").invalid_because, "");
  EXPECT_DOUBLE_EQ(results_of(out, 1).at("high_max").value, 10 * kSample);
  EXPECT_DOUBLE_EQ(results_of(out, 2).at("low_max").value, 10 * kSample);
  EXPECT_DOUBLE_EQ(results_of(out, 2).at("period").value, 20 * kSample);
  EXPECT_DOUBLE_EQ(results_of(out, 2).at("duty").value, 0.5);
}

TEST(LogicTiming, NoPulseReachesOverAGap) {
  const Signal in = with_gap(logic({square(300, 10, 5)}), 133, 4);
  const Signal out = run("logic_timing", {{"length", 50.0}}, in);
  ASSERT_EQ(out.pieces.size(), 5U);
  EXPECT_EQ(out.pieces[2].first_index, 137U);
  EXPECT_EQ(out.pieces[2].gap_before.samples, 4U);
  for (std::size_t i = 0; i < out.pieces.size(); ++i) {
    EXPECT_DOUBLE_EQ(results_of(out, i).at("period").value, 10 * kSample);
    EXPECT_DOUBLE_EQ(results_of(out, i).at("high_max").value, 5 * kSample);
    EXPECT_DOUBLE_EQ(results_of(out, i).at("low_max").value, 5 * kSample);
  }
}

TEST(LogicTiming, GivesTheSameHoweverTheInputIsCut) {
  std::string line;
  std::mt19937_64 random(7);
  while (line.size() < 2000)
    line += std::string(1 + random() % 40, line.ends_with('1') ? '0' : '1');
  expect_same_for_any_cut("logic_timing", {{"length", 170.0}},
                          with_gap(stamped(logic({line, square(line.size(), 8, 3)})), 700, 31), 20,
                          300);
}

// Squares of about 7.3 samples at any phase: the spread of what is measured is the uncertainty told.
// Of 4000 draws, one sigma of a sigma is 1.1 %; 8 % leaves room for what the sampling grid
// correlates.
TEST(LogicTiming, TheUncertaintyToldIsTheSpreadOverPhases) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> any(0, 1);
  std::map<std::string, std::vector<double>> drawn;
  std::map<std::string, double> told;
  for (int i = 0; i < 4000; ++i) {
    const double phase = any(random) * 73;
    const double period = 6.8 + any(random);
    const double duty = 0.35 + 0.15 * any(random);
    std::string line;
    for (int k = 0; k < 24; ++k) line += std::fmod(k + phase, period) < duty * period ? '1' : '0';
    const Results r = results_of(run("logic_timing", {{"length", 24.0}}, logic({line})), 0);
    if (*r.at("period").invalid_because != '\0' || r.at("edges").value < 5) continue;
    drawn["period"].push_back(r.at("period").value - period * kSample);
    const double periods = kSigma / r.at("period").uncertainty;
    if (periods > 1.5 && periods < 2.5) {
      drawn["period of two"].push_back(r.at("period").value - period * kSample);
      told["period of two"] = r.at("period").uncertainty;
      drawn["duty of two"].push_back(r.at("duty").value - duty);
      told["duty of two"] = r.at("duty").uncertainty;
    }
  }
  for (const auto& [name, sigma] : told) {
    double mean = 0, square_sum = 0;
    for (const double x : drawn[name]) mean += x / static_cast<double>(drawn[name].size());
    for (const double x : drawn[name]) square_sum += (x - mean) * (x - mean);
    const double spread = std::sqrt(square_sum / static_cast<double>(drawn[name].size()));
    EXPECT_NEAR(spread / sigma, 1, 0.08) << name;
    EXPECT_NEAR(mean / sigma, 0, 0.1) << name;
  }
  EXPECT_EQ(told.size(), 2U);
}

TEST(LogicTiming, RefusesWhatItCannotDoAndSaysWhatIsAllowed) {
  EXPECT_EQ(refusal("logic_timing", {{"length", 9.0}}, waveform({{0, 1}}).info).sentence,
            "logic_timing needs logic, not a waveform");
  EXPECT_EQ(refusal("logic_timing", {}, logic({"01"}).info).where, "length");
  const Signal wide = logic(std::vector<std::string>(33, "01"));
  EXPECT_EQ(refusal("logic_timing", {{"length", 9.0}}, wide.info).allowed, "at most 32 channels");
}

}  // namespace
}  // namespace acq::test
