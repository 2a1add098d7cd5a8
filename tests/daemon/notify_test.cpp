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

TEST(Notify, SkipsWhatAFullManagerDoesNotTakeAndSendsTheNext) {
  NotifySocket manager;
  const Notify notify;
  alarm(20);  // what waits for the manager waits for ever
  int taken = 0;
  Result<void> told;
  for (; taken < 100'000 && (told = notify.status(std::to_string(taken))); ++taken) {
  }
  ASSERT_FALSE(told) << "its queue has no end";
  EXPECT_EQ(told.error().code, Code::kIo);
  EXPECT_NE(told.error().sentence.find("does not read"), std::string::npos);
  EXPECT_EQ(manager.take().size(), static_cast<std::size_t>(taken)) << "one of them is lost";
  ASSERT_TRUE(notify.status("next"));
  EXPECT_EQ(manager.take(), Messages{"STATUS=next"});
  alarm(0);
}

TEST(Notify, ReachesAManagerWithAnAbstractName) {
  const std::string name = "acq-notify-" + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ASSERT_EQ(bind(manager, reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  EXPECT_TRUE(Notify().feed_watchdog());
  char buffer[64];
  EXPECT_EQ(recv(manager, buffer, sizeof buffer, 0), 10);
  close(manager);
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace acq
