// After construction, what samples pass through does not allocate or free.
#include "tests/support/allocation_hook.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

#include "dsp/base/doorbell.h"
#include "dsp/base/frame_pool.h"
#include "dsp/base/latest_value.h"
#include "dsp/base/packet_pool.h"
#include "dsp/base/spsc_ring.h"
#include "tests/support/sanitizer.h"

namespace acq {
namespace {

using test::AllocationCount;
using test::Allocations;

// Keeps the compiler from leaving out an allocation that nobody uses.
void use(void* memory) {
  asm volatile("" : : "g"(memory) : "memory");
}

TEST(AllocationHook, CountsEveryWayToAllocate) {
  const AllocationCount count;
  void* kinds[] = {std::malloc(10),
                   std::calloc(2, 5),
                   std::realloc(nullptr, 10),
                   std::aligned_alloc(64, 128),
                   ::operator new(10),
                   ::operator new[](10),
                   ::operator new(128, std::align_val_t{64}),
                   ::operator new(10, std::nothrow)};
  for (void* memory : kinds) use(memory);
  const std::uint64_t seen = test::kHasThreadSanitizer ? 7 : 8;  // see allocation_hook.h
  EXPECT_EQ(count.since(), (Allocations{seen, 0}));
  for (int i = 0; i < 4; ++i) std::free(kinds[i]);
  ::operator delete(kinds[4]);
  ::operator delete[](kinds[5]);
  ::operator delete(kinds[6], std::align_val_t{64});
  ::operator delete(kinds[7], std::nothrow);
  EXPECT_EQ(count.since(), (Allocations{seen, 8}));
}

TEST(AllocationHook, DoesNotCountFreeingNothing) {
  const AllocationCount count;
  std::free(nullptr);
  EXPECT_EQ(count.since(), Allocations{});
}

TEST(AllocationHook, TellsThreadsApart) {
  const Allocations all = test::allocations_of_all_threads();
  Allocations there;
  std::thread thread([&] {
    const AllocationCount count;
    use(std::make_unique<int>(1).get());
    there = count.since();
  });
  const AllocationCount here;
  thread.join();
  EXPECT_EQ(there, (Allocations{1, 1}));
  EXPECT_EQ(here.since().made, 0U);
  EXPECT_GE((test::allocations_of_all_threads() - all).made, 1U);
}

TEST(SpscRing, AllocatesNothingAfterItsConstruction) {
  SpscRing<PacketRef> ring(4);
  const AllocationCount count;
  for (int round = 0; round < 10; ++round) {
    while (ring.push({})) {
    }
    while (ring.front() != nullptr) ring.pop();
  }
  EXPECT_EQ(count.since(), Allocations{});
}

TEST(PacketPool, AllocatesNothingAfterItsConstruction) {
  PacketPool pool(4, 1000);
  const AllocationCount count;
  for (int round = 0; round < 10; ++round) {
    Packet* packets[4] = {pool.take(), pool.take(), pool.take(), pool.take()};
    ASSERT_EQ(pool.take(), nullptr);
    for (Packet* packet : packets) {
      PacketPool::share(packet, 2);
      pool.release(packet);
      pool.release(packet);
    }
  }
  EXPECT_EQ(count.since(), Allocations{});
}

TEST(FramePool, AllocatesNothingAfterItsConstruction) {
  FramePool pool(2, 1000);
  const AllocationCount count;
  for (int round = 0; round < 10; ++round) pool.give(pool.take());
  EXPECT_EQ(count.since(), Allocations{});
}

TEST(LatestValue, AllocatesNothingAfterItsConstruction) {
  LatestValue<std::array<double, 100>> latest;
  const AllocationCount count;
  for (int round = 0; round < 10; ++round) {
    latest.draft()[0] = round;
    latest.publish();
    ASSERT_NE(latest.read(), nullptr);
  }
  EXPECT_EQ(count.since(), Allocations{});
}

TEST(Doorbell, AllocatesNothingAfterItsConstruction) {
  Doorbell bell;
  const AllocationCount count;
  for (int round = 0; round < 10; ++round) {
    bell.arm();
    bell.ring();
    bell.wait_until(0);
    bell.disarm();
  }
  EXPECT_EQ(count.since(), Allocations{});
}

}  // namespace
}  // namespace acq
