#include "tests/model/execution.h"

#include "dsp/base/result.h"

namespace acq::model {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
// Far beyond any scenario here: a thread that takes more is caught in a loop.
constexpr std::uint32_t kMaxSteps = 2000;

Execution* current_execution = nullptr;

}  // namespace

Execution& Execution::current() {
  ACQ_CHECK(current_execution != nullptr);
  return *current_execution;
}

Execution::Execution(Chooser& chooser) : chooser_(chooser), memory_(chooser) {
  ACQ_CHECK(current_execution == nullptr);
  current_execution = this;
  threads_[0].fiber = std::make_unique<Fiber>();
  for (std::size_t i = 1; i < kMaxThreads; ++i) {
    threads_[i].fiber = std::make_unique<Fiber>(kStackBytes);
  }
}

Execution::~Execution() {
  current_execution = nullptr;
}

void Execution::begin(std::uint32_t preemptions) {
  memory_.reset();
  thread_ = 0;
  thread_count_ = 0;
  preemptions_left_ = preemptions;
  steps_ = 0;
  failure_.reset();
  lines_.clear();
}

void Execution::run_threads() {
  thread_count_ = scenario_->threads();
  ACQ_CHECK(thread_count_ < kMaxThreads);
  for (std::size_t i = 1; i <= thread_count_; ++i) {
    threads_[i].is_done = false;
    threads_[i].waits_for = nullptr;
    threads_[i].fiber->restart(&Execution::run_one);
    memory_.fork(i);
  }
  if (const std::size_t first = pick(); first != 0) change_to(first);
  // Back here: all are done, or the execution failed.
  for (std::size_t i = 1; i <= thread_count_; ++i) {
    if (!failure_ && !threads_[i].is_done)
      failure_ = "sleeps for ever: thread " + std::to_string(i);
    memory_.join(i);
  }
  thread_count_ = 0;
}

void Execution::run_one() {
  Execution& self = current();
  const std::size_t thread = self.thread_;
  self.scenario_->run(thread);
  self.threads_[thread].is_done = true;
  self.change_to(self.pick());
}

bool Execution::is_able(std::size_t thread) const {
  const Thread& other = threads_[thread];
  return !other.is_done && (other.waits_for == nullptr || *other.waits_for);
}

std::size_t Execution::pick() {
  std::array<std::size_t, kMaxThreads> able{};
  std::uint32_t options = 0;
  const bool can_go_on = thread_ != 0 && is_able(thread_);
  if (can_go_on) able[options++] = thread_;
  if (!can_go_on || preemptions_left_ > 0) {
    for (std::size_t i = 1; i <= thread_count_; ++i) {
      if (i != thread_ && is_able(i)) able[options++] = i;
    }
  }
  if (options == 0) return 0;
  const std::size_t next = able[chooser_.choose(options)];
  if (can_go_on && next != thread_) --preemptions_left_;
  return next;
}

void Execution::change_to(std::size_t thread) {
  if (thread == thread_) return;
  Fiber& from = *threads_[thread_].fiber;
  thread_ = thread;
  Fiber::switch_to(from, *threads_[thread].fiber);
}

void Execution::step() {
  if (thread_ == 0) return;
  if (++steps_ > kMaxSteps) return fail("does not end");
  change_to(pick());
}

void Execution::wait_for(const bool& is_ready) {
  if (is_ready) return;
  ACQ_CHECK(thread_ != 0);
  threads_[thread_].waits_for = &is_ready;
  const std::size_t self = thread_;
  change_to(pick());
  threads_[self].waits_for = nullptr;
}

void Execution::fail(const char* what) {
  if (!failure_) failure_ = what;
  trace(std::string("broken: ") + what);
  if (thread_ != 0) change_to(0);
}

void Execution::trace(const std::string& line) {
  if (keeps_trace_) lines_.push_back("thread " + std::to_string(thread_) + ": " + line);
}

}  // namespace acq::model
