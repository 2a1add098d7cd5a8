#include "daemon/service/notify.h"

#include <unistd.h>

#include "tests/daemon/notify_socket.h"

namespace acq {
namespace {

using Messages = std::vector<std::string>;

TEST(Notify, SaysReadyWithItsStatusInOneMessage) {
  NotifySocket manager;
  const Notify notify;
  ASSERT_TRUE(notify.is_listening());
  ASSERT_TRUE(notify.ready("2 instruments, 5 topics"));
  EXPECT_EQ(manager.take(), Messages{"READY=1\nSTATUS=2 instruments, 5 topics"});
}

TEST(Notify, FeedsTheWatchdogAndSaysStopping) {
  NotifySocket manager;
  const Notify notify;
  ASSERT_TRUE(notify.feed_watchdog());
  ASSERT_TRUE(notify.stopping("draining"));
  EXPECT_EQ(manager.take(), (Messages{"WATCHDOG=1", "STOPPING=1\nSTATUS=draining"}));
}

TEST(Notify, TellsTheTimeOfAReload) {
  NotifySocket manager;
  ASSERT_TRUE(Notify().reloading());
  const Messages messages = manager.take();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].find("RELOADING=1\nMONOTONIC_USEC="), 0U) << messages[0];
  EXPECT_GT(std::stoll(messages[0].substr(messages[0].rfind('=') + 1)), 0);
}

TEST(Notify, KeepsAStatusFromForgingAnotherVariable) {
  NotifySocket manager;
  ASSERT_TRUE(Notify().status("line\nWATCHDOG=1\tend"));
  EXPECT_EQ(manager.take(), Messages{"STATUS=line WATCHDOG=1 end"});
}

TEST(Notify, KnowsThePeriodTheManagerAsksFor) {
  NotifySocket manager("30000000");
  EXPECT_EQ(Notify().watchdog_period_ns(), 30'000'000'000);
}

TEST(Notify, LeavesTheWatchdogOfAnotherProcessAlone) {
  NotifySocket manager("30000000");
  setenv("WATCHDOG_PID", std::to_string(getppid()).c_str(), 1);
  EXPECT_EQ(Notify().watchdog_period_ns(), 0);
}

TEST(Notify, DoesNothingWithoutAManager) {
  unsetenv("NOTIFY_SOCKET");
  const Notify notify;
  EXPECT_FALSE(notify.is_listening());
  EXPECT_EQ(notify.watchdog_period_ns(), 0);
  EXPECT_TRUE(notify.ready("nobody hears"));
}

TEST(Notify, ReportsAManagerThatHasGone) {
  NotifySocket manager;
  const Notify notify;
  manager.close_socket();
  const Result<void> told = notify.ready("up");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Code::kIo);
}

}  // namespace
}  // namespace acq
