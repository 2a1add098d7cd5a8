// The control client and a real daemon that stands still for longer than heartbeats wait.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "clients/cpp/control.h"
#include "tests/clients/fake_daemon.h"
#include "tests/support/paths.h"

namespace acq::client {
namespace {

using namespace acq::testing;
using Steady = std::chrono::steady_clock;

constexpr int kClients = 20;
constexpr auto kStopped = 5s;

// acqd on its embedded configuration, ended with the object.
class Child {
 public:
  explicit Child(const std::string& runtime_folder) : pid_(fork()) {
    if (pid_ != 0) return;
    execl(ACQ_BINARY_DIR "/acqd", "acqd", "--runtime-dir", runtime_folder.c_str(), nullptr);
    _exit(127);
  }
  ~Child() {
    kill(pid_, SIGCONT);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void signal(int number) const { kill(pid_, number); }

 private:
  pid_t pid_;
};

// One client: asks at its time, then once more, whatever came of it.
void ask(Control& control, Steady::time_point at, bool is_change) {
  std::this_thread::sleep_until(at);
  if (is_change) {
    const auto stopped = control.stop("ecg");
    if (!stopped) {
      EXPECT_EQ(stopped.error().code, Code::kDisconnected) << to_string(stopped.error());
      EXPECT_NE(stopped.error().sentence.find("may have been made"), std::string::npos);
    }
  } else {
    const auto status = control.status();
    EXPECT_TRUE(status) << to_string(status.error());
  }
  const auto back = control.status();
  EXPECT_TRUE(back) << to_string(back.error());
}

TEST(StoppedDaemon, IsAskedAgainByEveryClientFromBeforeOrTheChangeIsRefusedClearly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TempFolder folder;
  const Child daemon((folder / "").string());
  std::vector<Control> controls;
  for (int i = 0; i < kClients; ++i) {
    controls.push_back(std::move(*Control::connect(folder.endpoint("control"), 20s)));
    const auto hello = controls.back().hello("test");
    ASSERT_TRUE(hello) << to_string(hello.error());
  }
  const auto begin = Steady::now();
  daemon.signal(SIGSTOP);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kClients; ++i) {
      const auto at = begin + std::chrono::milliseconds(random() % 7000);
      threads.emplace_back([&, at, i] { ask(controls[i], at, i % 2 == 1); });
    }
    std::this_thread::sleep_until(begin + kStopped);
    daemon.signal(SIGCONT);
  }
}

}  // namespace
}  // namespace acq::client
