#include "tests/support/allocation_hook.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ACQ_HOOK_BY_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace acq::test {
namespace {

// No constructor, no lazy allocation of thread-local storage: these are used inside malloc.
constinit thread_local std::uint64_t made_here = 0;
constinit thread_local std::uint64_t freed_here = 0;
constinit std::atomic<std::uint64_t> made_anywhere{0};
constinit std::atomic<std::uint64_t> freed_anywhere{0};

void count_made() noexcept {
  ++made_here;
  made_anywhere.fetch_add(1, std::memory_order_relaxed);
}

void count_freed(const volatile void* memory) noexcept {
  if (memory == nullptr) return;
  ++freed_here;
  freed_anywhere.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Allocations allocations_of_this_thread() noexcept {
  return {made_here, freed_here};
}

Allocations allocations_of_all_threads() noexcept {
  return {made_anywhere.load(std::memory_order_relaxed),
          freed_anywhere.load(std::memory_order_relaxed)};
}

}  // namespace acq::test

#ifdef ACQ_HOOK_BY_SANITIZER

// The sanitizers are in malloc's place already, and tell.
namespace {
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { acq::test::count_made(); },
    [](const volatile void* memory) { acq::test::count_freed(memory); });
}  // namespace

#else

// glibc's own, under the names it keeps for those who replace them.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* memory);

void* malloc(std::size_t bytes) {
  acq::test::count_made();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  acq::test::count_made();
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
  acq::test::count_made();
  acq::test::count_freed(memory);
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  acq::test::count_made();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  *memory = memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) {
  acq::test::count_freed(memory);
  __libc_free(memory);
}
}  // extern "C"

#endif
