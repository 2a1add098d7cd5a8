// One run of a few threads, step by step: scheduling, memory, and what went wrong.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/chooser.h"
#include "tests/model/fiber.h"
#include "tests/model/memory.h"

namespace acq::model {

// What is run: made anew for each execution. The constructor and finish() run alone, before and
// after the threads. No thread may own memory: a failed execution abandons its frames.
class Scenario {
 public:
  virtual ~Scenario() = default;
  [[nodiscard]] virtual std::size_t threads() const = 0;
  virtual void run(std::size_t thread) = 0;
  virtual void finish() {}
};

// Runs scenarios one at a time on fibers. Threads change places only at step(), before each atomic
// operation: between two of those, what a thread does is invisible to the others, or a data race.
class Execution {
 public:
  // The one that runs now; the atomics of the model find it here.
  static Execution& current();

  explicit Execution(Chooser& chooser);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Runs to the end or to the first failure, which is returned. At most `preemptions` times a
  // thread that could go on is stopped in favour of another.
  template <typename MakeScenario>
  std::optional<std::string> run(const MakeScenario& make, std::uint32_t preemptions) {
    begin(preemptions);
    scenario_ = make();
    run_threads();
    if (!failure_) scenario_->finish();
    scenario_.reset();
    return failure_;
  }

  // Called by the model's atomics, on behalf of the running thread.
  Memory& memory() noexcept { return memory_; }
  [[nodiscard]] std::size_t thread() const noexcept { return thread_; }
  // A place where another thread may run first.
  void step();
  // Lets others run until `*is_ready` is true.
  void wait_for(const bool& is_ready);
  // Ends the execution; returns only when no thread runs. Takes no string: the frames of the thread
  // are abandoned, and with them what they own.
  void fail(const char* what);

  // A readable account of the execution, when wanted.
  void keep_trace(bool is_wanted) { keeps_trace_ = is_wanted; }
  [[nodiscard]] bool keeps_trace() const noexcept { return keeps_trace_; }
  void trace(const std::string& line);
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

 private:
  struct Thread {
    std::unique_ptr<Fiber> fiber;
    const bool* waits_for = nullptr;
    bool is_done = true;
  };

  void begin(std::uint32_t preemptions);
  void run_threads();
  static void run_one();
  [[nodiscard]] bool is_able(std::size_t thread) const;
  // The thread to run now, 0 when none is able.
  std::size_t pick();
  void change_to(std::size_t thread);

  Chooser& chooser_;
  Memory memory_;
  std::unique_ptr<Scenario> scenario_;
  std::array<Thread, kMaxThreads> threads_;
  std::size_t thread_ = 0;
  std::size_t thread_count_ = 0;
  std::uint32_t preemptions_left_ = 0;
  std::uint32_t steps_ = 0;
  std::optional<std::string> failure_;
  bool keeps_trace_ = false;
  std::vector<std::string> lines_;
};

// A promise of the scenario: the execution fails with `what` when it is broken.
inline void require(bool is_kept, const char* what) {
  if (!is_kept) Execution::current().fail(what);
}

}  // namespace acq::model
