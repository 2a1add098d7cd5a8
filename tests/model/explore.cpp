#include "tests/model/explore.h"

#include <limits>

namespace acq::model {
namespace {

constexpr std::uint32_t kAnyNumber = std::numeric_limits<std::uint32_t>::max();

// Explores with one chooser; false when an execution failed.
bool search(Chooser& chooser, const MakeScenario& make, std::uint32_t preemptions,
            std::uint64_t most, Outcome& outcome) {
  Execution execution(chooser);
  for (std::uint64_t i = 0; i < most; ++i) {
    outcome.failure = execution.run(make, preemptions);
    ++outcome.executions;
    if (outcome.failure) {
      chooser.repeat();
      execution.keep_trace(true);
      execution.run(make, preemptions);
      for (const std::string& line : execution.lines()) outcome.trace += "  " + line + "\n";
      return false;
    }
    if (!chooser.next()) {
      outcome.is_complete = true;
      return true;
    }
  }
  return true;
}

}  // namespace

Outcome explore(const MakeScenario& make, const Bounds& bounds) {
  Outcome outcome;
  Chooser all;
  if (!search(all, make, bounds.preemptions, bounds.most_executions, outcome)) return outcome;
  Chooser random(bounds.seed);
  outcome.was_random = !search(random, make, kAnyNumber, bounds.random_executions, outcome);
  return outcome;
}

std::string Outcome::text() const {
  if (!failure) return "holds in " + std::to_string(executions) + " executions";
  return *failure + ", after " + std::to_string(executions) + " executions" +
         (was_random ? ", random" : "") + ":\n" + trace;
}

}  // namespace acq::model
