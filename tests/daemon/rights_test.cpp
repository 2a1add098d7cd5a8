#include "daemon/service/rights.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sanitizer.h"

namespace acq {
namespace {

// The kernel's word; pthread_getschedparam() would answer from the C library's memory.
int policy_of_caller() {
  return sched_getscheduler(0);
}

// Runs in a child process, because rights cannot all be taken back. 0 is success.
int in_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void become_nobody() {
  if (geteuid() == 0 &&
      (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)) {
    _exit(99);
  }
}

TEST(Rights, GivesTheThreadRealTimePriorityOrSaysWhyNot) {
  std::thread([] {
    const std::string note = ask_realtime("acquire sim");
    if (note.empty()) {
      EXPECT_EQ(policy_of_caller(), SCHED_FIFO);
    } else {
      EXPECT_EQ(policy_of_caller(), SCHED_OTHER);
      EXPECT_EQ(note.find("real-time priority for acquire sim refused: "), 0U) << note;
    }
  }).join();
}

TEST(Rights, LeavesTheOtherThreadsAlone) {
  std::thread([] { static_cast<void>(ask_realtime("acquire sim")); }).join();
  EXPECT_EQ(policy_of_caller(), SCHED_OTHER);
}

TEST(Rights, NotesTheRefusalForAnOrdinaryUser) {
  EXPECT_EQ(in_child([] {
              const rlimit none{0, 0};
              setrlimit(RLIMIT_RTPRIO, &none);
              become_nobody();
              const std::string note = ask_realtime("worker");
              return note == "real-time priority for worker refused: Operation not permitted" ? 0
                                                                                              : 1;
            }),
            0);
}

TEST(Rights, TakesThePriorityFromAThreadThatSpins) {
  EXPECT_EQ(in_child([] {
              const std::string note = ask_realtime("worker");
              if (!note.empty()) return note.find("refused") != std::string::npos ? 0 : 1;
              // Bounded by the processor time, which the kernel counts too.
              while (demoted_threads() == 0) {
                rusage used{};
                getrusage(RUSAGE_SELF, &used);
                if (used.ru_utime.tv_sec + used.ru_stime.tv_sec > 20) return 2;
              }
              return policy_of_caller() == SCHED_OTHER && demoted_threads() == 1 ? 0 : 3;
            }),
            0);
}

TEST(Rights, LocksMemoryOrSaysWhyNot) {
  EXPECT_EQ(in_child([] {
              const std::string note = lock_memory();
              if (note.empty()) return munlockall();
              return note.find("memory not locked: ") == 0 ? 0 : 1;
            }),
            0);
}

TEST(Rights, DoesNotLockMemoryUnderALimitThatWouldStarveItLater) {
  EXPECT_EQ(
      in_child([] {
        const rlimit small{4096 * 1024, 4096 * 1024};
        if (setrlimit(RLIMIT_MEMLOCK, &small) != 0) return 3;
        become_nobody();
        const std::string note = lock_memory();
        if (note != "memory not locked: RLIMIT_MEMLOCK allows 4096 KiB; unlimited is needed") {
          return 1;
        }
        void* large = malloc(std::size_t{256} << 20);
        const bool is_given = large != nullptr;
        free(large);
        return is_given ? 0 : 2;
      }),
      0);
}

TEST(Rights, KeepsFreedMemoryForTheNextFrame) {
  if (test::kHasAddressSanitizer || test::kHasThreadSanitizer) {
    keep_freed_memory();  // the heap is theirs
    return;
  }
  EXPECT_EQ(in_child([] {
              keep_freed_memory();
              constexpr std::size_t kBytes = std::size_t{8} << 20;
              free(malloc(kBytes));
              // Not given back to the kernel: it is still the heap's.
              return mallinfo2().fordblks >= kBytes ? 0 : 1;
            }),
            0);
}

TEST(Rights, GivesFreedMemoryBackWhenAskedTo) {
  if (test::kHasAddressSanitizer || test::kHasThreadSanitizer) {
    give_back_freed_memory();  // the heap is theirs
    return;
  }
  EXPECT_EQ(in_child([] {
              keep_freed_memory();
              int outcome = 1;
              std::thread([&] {  // whose heap is not the first
                constexpr std::size_t kBlocks = 128;
                constexpr std::size_t kBytes = std::size_t{64} << 10;
                std::vector<void*> blocks(kBlocks);
                for (void*& block : blocks) block = std::memset(malloc(kBytes), 1, kBytes);
                for (void* block : blocks) free(block);
                const std::size_t kept = resident_bytes();
                give_back_freed_memory();
                free(std::memset(malloc(kBytes), 1, kBytes));
                if (resident_bytes() + kBlocks * kBytes / 2 < kept) outcome = 0;
              })
                  .join();
              return outcome;
            }),
            0);
}

}  // namespace
}  // namespace acq
