#include "daemon/service/rights.h"

#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

namespace acq {
namespace {

constexpr int kKeptBytes = 64 * 1024 * 1024;
constexpr int kKeptForAMoment = 1024 * 1024;  // more than is freed and taken again all the time
constexpr int kLargestFromHeap = 32 * 1024 * 1024;  // glibc allows no more

std::atomic<std::uint64_t> demoted{0};

// SIGXCPU: this real-time thread has not waited for a long time. Only system calls are made here.
void demote_caller(int) {
  const int saved = errno;
  const sched_param ordinary{};
  if (sched_setscheduler(0, SCHED_OTHER, &ordinary) == 0) {
    demoted.fetch_add(1, std::memory_order_relaxed);
  }
  errno = saved;
}

// Once for the process: the limit, and what happens at it.
std::string limit_realtime_spin() {
  struct sigaction action{};
  action.sa_handler = demote_caller;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGXCPU, &action, nullptr) != 0) return std::strerror(errno);
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) return std::strerror(errno);
  const rlim_t wanted_us = kRealtimeSpin_ms * rlim_t{1000};
  // The hard limit kills; at or below the soft one it would leave no time to step down.
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max <= wanted_us) {
    return "the hard RLIMIT_RTTIME is too short to step down in time";
  }
  limit.rlim_cur = wanted_us;
  return setrlimit(RLIMIT_RTTIME, &limit) == 0 ? std::string{} : std::strerror(errno);
}

bool has_capability(int capability) noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

}  // namespace

std::string ask_realtime(std::string_view thread, int priority) {
  static std::once_flag once;
  static std::string limit_note;
  std::call_once(once, [] { limit_note = limit_realtime_spin(); });
  const std::string who = "real-time priority for " + std::string(thread);
  if (!limit_note.empty()) return who + " not asked for: " + limit_note;
  const sched_param param{.sched_priority = priority};
  const int refused = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
  return refused == 0 ? std::string{} : who + " refused: " + std::strerror(refused);
}

std::uint64_t demoted_threads() noexcept {
  return demoted.load(std::memory_order_relaxed);
}

std::string lock_memory() {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur != RLIM_INFINITY && !has_capability(CAP_IPC_LOCK)) {
    return "memory not locked: RLIMIT_MEMLOCK allows " + std::to_string(limit.rlim_cur / 1024) +
           " KiB; unlimited is needed";
  }
  if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return {};
  return std::string("memory not locked: ") + std::strerror(errno);
}

void keep_freed_memory() noexcept {
  mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

void give_back_freed_memory() noexcept {
  mallopt(M_TRIM_THRESHOLD, kKeptForAMoment);
  malloc_trim(0);  // which leaves the ends of all heaps but the first as they are
}

}  // namespace acq
