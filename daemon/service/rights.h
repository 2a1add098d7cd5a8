// What the daemon asks of the kernel to keep its promises under load. A refusal is a note, not an
// error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acq {

// Above every ordinary thread, below what the kernel and audio servers use.
inline constexpr int kRealtimePriority = 10;

// Real-time priority (SCHED_FIFO) for the calling thread. Returns a note when the kernel refuses,
// an empty text when it agrees.
//
// A thread that spins for kRealtimeSpin_ms without waiting once goes back to ordinary priority
// instead of taking the machine with it: demoted_threads() counts them.
[[nodiscard]] std::string ask_realtime(std::string_view thread, int priority = kRealtimePriority);
inline constexpr int kRealtimeSpin_ms = 500;
[[nodiscard]] std::uint64_t demoted_threads() noexcept;

// Keeps the whole process in memory, now and later. Returns a note when refused, or when a limit on
// locked memory would make later allocations fail.
[[nodiscard]] std::string lock_memory();

// Tells the allocator to keep what is freed: giving large buffers back to the kernel and taking
// them again costs thirty times the work done on them.
void keep_freed_memory() noexcept;
// Gives what is free back to the kernel all the same, after a time of unusual need: what lies free
// within the heaps at once, the end of each heap when something of it is freed next, as long as
// keep_freed_memory() is not called again. Takes milliseconds, during which other threads that
// allocate may wait.
void give_back_freed_memory() noexcept;

}  // namespace acq
