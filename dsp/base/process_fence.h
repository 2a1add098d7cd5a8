// A fence that one thread executes for all threads of the process.
#pragma once

namespace acq {

namespace detail {
extern const bool kHasProcessFence;
}

// Whether the kernel executes such a fence for us (Linux: membarrier, private and expedited; a
// filter of system calls may refuse it). Found out before main; it stays so.
inline bool has_process_fence() noexcept {
  return detail::kHasProcessFence;
}

// Where there is one: every other thread of the process has executed a full fence between this call and
// its return, wherever it was, and the caller too. A system call that interrupts the cores on which
// they run: a microsecond or a few.
void process_fence() noexcept;

}  // namespace acq
