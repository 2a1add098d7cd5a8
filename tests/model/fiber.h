// A thread of our own making, switched by hand: what lets the model checker choose every step.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <memory>

namespace acq::model {

// One stack and the place where it stopped. All fibers of a program run on one real thread.
class Fiber {
 public:
  // The calling thread itself, to switch back to.
  Fiber();
  explicit Fiber(std::size_t stack_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Sets the fiber to the beginning of `entry`, wherever it was. `entry` never returns.
  void restart(void (*entry)());
  // Leaves `from`, the fiber that runs now, and goes on where `to` stopped.
  static void switch_to(Fiber& from, Fiber& to);

 private:
  static void enter();
  // The sanitizers must know which stack is in use; nothing without them.
  void before_leaving(const Fiber& to);
  void after_arriving();

  ucontext_t context_{};
  std::unique_ptr<std::byte[]> stack_;
  void* stack_bottom_ = nullptr;
  std::size_t stack_bytes_ = 0;
  void (*entry_)() = nullptr;
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
};

}  // namespace acq::model
