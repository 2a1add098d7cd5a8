// Every seeded mutant must be caught: this is what the model tests are worth.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <limits>
#include <vector>

#include "tests/model/explore.h"
#include "tests/model/scenarios.h"
#include "tests/model/subject.h"

namespace acq::model {

constexpr std::uint64_t kNearTheEnd = std::numeric_limits<std::uint64_t>::max() - 1;

struct Mutant {
  const char* name;
  MakeScenario make;
};

}  // namespace acq::model

#include "mutants.h"

namespace acq::model {
namespace {

// With few preemptions first: most mistakes need no more.
Outcome hunt(const MakeScenario& make) {
  Outcome outcome;
  std::uint64_t executions = 0;
  for (std::uint32_t preemptions = 0; preemptions <= 3 && !outcome.failure; ++preemptions) {
    outcome = explore(make, {.preemptions = preemptions, .most_executions = 300'000});
    executions += outcome.executions;
  }
  outcome.executions = executions;
  return outcome;
}

TEST(Mutants, AreAllCaught) {
  EXPECT_GE(kMutants.size(), 12U);
  std::cout << fmt::format("{:34} {:>10}  {}\n", "mutant", "executions", "caught by");
  for (const Mutant& mutant : kMutants) {
    const Outcome outcome = hunt(mutant.make);
    EXPECT_TRUE(outcome.failure) << mutant.name << " survived " << outcome.executions
                                 << " executions";
    std::cout << fmt::format("{:34} {:>10}  {}\n", mutant.name, outcome.executions,
                             outcome.failure.value_or("NOT CAUGHT"));
  }
}

}  // namespace
}  // namespace acq::model
