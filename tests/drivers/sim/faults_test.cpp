#include "drivers/sim/faults.h"

#include <gtest/gtest.h>

#include <cmath>

namespace acq::sim {
namespace {

constexpr Rational kRate{1000, 1};

std::vector<Fault> first_of(FaultSchedule& schedule, std::size_t most) {
  std::vector<Fault> out;
  while (out.size() < most && schedule.next_at() != FaultSchedule::kNever)
    out.push_back(schedule.take());
  return out;
}

TEST(FaultSchedule, WithoutPlansNothingComes) {
  EXPECT_EQ(FaultSchedule().next_at(), FaultSchedule::kNever);
}

TEST(FaultSchedule, ComesOnceAtItsTime) {
  FaultSchedule schedule({{.kind = FaultKind::kLostRun, .at_s = 0.5, .samples = 7}}, kRate, 1, 100);
  EXPECT_EQ(schedule.next_at(), 600U);
  const Fault fault = schedule.take();
  EXPECT_EQ(fault.kind, FaultKind::kLostRun);
  EXPECT_EQ(fault.at, 600U);
  EXPECT_EQ(fault.samples, 7U);
  EXPECT_EQ(schedule.next_at(), FaultSchedule::kNever);
}

TEST(FaultSchedule, RepeatsAsOftenAsAsked) {
  FaultSchedule schedule({{.at_s = 1, .every_s = 0.25, .count = 4}}, kRate, 1, 0);
  const std::vector<Fault> faults = first_of(schedule, 100);
  ASSERT_EQ(faults.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(faults[i].at, 1000 + 250 * i);
}

TEST(FaultSchedule, ABurstIsARowOfLostRuns) {
  FaultSchedule schedule(
      {{.kind = FaultKind::kBurst, .at_s = 1, .every_s = 10, .samples = 5, .runs = 3}}, kRate, 1,
      0);
  const std::vector<Fault> faults = first_of(schedule, 6);
  ASSERT_EQ(faults.size(), 6U);
  const std::uint64_t expected[] = {1000, 1010, 1020, 11000, 11010, 11020};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(faults[i].at, expected[i]);
}

TEST(FaultSchedule, LinesComeInOrderOfTimeThenOfConfiguration) {
  FaultSchedule schedule({{.kind = FaultKind::kStall, .at_s = 2},
                          {.kind = FaultKind::kError, .at_s = 1},
                          {.kind = FaultKind::kGarbage, .at_s = 2}},
                         kRate, 1, 0);
  const std::vector<Fault> faults = first_of(schedule, 10);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].kind, FaultKind::kError);
  EXPECT_EQ(faults[1].kind, FaultKind::kStall);
  EXPECT_EQ(faults[2].kind, FaultKind::kGarbage);
}

TEST(FaultSchedule, RandomFaultsAreExponentialInTimeAndUniformInLength) {
  FaultSchedule schedule({{.every_s = 0.5, .samples = 10, .is_random = true}}, kRate, 1, 0);
  constexpr std::size_t kMany = 20000;
  const std::vector<Fault> faults = first_of(schedule, kMany);
  double intervals = 0, squares = 0, lengths = 0;
  for (std::size_t i = 1; i < faults.size(); ++i) {
    const auto interval = static_cast<double>(faults[i].at - faults[i - 1].at);
    intervals += interval, squares += interval * interval;
    ASSERT_GE(faults[i].samples, 1U);
    ASSERT_LE(faults[i].samples, 19U);
    lengths += static_cast<double>(faults[i].samples);
  }
  const double mean = intervals / kMany;
  EXPECT_NEAR(mean, 500, 5 * 500 / std::sqrt(kMany));  // five standard errors
  EXPECT_NEAR(std::sqrt(squares / kMany - mean * mean), 500, 10 * 500 / std::sqrt(kMany));
  EXPECT_NEAR(lengths / kMany, 10, 5 * 5.5 / std::sqrt(kMany));
}

TEST(FaultSchedule, IsDeterminedByItsSeed) {
  const FaultPlan plan{.every_s = 0.5, .is_random = true};
  FaultSchedule a({plan}, kRate, 1, 0), b({plan}, kRate, 1, 0), c({plan}, kRate, 2, 0);
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const Fault x = a.take(), y = b.take(), z = c.take();
    EXPECT_EQ(x.at, y.at);
    EXPECT_EQ(x.samples, y.samples);
    different += x.at != z.at ? 1 : 0;
  }
  EXPECT_GT(different, 90);
}

}  // namespace
}  // namespace acq::sim
