#include "dsp/base/doorbell.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "dsp/base/clock.h"

namespace acq {
namespace {

constexpr std::int64_t kForever_ns = 60'000'000'000;

bool is_readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&poll_fd, 1, 0) == 1;
}

TEST(Doorbell, StaysSilentWhileNobodyWaits) {
  Doorbell bell;
  bell.ring();
  EXPECT_FALSE(is_readable(bell.fd()));
}

TEST(Doorbell, EndsAWaitThatBeganBeforeTheRing) {
  Doorbell bell;
  bell.arm();
  bell.ring();
  EXPECT_TRUE(is_readable(bell.fd()));
  const std::int64_t deadline_ns = system_clock().now_ns() + kForever_ns;
  bell.wait_until(deadline_ns);
  EXPECT_LT(system_clock().now_ns(), deadline_ns);
  EXPECT_FALSE(is_readable(bell.fd()));
}

TEST(Doorbell, SignalsOncePerArming) {
  Doorbell bell;
  bell.arm();
  bell.ring();
  bell.clear();
  bell.ring();
  EXPECT_FALSE(is_readable(bell.fd()));
}

TEST(Doorbell, IsSilentAgainAfterDisarming) {
  Doorbell bell;
  bell.arm();
  bell.disarm();
  bell.ring();
  EXPECT_FALSE(is_readable(bell.fd()));
}

TEST(Doorbell, ReturnsAtTheDeadlineWithoutARing) {
  Doorbell bell;
  bell.arm();
  const std::int64_t deadline_ns = system_clock().now_ns() + 1'000'000;
  bell.wait_until(deadline_ns);
  EXPECT_GE(system_clock().now_ns(), deadline_ns);
  bell.wait_until(0);  // long past: returns at once
}

// Several ringers against one waiter that sleeps whenever it has seen all work. A lost wake-up
// leaves the waiter asleep until its far deadline, with work undone.
TEST(Doorbell, LosesNoWakeUpUnderHammering) {
  constexpr int kRingers = 3;
  constexpr int kRounds = 20'000;
  Doorbell bell;
  std::atomic<int> work{0};
  std::vector<std::jthread> ringers;
  ringers.reserve(kRingers);
  for (int i = 0; i < kRingers; ++i) {
    ringers.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        work.fetch_add(1, std::memory_order_release);
        bell.ring();
        if (round % 64 == 0) std::this_thread::yield();
      }
    });
  }
  const std::int64_t deadline_ns = system_clock().now_ns() + kForever_ns;
  for (int seen = 0; seen < kRingers * kRounds;) {
    bell.arm();
    if (work.load(std::memory_order_acquire) == seen) bell.wait_until(deadline_ns);
    bell.disarm();
    seen = work.load(std::memory_order_acquire);
    ASSERT_LT(system_clock().now_ns(), deadline_ns) << "slept with work undone";
  }
}

}  // namespace
}  // namespace acq
