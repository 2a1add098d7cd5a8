// The checker checked: well-known small programs must show exactly the outcomes that the C++ memory
// model allows. Names as in J. Alglave, L. Maranget, M. Tautschnig, "Herding Cats", TOPLAS 2014;
// verdicts from O. Lahav et al., "Repairing Sequential Consistency in C/C++11", PLDI 2017.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/model/atomics.h"
#include "tests/model/explore.h"

namespace acq::model {
namespace {

using Cell = Atomic<int>;

// Two or three atomics, what the threads read, and one plain variable.
struct Shared {
  Cell x, y, z;
  Plain<int> plain;
  std::array<int, 4> r{};
};
using Body = void (*)(Shared&);
using Outcomes = std::set<std::string>;

class Program final : public Scenario {
 public:
  Program(std::vector<Body> bodies, Outcomes& outcomes, std::size_t reads)
      : bodies_(std::move(bodies)), outcomes_(outcomes), reads_(reads) {}
  [[nodiscard]] std::size_t threads() const override { return bodies_.size(); }
  void run(std::size_t thread) override { bodies_[thread - 1](shared_); }
  void finish() override {
    std::string outcome;
    for (std::size_t i = 0; i < reads_; ++i) outcome += std::to_string(shared_.r[i]);
    outcomes_.insert(outcome);
  }

 private:
  std::vector<Body> bodies_;
  Outcomes& outcomes_;
  std::size_t reads_;
  Shared shared_;
};

constexpr Bounds kEverything{.preemptions = 100};
// Four threads of three steps: with every preemption there are millions of executions.
constexpr std::uint32_t kFourThreads = 2;

Outcomes outcomes_of(std::size_t reads, const std::vector<Body>& bodies,
                     std::uint32_t preemptions = 100) {
  Outcomes outcomes;
  const Outcome outcome =
      explore([&] { return std::make_unique<Program>(bodies, outcomes, reads); },
              {.preemptions = preemptions});
  EXPECT_TRUE(outcome.is_complete) << outcome.text();
  return outcomes;
}

std::string failure_of(const std::vector<Body>& bodies) {
  Outcomes ignored;
  return explore([&] { return std::make_unique<Program>(bodies, ignored, 0); }, kEverything)
      .failure.value_or("");
}

void fence() {
  ModelAtomics::fence();
}

TEST(Litmus, StoreBufferingShowsBothZeroWithoutFences) {
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              s.x.store(1, kRelease);
                              s.r[0] = s.y.load(kAcquire);
                            },
                            [](Shared& s) {
                              s.y.store(1, kRelease);
                              s.r[1] = s.x.load(kAcquire);
                            }}),
            (Outcomes{"00", "01", "10", "11"}));
}

TEST(Litmus, StoreBufferingNeverShowsBothZeroWithFences) {
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              s.x.store(1, kRelaxed);
                              fence();
                              s.r[0] = s.y.load(kRelaxed);
                            },
                            [](Shared& s) {
                              s.y.store(1, kRelaxed);
                              fence();
                              s.r[1] = s.x.load(kRelaxed);
                            }}),
            (Outcomes{"01", "10", "11"}));
}

TEST(Litmus, StoreBufferingNeedsBothFences) {
  EXPECT_TRUE(outcomes_of(2, {[](Shared& s) {
                                s.x.store(1, kRelaxed);
                                fence();
                                s.r[0] = s.y.load(kRelaxed);
                              },
                              [](Shared& s) {
                                s.y.store(1, kRelaxed);
                                s.r[1] = s.x.load(kRelaxed);
                              }})
                  .contains("00"));
}

void light() {
  ModelAtomics::light_fence();
}

void heavy() {
  ModelAtomics::heavy_fence();
}

void none() {}

using Fence = void (*)();

template <Fence kFirst, Fence kSecond>
Outcomes store_buffering() {
  return outcomes_of(2, {[](Shared& s) {
                           s.x.store(1, kRelaxed);
                           kFirst();
                           s.r[0] = s.y.load(kRelaxed);
                         },
                         [](Shared& s) {
                           s.y.store(1, kRelaxed);
                           kSecond();
                           s.r[1] = s.x.load(kRelaxed);
                         }});
}

TEST(Litmus, StoreBufferingNeedsAHeavyFenceAtLeastOnOneSide) {
  const Outcomes ordered = {"01", "10", "11"};
  EXPECT_EQ((store_buffering<light, heavy>()), ordered);
  EXPECT_EQ((store_buffering<heavy, light>()), ordered);
  EXPECT_EQ((store_buffering<heavy, heavy>()), ordered);
  EXPECT_EQ((store_buffering<heavy, fence>()), ordered);
  EXPECT_TRUE((store_buffering<light, light>()).contains("00"));
  EXPECT_TRUE((store_buffering<light, fence>()).contains("00"));
  EXPECT_TRUE((store_buffering<light, none>()).contains("00"));
  EXPECT_TRUE((store_buffering<heavy, none>()).contains("00"));
}

// Two light sides that never meet but through a third: x and y are ordered by the heavy fence between.
TEST(Litmus, AHeavyFenceOrdersWhatLightOnesBeforeItSawForThoseBehindIt) {
  EXPECT_FALSE(outcomes_of(3,
                           {[](Shared& s) {
                              s.x.store(1, kRelaxed);
                              light();
                              s.y.store(1, kRelaxed);
                            },
                            [](Shared& s) {
                              s.r[0] = s.y.load(kRelaxed);
                              heavy();
                              s.z.store(1, kRelaxed);
                            },
                            [](Shared& s) {
                              s.r[1] = s.z.load(kRelaxed);
                              light();
                              s.r[2] = s.x.load(kRelaxed);
                            }},
                           kFourThreads)
                   .contains("110"));
}

// The light side is no release and no acquire.
TEST(Litmus, LightFencesAlonePassNoMessage) {
  EXPECT_TRUE(outcomes_of(2, {[](Shared& s) {
                                s.x.store(1, kRelaxed);
                                light();
                                s.y.store(1, kRelaxed);
                              },
                              [](Shared& s) {
                                s.r[0] = s.y.load(kRelaxed);
                                light();
                                s.r[1] = s.x.load(kRelaxed);
                              }})
                  .contains("10"));
}

TEST(Litmus, MessagePassingHoldsWithReleaseAndAcquireOnly) {
  const Body reader = [](Shared& s) {
    s.r[0] = s.y.load(kAcquire);
    s.r[1] = s.x.load(kRelaxed);
  };
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              s.x.store(1, kRelaxed);
                              s.y.store(1, kRelease);
                            },
                            reader}),
            (Outcomes{"00", "01", "11"}));
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              s.x.store(1, kRelaxed);
                              s.y.store(1, kRelaxed);
                            },
                            reader}),
            (Outcomes{"00", "01", "10", "11"}));
}

TEST(Litmus, MessagePassingHoldsWithFencesAroundRelaxedAccesses) {
  EXPECT_FALSE(outcomes_of(2, {[](Shared& s) {
                                 s.x.store(1, kRelaxed);
                                 fence();
                                 s.y.store(1, kRelaxed);
                               },
                               [](Shared& s) {
                                 s.r[0] = s.y.load(kRelaxed);
                                 fence();
                                 s.r[1] = s.x.load(kRelaxed);
                               }})
                   .contains("10"));
}

TEST(Litmus, ReadsOfOneLocationNeverGoBack) {
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              s.x.store(1, kRelaxed);
                              s.x.store(2, kRelaxed);
                            },
                            [](Shared& s) {
                              s.r[0] = s.x.load(kRelaxed);
                              s.r[1] = s.x.load(kRelaxed);
                            }}),
            (Outcomes{"00", "01", "02", "11", "12", "22"}));
}

// IRIW: two readers may disagree about the order of independent writes ...
const std::vector<Body> kIndependentWrites = {[](Shared& s) { s.x.store(1, kRelease); },
                                              [](Shared& s) { s.y.store(1, kRelease); },
                                              [](Shared& s) {
                                                s.r[0] = s.x.load(kAcquire);
                                                s.r[1] = s.y.load(kAcquire);
                                              },
                                              [](Shared& s) {
                                                s.r[2] = s.y.load(kAcquire);
                                                s.r[3] = s.x.load(kAcquire);
                                              }};

TEST(Litmus, ReadersMayDisagreeAboutIndependentWrites) {
  EXPECT_TRUE(outcomes_of(4, kIndependentWrites, kFourThreads).contains("1010"));
}

// ... unless fences stand between their reads.
TEST(Litmus, ReadersAgreeWhenFencesStandBetweenTheirReads) {
  std::vector<Body> bodies = kIndependentWrites;
  bodies[2] = [](Shared& s) {
    s.r[0] = s.x.load(kRelaxed);
    fence();
    s.r[1] = s.y.load(kRelaxed);
  };
  bodies[3] = [](Shared& s) {
    s.r[2] = s.y.load(kRelaxed);
    fence();
    s.r[3] = s.x.load(kRelaxed);
  };
  EXPECT_FALSE(outcomes_of(4, bodies, kFourThreads).contains("1010"));
}

// 2+2W: both locations may end with the value written first in program order.
TEST(Litmus, StoresToTwoLocationsMayEndInEitherOrder) {
  const auto last = [](Shared& s) { s.r[0] = s.x.load(kRelaxed), s.r[1] = s.y.load(kRelaxed); };
  Outcomes outcomes;
  struct TwoPlusTwo final : Scenario {
    TwoPlusTwo(Outcomes& o, Body l) : outcomes(o), last(l) {}
    [[nodiscard]] std::size_t threads() const override { return 2; }
    void run(std::size_t thread) override {
      (thread == 1 ? s.x : s.y).store(1, kRelaxed);
      (thread == 1 ? s.y : s.x).store(2, kRelaxed);
    }
    void finish() override {
      last(s);
      outcomes.insert(std::to_string(s.r[0]) + std::to_string(s.r[1]));
    }
    Outcomes& outcomes;
    Body last;
    Shared s;
  };
  explore([&] { return std::make_unique<TwoPlusTwo>(outcomes, last); }, kEverything);
  EXPECT_EQ(outcomes, (Outcomes{"11", "12", "21", "22"}));
}

TEST(Litmus, ReadModifyWritesNeverLoseOne) {
  const Body add = [](Shared& s) { s.x.fetch_add(1, kRelaxed); };
  struct Sum final : Scenario {
    explicit Sum(Body b) : body(b) {}
    [[nodiscard]] std::size_t threads() const override { return 3; }
    void run(std::size_t) override { body(s); }
    void finish() override { require(s.x.load(kRelaxed) == 3, "an addition is lost"); }
    Body body;
    Shared s;
  };
  const Outcome outcome = explore([&] { return std::make_unique<Sum>(add); }, kEverything);
  EXPECT_TRUE(outcome.is_complete) << outcome.text();
}

// A relaxed read-modify-write carries the release before it on to who acquires.
TEST(Litmus, AReadModifyWriteContinuesAReleaseSequence) {
  EXPECT_EQ(failure_of({[](Shared& s) {
                          s.plain.set(1);
                          s.x.store(1, kRelease);
                        },
                        [](Shared& s) { s.x.fetch_add(1, kRelaxed); },
                        [](Shared& s) {
                          if (s.x.load(kAcquire) == 2) static_cast<void>(s.plain.get());
                        }}),
            "");
}

// C++20: a plain store does not, even by the same thread (P0982).
TEST(Litmus, AStoreEndsAReleaseSequence) {
  EXPECT_EQ(failure_of({[](Shared& s) {
                          s.plain.set(1);
                          s.x.store(1, kRelease);
                          s.x.store(2, kRelaxed);
                        },
                        [](Shared& s) {
                          if (s.x.load(kAcquire) == 2) static_cast<void>(s.plain.get());
                        }}),
            "data race: a read meets a write");
}

TEST(Litmus, ACompareExchangeMayFailOnAnOldValueButSucceedsOnTheNewestOnly) {
  EXPECT_EQ(outcomes_of(2, {[](Shared& s) {
                              int expected = 0;
                              s.r[0] = s.x.compare_exchange_weak(expected, 1, kRelaxed, kRelaxed);
                            },
                            [](Shared& s) {
                              int expected = 0;
                              s.r[1] = s.x.compare_exchange_weak(expected, 2, kRelaxed, kRelaxed);
                            }}),
            (Outcomes{"01", "10"}));
}

TEST(DataRace, IsFoundBetweenEveryPairWithAWrite) {
  const Body reads = [](Shared& s) { static_cast<void>(s.plain.get()); };
  const Body writes = [](Shared& s) { s.plain.set(1); };
  EXPECT_EQ(failure_of({reads, reads}), "");
  EXPECT_EQ(failure_of({reads, writes}), "data race: a write meets a read");
  EXPECT_EQ(failure_of({writes, reads}), "data race: a read meets a write");
  EXPECT_EQ(failure_of({writes, writes}), "data race: a write meets a write");
}

// Sequentially consistent fences order accesses, but give no happens-before by themselves.
TEST(DataRace, IsNotExcusedByFencesThatReadNothing) {
  EXPECT_NE(failure_of({[](Shared& s) {
                          s.plain.set(1);
                          fence();
                        },
                        [](Shared& s) {
                          fence();
                          s.plain.set(2);
                        }}),
            "");
}

TEST(Event, OrdersWhatCameBeforeTheSignalAndFindsSleepersForEver) {
  struct Wait final : Scenario {
    explicit Wait(bool rings) : signals(rings) {}
    [[nodiscard]] std::size_t threads() const override { return 2; }
    void run(std::size_t thread) override {
      if (thread == 1) {
        plain.set(1);
        if (signals) event.signal();
      } else {
        event.wait();
        require(plain.get() == 1, "an old value");
      }
    }
    bool signals;
    Plain<int> plain;
    Event event;
  };
  EXPECT_TRUE(explore([] { return std::make_unique<Wait>(true); }, kEverything).is_complete);
  EXPECT_EQ(explore([] { return std::make_unique<Wait>(false); }, kEverything).failure,
            "sleeps for ever: thread 2");
}

TEST(Explore, SaysHowItGotToAFailure) {
  Outcomes ignored;
  const std::vector<Body> bodies = {
      [](Shared& s) { s.x.store(7, kRelaxed); },
      [](Shared& s) { require(s.x.load(kRelaxed) == 0, "it changed"); }};
  const Outcome outcome =
      explore([&] { return std::make_unique<Program>(bodies, ignored, 0); }, kEverything);
  EXPECT_EQ(outcome.failure, "it changed");
  EXPECT_EQ(outcome.trace,
            "  thread 1: atomic 0 store 7\n  thread 2: atomic 0 load 7\n"
            "  thread 2: broken: it changed\n");
}

TEST(Explore, EndsAThreadThatLoops) {
  Outcomes ignored;
  const std::vector<Body> bodies = {[](Shared& s) {
    while (s.x.load(kRelaxed) == 0) {
    }
  }};
  EXPECT_EQ(
      explore([&] { return std::make_unique<Program>(bodies, ignored, 0); }, kEverything).failure,
      "does not end");
}

}  // namespace
}  // namespace acq::model
