// Many executions of one scenario, until one fails or there are no others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/model/execution.h"

namespace acq::model {

struct Bounds {
  // Depth first: every execution with at most this many preemptions ...
  std::uint32_t preemptions = 3;
  // ... as long as there are not more than this many.
  std::uint64_t most_executions = 2'000'000;
  // Then so many random ones, with any number of preemptions.
  std::uint64_t random_executions = 0;
  std::uint64_t seed = 0;
};

struct Outcome {
  std::uint64_t executions = 0;
  bool is_complete = false;  // every execution within the bound was seen
  std::optional<std::string> failure;
  bool was_random = false;
  std::string trace;  // of the failed execution

  // For the log: "broken promise after 12 executions", with the steps that lead there.
  [[nodiscard]] std::string text() const;
};

using MakeScenario = std::function<std::unique_ptr<Scenario>()>;

Outcome explore(const MakeScenario& make, const Bounds& bounds);

}  // namespace acq::model
