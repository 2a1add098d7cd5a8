// Counts allocations, to show that a path makes none.
#pragma once

#include <cstdint>

namespace acq::test {

struct Allocations {
  std::uint64_t made = 0;   // malloc, new and their relatives
  std::uint64_t freed = 0;  // free and delete; of nullptr not counted

  bool operator==(const Allocations&) const = default;
  Allocations operator-(const Allocations& before) const {
    return {made - before.made, freed - before.freed};
  }
};

// Since the thread, or the program, began. Any thread.
Allocations allocations_of_this_thread() noexcept;
Allocations allocations_of_all_threads() noexcept;

// What the calling thread allocated and freed since the object was made.
//
//   const AllocationCount count;
//   block->process(in, out);
//   EXPECT_EQ(count.since(), Allocations{});
//
// Link acq_allocation_hook: it puts itself in the place of malloc for the whole program. Under the
// thread sanitizer, aligned_alloc() and posix_memalign() go unseen: its own hook leaves them out.
class AllocationCount {
 public:
  AllocationCount() noexcept : start_(allocations_of_this_thread()) {}
  [[nodiscard]] Allocations since() const noexcept { return allocations_of_this_thread() - start_; }

 private:
  Allocations start_;
};

}  // namespace acq::test
