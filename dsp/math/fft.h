// Fast Fourier transforms (FFTW): planned once on the control thread, run without allocation.
//
// All transforms are unscaled: X[k] = sum over n of x[n] exp(-2 pi i k n / size) forward, the
// opposite sign inverse, so forward then inverse multiplies by `size`.
//
// Threads: planning and destruction on any thread that may wait (one process-wide mutex serialises
// them, as FFTW asks); run() is real-time safe, and several threads may run one plan at a time.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dsp/base/result.h"

namespace acq {

inline constexpr std::size_t kMaxFftSize = std::size_t{1} << 24;

enum class PlanEffort : std::uint8_t {
  kEstimate,  // at once, by rule of thumb
  kMeasure,   // tries what is promising: usually 1.5 to 2.5 times faster transforms
  kPatient,   // tries more; a few percent faster still
};

// kMeasure in optimised builds; kEstimate in debug builds and under sanitizers, where a measurement
// says nothing and costs much.
PlanEffort default_plan_effort() noexcept;

struct PlanOptions {
  PlanEffort effort = default_plan_effort();
  double limit_s = 1;  // planning stops trying alternatives after about this long
};

namespace detail {
struct DestroyPlan {
  void (*destroy)(void*) noexcept = nullptr;
  void operator()(void* plan) const noexcept { destroy(plan); }
};
using PlanHandle = std::unique_ptr<void, DestroyPlan>;
}  // namespace detail

// Real to complex, one-sided: bins() = size / 2 + 1 values out.
template <typename Real>
class RealFft {
 public:
  // kInvalid unless 1 <= size <= kMaxFftSize.
  static Result<RealFft> plan(std::size_t size, const PlanOptions& options = {});

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bins() const noexcept { return size_ / 2 + 1; }

  // `in` (size() values) and `out` (bins() values) do not overlap and are 64-byte aligned; `in` is
  // used as scratch.
  void run(Real* in, std::complex<Real>* out) const noexcept;

 private:
  std::size_t size_ = 0;
  detail::PlanHandle plan_;
};

// Complex to real: the inverse of RealFft, with the same rules.
template <typename Real>
class RealInverseFft {
 public:
  static Result<RealInverseFft> plan(std::size_t size, const PlanOptions& options = {});

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bins() const noexcept { return size_ / 2 + 1; }
  void run(std::complex<Real>* in, Real* out) const noexcept;

 private:
  std::size_t size_ = 0;
  detail::PlanHandle plan_;
};

enum class FftDirection : std::uint8_t { kForward, kInverse };

// Complex to complex, with the same rules.
template <typename Real>
class ComplexFft {
 public:
  static Result<ComplexFft> plan(std::size_t size, FftDirection direction,
                                 const PlanOptions& options = {});

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void run(std::complex<Real>* in, std::complex<Real>* out) const noexcept;

 private:
  std::size_t size_ = 0;
  detail::PlanHandle plan_;
};

// What FFTW has learnt by measuring on this machine, kept in a file between runs so that a restart
// plans at once. Both precisions in one file. Wisdom of another FFTW build is refused by FFTW.
// kNotFound: no such file; kInvalid: not wisdom for this FFTW; kIo: not readable or writable.
Result<void> import_wisdom(const std::string& path);
// Writes beside `path` and renames: a reader sees the old file or the new one.
Result<void> export_wisdom(const std::string& path);

}  // namespace acq
