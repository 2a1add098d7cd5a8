#include "tests/support/heap_peak.h"

#include <algorithm>
#include <cstdint>

// A sanitizer has an allocator of its own and tells of every block; else the operators are
// replaced.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ACQ_HAS_HEAP_HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ACQ_HAS_HEAP_HOOKS 1
#endif
#endif

#ifdef ACQ_HAS_HEAP_HOOKS
#include <sanitizer/allocator_interface.h>
#else
#include <malloc.h>

#include <cstdlib>
#include <new>
#endif

namespace {

thread_local std::int64_t held = 0;
thread_local std::int64_t peak = 0;
thread_local std::size_t allocations_made = 0;

void take(std::size_t bytes) noexcept {
  held += static_cast<std::int64_t>(bytes);
  peak = std::max(peak, held);
  ++allocations_made;
}
void give(std::size_t bytes) noexcept {
  held -= static_cast<std::int64_t>(bytes);
}

}  // namespace

#ifdef ACQ_HAS_HEAP_HOOKS

namespace {

[[maybe_unused]] const int kHooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void* /*block*/, std::size_t bytes) { take(bytes); },
    [](const volatile void* block) {
      if (block != nullptr) give(__sanitizer_get_allocated_size(const_cast<const void*>(block)));
    });

}  // namespace

#else

namespace {

void* counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  take(malloc_usable_size(block));
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr) give(malloc_usable_size(block));
  std::free(block);
}

std::size_t rounded(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new[](std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, rounded(size, align)));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return operator new(size, alignment);
}
void operator delete(void* block) noexcept {
  release(block);
}
void operator delete[](void* block) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t /*size*/) noexcept {
  release(block);
}
void operator delete[](void* block, std::size_t /*size*/) noexcept {
  release(block);
}
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  release(block);
}
void operator delete[](void* block, std::align_val_t /*alignment*/) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  release(block);
}
void operator delete[](void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  release(block);
}

#endif

namespace acq::testing {

HeapPeak::HeapPeak() noexcept {
  held = 0;
  peak = 0;
  allocations_made = 0;
}
std::size_t HeapPeak::bytes() const noexcept {
  return static_cast<std::size_t>(std::max<std::int64_t>(peak, 0));
}
std::size_t HeapPeak::allocations() const noexcept {
  return allocations_made;
}

}  // namespace acq::testing
