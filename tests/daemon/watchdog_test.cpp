#include "daemon/service/watchdog.h"

#include <algorithm>

#include "tests/daemon/notify_socket.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

bool was_fed(const std::vector<std::string>& messages) {
  return std::find(messages.begin(), messages.end(), "WATCHDOG=1") != messages.end();
}

class WatchdogTest : public testing::Test {
 protected:
  NotifySocket manager{"30000000"};  // 30 s
  Notify notify;
  FakeClock clock;
  Health health{clock, Watchdog::patience_ns(notify)};
  Watchdog watchdog{clock, notify, health};
};
using WatchdogOfStages = WatchdogTest;

TEST_F(WatchdogOfStages, IsFedWhileEveryStageMoves) {
  const auto beat = health.enlist("acquire sim");
  for (int second = 0; second < 60; ++second) {
    beat->advance();
    EXPECT_EQ(watchdog.tick("1 MS/s"), "1 MS/s");
    const std::vector<std::string> messages = manager.take();
    EXPECT_TRUE(was_fed(messages));
    EXPECT_EQ(messages.front(), "STATUS=1 MS/s");
    clock.advance(kSecond);
  }
}

TEST_F(WatchdogOfStages, IsStarvedByOneStalledStageThoughTheOthersMove) {
  const auto good = health.enlist("acquire sim");
  const auto bad = health.enlist("worker sim");
  bad->advance();
  int last_fed = 0;
  for (int second = 0; second <= 60; ++second) {
    good->advance();
    watchdog.tick("fine");
    if (was_fed(manager.take())) last_fed = second;
    clock.advance(kSecond);
  }
  EXPECT_EQ(last_fed, 15);  // half of the manager's 30 s
}

TEST_F(WatchdogOfStages, NamesTheGuiltyStageInTheStatus) {
  const auto one = health.enlist("worker sim");
  const auto two = health.enlist("publisher");
  watchdog.tick("fine");
  manager.take();
  clock.advance(16 * kSecond);
  EXPECT_EQ(watchdog.tick("fine"), "stalled: worker sim for 16.0 s, publisher for 16.0 s");
  EXPECT_EQ(manager.take(), std::vector<std::string>{
                                "STATUS=stalled: worker sim for 16.0 s, publisher for 16.0 s"});
}

TEST_F(WatchdogOfStages, IsFedAgainWhenTheStageRecovers) {
  const auto beat = health.enlist("worker sim");
  clock.advance(16 * kSecond);
  watchdog.tick("fine");
  EXPECT_FALSE(was_fed(manager.take()));
  beat->advance();
  EXPECT_EQ(watchdog.tick("fine"), "fine");
  EXPECT_TRUE(was_fed(manager.take()));
}

TEST_F(WatchdogOfStages, LooksOftenEnoughForTheManager) {
  EXPECT_EQ(Watchdog::period_ns(notify), kSecond);
  setenv("WATCHDOG_USEC", "2000000", 1);
  EXPECT_EQ(Watchdog::period_ns(Notify()), kSecond / 2);
}

TEST(WatchdogWithoutManager, StillNamesTheStalledStage) {
  unsetenv("NOTIFY_SOCKET");
  const Notify notify;
  FakeClock clock;
  Health health(clock, Watchdog::patience_ns(notify));
  Watchdog watchdog(clock, notify, health);
  const auto beat = health.enlist("worker sim");
  clock.advance(11 * kSecond);
  EXPECT_EQ(watchdog.tick("fine"), "stalled: worker sim for 11.0 s");
}

}  // namespace
}  // namespace acq
