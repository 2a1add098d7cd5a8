#include "dsp/base/clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace acq {
namespace {

TEST(SystemClock, NeverGoesBack) {
  std::int64_t before = system_clock().now_ns();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = system_clock().now_ns();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(SystemClock, KnowsTheYear) {
  EXPECT_GT(system_clock().utc_ns(), 1'700'000'000'000'000'000);  // 2023-11-14
}

TEST(SystemClock, SleepsUntilTheDeadlineAndNoLess) {
  const std::int64_t deadline_ns = system_clock().now_ns() + 1'000'000;
  system_clock().sleep_until(deadline_ns, {});
  EXPECT_GE(system_clock().now_ns(), deadline_ns);
}

TEST(SystemClock, DoesNotSleepWhenTheDeadlinePassedOrAStopIsRequested) {
  std::stop_source stop;
  stop.request_stop();
  // Either would hang the test if it slept.
  system_clock().sleep_until(std::numeric_limits<std::int64_t>::max(), stop.get_token());
  system_clock().sleep_until(0, {});
  system_clock().sleep_until(std::numeric_limits<std::int64_t>::min(), {});
}

TEST(FakeClock, MovesOnlyWhenTold) {
  FakeClock clock;
  const std::int64_t start = clock.now_ns();
  EXPECT_EQ(clock.now_ns(), start);
  clock.advance(5);
  EXPECT_EQ(clock.now_ns(), start + 5);
  clock.sleep_until(start + 100, {});
  EXPECT_EQ(clock.now_ns(), start + 100);
  clock.sleep_until(start, {});
  EXPECT_EQ(clock.now_ns(), start + 100);
}

TEST(FakeClock, MovesBothTimesTogether) {
  FakeClock clock;
  const std::int64_t offset = clock.utc_ns() - clock.now_ns();
  clock.advance(12345);
  EXPECT_EQ(clock.utc_ns() - clock.now_ns(), offset);
}

}  // namespace
}  // namespace acq
