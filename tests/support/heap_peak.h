// How much memory a piece of code takes: replaces operator new and delete of the program that links
// heap_peak.cpp.
#pragma once

#include <cstddef>

namespace acq::testing {

// Watches this thread from its construction on.
class HeapPeak {
 public:
  HeapPeak() noexcept;
  // The most bytes held at once that were not held at the construction, as malloc rounds them.
  [[nodiscard]] std::size_t bytes() const noexcept;
  // Calls of operator new since the construction.
  [[nodiscard]] std::size_t allocations() const noexcept;
};

}  // namespace acq::testing
