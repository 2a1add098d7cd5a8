// The lock-free classes in every execution of small cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <random>

#include "tests/model/explore.h"
#include "tests/model/scenarios.h"
#include "tests/model/subject.h"
#include "tests/support/sanitizer.h"

namespace acq::model {
namespace {

constexpr std::uint64_t kNearTheEnd = std::numeric_limits<std::uint64_t>::max() - 1;

// The sanitizers look for damaged memory in the checker and its subjects: that takes a few thousand
// executions, and they make each of them many times slower.
constexpr bool kIsShort = test::kHasAddressSanitizer || test::kHasThreadSanitizer;

// Every execution with this many preemptions, then random ones.
template <typename S>
void expect_holds(std::uint32_t preemptions) {
  if (kIsShort) preemptions = std::min(preemptions, 1U);
  const std::uint64_t random_executions = kIsShort ? 200 : 20'000;
  const std::uint64_t seed = std::random_device{}();
  const Outcome outcome =
      explore([] { return std::make_unique<S>(); },
              {.preemptions = preemptions, .random_executions = random_executions, .seed = seed});
  EXPECT_FALSE(outcome.failure) << outcome.text();
  EXPECT_TRUE(outcome.is_complete);
  std::cout << outcome.text() << ", up to " << preemptions << " preemptions; random seed " << seed
            << "\n";
}

TEST(SpscRingModel, DeliversWhatItAcceptedOnceInOrder) {
  expect_holds<RingScenario<RealSubject, 0>>(3);
}
TEST(SpscRingModel, DoesSoWhereItsCountersWrap) {
  expect_holds<RingScenario<RealSubject, kNearTheEnd>>(3);
}
TEST(SpscRingModel, HoldsAsManyAsItSays) {
  expect_holds<FullRingScenario<RealSubject>>(0);
}
TEST(LatestValueModel, ShowsTheNewestWhole) {
  expect_holds<LatestScenario<RealSubject>>(100);
}
TEST(FreeListModel, GivesEveryNodeOneOwner) {
  expect_holds<FreeListScenario<RealSubject>>(3);
}
// Why only one thread may take: with two, a node can leave and come back unnoticed.
TEST(RefCountModel, HasOneLastHolder) {
  expect_holds<RefCountScenario<RealSubject>>(100);
}
TEST(WakeFlagModel, LosesNoWakeUp) {
  expect_holds<WakeScenario<RealSubject>>(3);
}
TEST(SlotPoolModel, KeepsAnAccountThatNeverExceedsItsSlots) {
  expect_holds<AccountScenario<RealSubject>>(3);
}
TEST(PathModel, DeliversEverySampleOrSaysThatItIsLost) {
  expect_holds<PathScenario<RealSubject, 2>>(2);
}
TEST(PathModel, GetsBackOnceWhatIsLent) {
  expect_holds<LendScenario<RealSubject>>(2);
}
TEST(PathModel, CountsWhatFindsNoFreePacket) {
  expect_holds<PathScenario<RealSubject, 1>>(3);
}

}  // namespace
}  // namespace acq::model
