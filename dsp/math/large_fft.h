// Complex Fourier transforms that do not fit into a core's cache: two passes over the memory, in tiles that do.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"

namespace acq {

// Memory in pages as large as the system has them, as far as it has: steps from row to row would else meet a
// page each.
template <typename T>
class HugePages {
 public:
  HugePages() = default;
  explicit HugePages(std::size_t count);
  [[nodiscard]] T* data() noexcept { return values_.get(); }

 private:
  static constexpr std::size_t kPage = std::size_t{2} << 20;
  struct Free {
    void operator()(T* values) const noexcept {
      ::operator delete(static_cast<void*>(values), std::align_val_t{kPage});
    }
  };
  std::unique_ptr<T, Free> values_;
};

// Size = rows x columns. The first pass transforms tiles of columns and turns each value by its place, the
// second tiles of rows. FFTW's plans of as many values go through the memory once for each factor.
//
// Source: D. H. Bailey, J. Supercomputing 4 (1990) 23 (four-step).
// Threads: plan() may wait; run() is real-time safe, one thread.
template <typename Real>
class LargeFft {
 public:
  using Value = std::complex<Real>;

  // Whether it is quicker than FFTW.
  static bool serves(std::size_t size) noexcept;
  // Of a size that it serves.
  static Result<LargeFft> plan(std::size_t size, FftDirection direction,
                               const PlanOptions& options);

  // As ComplexFft::run(), but that `in` stays, unless it is `out`, and the addresses may be any.
  void run(const Value* in, Value* out) noexcept;

 private:
  static constexpr std::size_t kTile = 128 / sizeof(Value);  // columns, or rows: two cache lines

  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t stride_ = 0;  // of a row between the passes
  detail::PlanHandle of_columns_;
  detail::PlanHandle of_rows_;
  AlignedVector<Value> steps_;  // of each row: turns of the first column of each tile
  AlignedVector<Value> turns_;  // of each row: turns from there to the others
  AlignedVector<Value> tile_;
  AlignedVector<Value> made_;
  HugePages<Value> between_;  // the passes
};

}  // namespace acq
