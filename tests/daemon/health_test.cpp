#include "daemon/service/health.h"

#include <gtest/gtest.h>

#include <thread>

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPatience = 10 * kSecond;

class HealthTest : public testing::Test {
 protected:
  FakeClock clock;
  Health health{clock, kPatience};
};
using HealthOfStages = HealthTest;

TEST_F(HealthOfStages, NobodyWatchedIsAllAlive) {
  EXPECT_TRUE(health.all_alive());
}

TEST_F(HealthOfStages, AStageThatAdvancesIsAlive) {
  const auto beat = health.enlist("acquire sim");
  for (int i = 0; i < 5; ++i) {
    beat->advance();
    clock.advance(kPatience);
    EXPECT_TRUE(health.all_alive());
  }
}

TEST_F(HealthOfStages, AStageWithoutProgressIsNamedWithTheTimeItLastMoved) {
  const auto good = health.enlist("acquire sim");
  const auto bad = health.enlist("worker sim");
  bad->advance();
  ASSERT_TRUE(health.all_alive());
  const std::int64_t moved_ns = clock.now_ns();
  clock.advance(kPatience + 1);
  good->advance();
  const std::vector<Stall> stalls = health.look();
  ASSERT_EQ(stalls.size(), 1U);
  EXPECT_EQ(stalls[0].stage, "worker sim");
  EXPECT_EQ(stalls[0].since_ns, moved_ns);
}

TEST_F(HealthOfStages, AStageMayTakeAllOfThePatience) {
  const auto beat = health.enlist("worker");
  beat->advance();
  ASSERT_TRUE(health.all_alive());
  clock.advance(kPatience);
  EXPECT_TRUE(health.all_alive());
  clock.advance(1);
  EXPECT_FALSE(health.all_alive());
}

TEST_F(HealthOfStages, AStageThatNeverStartsIsAStall) {
  const auto beat = health.enlist("publisher");
  EXPECT_TRUE(health.all_alive());
  clock.advance(kPatience + 1);
  EXPECT_FALSE(health.all_alive());
}

TEST_F(HealthOfStages, ARestingStageIsAliveForEver) {
  const auto beat = health.enlist("worker");
  beat->rest();
  for (int i = 0; i < 3; ++i) {
    clock.advance(100 * kPatience);
    EXPECT_TRUE(health.all_alive());
  }
}

TEST_F(HealthOfStages, AStageJustWokenFromALongRestGetsItsPatience) {
  const auto beat = health.enlist("worker");
  beat->rest();
  ASSERT_TRUE(health.all_alive());
  clock.advance(100 * kPatience);
  beat->advance();
  EXPECT_TRUE(health.all_alive());
  clock.advance(kPatience);
  EXPECT_TRUE(health.all_alive());
  clock.advance(1);
  EXPECT_FALSE(health.all_alive());
}

TEST_F(HealthOfStages, AStageThatRestsBetweenTwoLooksAndHangsAfterwardsIsFound) {
  const auto beat = health.enlist("worker");
  beat->rest();
  beat->advance();  // woken, and then nothing more
  ASSERT_TRUE(health.all_alive());
  clock.advance(kPatience + 1);
  EXPECT_FALSE(health.all_alive());
}

TEST_F(HealthOfStages, AStageThatRestsWhileWorkWaitsIsAStall) {
  bool has_work = false;
  const auto beat = health.enlist("worker", [&] { return has_work; });
  beat->rest();
  clock.advance(100 * kPatience);
  ASSERT_TRUE(health.all_alive());
  has_work = true;  // and nobody wakes the stage
  clock.advance(kPatience);
  ASSERT_TRUE(health.all_alive());
  clock.advance(1);
  EXPECT_FALSE(health.all_alive());
  has_work = false;
  EXPECT_TRUE(health.all_alive());
}

TEST_F(HealthOfStages, AStageThatTakesEachPieceOfWorkAndRestsBetweenIsAlive) {
  const auto beat = health.enlist("worker", [] { return true; });
  for (int i = 0; i < 5; ++i) {
    beat->advance();
    beat->rest();
    clock.advance(kPatience);
    EXPECT_TRUE(health.all_alive());
  }
}

TEST_F(HealthOfStages, AStageThatRecoversIsAliveAgain) {
  const auto beat = health.enlist("worker");
  clock.advance(kPatience + 1);
  ASSERT_FALSE(health.all_alive());
  beat->advance();
  EXPECT_TRUE(health.all_alive());
}

TEST_F(HealthOfStages, AStageLetGoIsNotMissed) {
  auto beat = health.enlist("instrument removed by a reload");
  clock.advance(kPatience + 1);
  beat.reset();
  EXPECT_TRUE(health.all_alive());
}

TEST_F(HealthOfStages, LookingWhileAStageRunsIsSafe) {
  const auto beat = health.enlist("worker");
  std::jthread stage([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      beat->advance();
      beat->rest();
    }
  });
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(health.all_alive());
}

}  // namespace
}  // namespace acq
