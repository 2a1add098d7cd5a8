#include "tests/support/heap_peak.h"

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

thread_local std::int64_t held = 0;
thread_local std::int64_t peak = 0;
thread_local std::size_t allocations_made = 0;

void* counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  held += static_cast<std::int64_t>(malloc_usable_size(block));
  peak = std::max(peak, held);
  ++allocations_made;
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr) held -= static_cast<std::int64_t>(malloc_usable_size(block));
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
