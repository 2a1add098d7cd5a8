#include "tests/model/fiber.h"

#include <pthread.h>

#include <cstdlib>
#include <utility>

#include "dsp/base/result.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ACQ_FIBER_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define ACQ_FIBER_TSAN
#endif
#endif
#ifdef ACQ_FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef ACQ_FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace acq::model {
namespace {

// Whom a fresh fiber belongs to: makecontext() hands over no pointer.
Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber() {
  pthread_attr_t attributes;
  ACQ_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  ACQ_CHECK(pthread_attr_getstack(&attributes, &stack_bottom_, &stack_bytes_) == 0);
  pthread_attr_destroy(&attributes);
#ifdef ACQ_FIBER_TSAN
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(std::size_t stack_bytes)
    : stack_(std::make_unique<std::byte[]>(stack_bytes)),
      stack_bottom_(stack_.get()),
      stack_bytes_(stack_bytes) {
#ifdef ACQ_FIBER_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef ACQ_FIBER_TSAN
  if (stack_ != nullptr) __tsan_destroy_fiber(tsan_fiber_);
#endif
}

void Fiber::restart(void (*entry)()) {
  ACQ_CHECK(stack_ != nullptr);
  entry_ = entry;
  fake_stack_ = nullptr;
#ifdef ACQ_FIBER_TSAN
  // The one that was left halfway has frames that will never return.
  __tsan_destroy_fiber(tsan_fiber_);
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
  ACQ_CHECK(getcontext(&context_) == 0);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = stack_bytes_;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::enter, 0);
}

void Fiber::enter() {
  Fiber& self = *std::exchange(entering, nullptr);
  self.after_arriving();
  self.entry_();
  std::abort();  // an entry does not return
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  entering = &to;
  from.before_leaving(to);
  ACQ_CHECK(swapcontext(&from.context_, &to.context_) == 0);
  from.after_arriving();
}

void Fiber::before_leaving([[maybe_unused]] const Fiber& to) {
#ifdef ACQ_FIBER_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, to.stack_bottom_, to.stack_bytes_);
#endif
#ifdef ACQ_FIBER_TSAN
  __tsan_switch_to_fiber(to.tsan_fiber_, 0);
#endif
}

void Fiber::after_arriving() {
#ifdef ACQ_FIBER_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
}

}  // namespace acq::model
