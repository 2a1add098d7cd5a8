// Fast Fourier transforms (FFTW): planned once on the control thread, run without allocation. FFTW 3.3.10
// takes a buffer and gives it back within a run of most real transforms of an odd size above 15, and of any
// with a prime factor above 31: those are done another way (any_size_fft.h), in float64, and take some five
// to ten times as long. Real ones of even sizes are made of complex
// ones (halved_fft.h); those of some MiB go through the memory twice and no more (large_fft.h).
//
// All transforms are unscaled: X[k] = sum over n of x[n] exp(-2 pi i k n / size) forward, the
// opposite sign inverse, so forward then inverse multiplies by `size`.
//
// Threads: planning and destruction on any thread that may wait (one process-wide mutex serialises
// them, as FFTW asks); run() is real-time safe, one thread at a time for each plan.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dsp/base/result.h"

namespace acq {

inline constexpr std::size_t kMaxFftSize = std::size_t{1} << 24;

// Whether no prime factor is above 31, the largest that FFTW transforms without memory of its own.
bool has_small_factors(std::size_t size) noexcept;
// The least even size of at least `count` without a prime factor above 7.
std::size_t quick_fft_size(std::size_t count) noexcept;

enum class FftDirection : std::uint8_t { kForward, kInverse };

class AnySizeFft;

enum class PlanEffort : std::uint8_t {
  kEstimate,  // at once, by rule of thumb
  kMeasure,   // tries what is promising: usually 1.5 to 2.5 times faster transforms
  kPatient,   // tries more; a few percent faster still
};

// kMeasure in optimised builds; kEstimate in debug builds and under sanitizers, where a measurement
// says nothing and costs much.
PlanEffort default_plan_effort() noexcept;
// From now on the default is kEstimate in every build: a measurement chooses another transform now and
// then, whose last bits differ. Call it before the first plan is made.
void plan_without_measuring() noexcept;

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
struct DestroyDetour {
  void operator()(AnySizeFft* fft) const noexcept;
};
using Detour = std::unique_ptr<AnySizeFft, DestroyDetour>;

// A transform of either precision and any kind: FFTW's plan, or one that goes another way.
class Planned {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Whether run_from() will do.
  [[nodiscard]] bool keeps_input() const noexcept { return keeps_input_; }

 protected:
  template <typename Fft, typename Handle>
  static Result<Fft> wrap(Result<Handle> handle, Handle Planned::* where, std::size_t size) {
    if (!handle) return tl::unexpected(handle.error());
    Fft fft;
    Planned& planned = fft;
    planned.size_ = size;
    planned.*where = std::move(*handle);
    return fft;
  }

  std::size_t size_ = 0;
  PlanHandle plan_;
  Detour detour_;     // where FFTW would allocate
  PlanHandle other_;  // LargeFft or HalvedFft, where those are quicker
  bool keeps_input_ = false;
};
}  // namespace detail

// Real to complex, one-sided: bins() = size / 2 + 1 values out.
template <typename Real>
class RealFft : public detail::Planned {
 public:
  // kInvalid unless 1 <= size <= kMaxFftSize.
  static Result<RealFft> plan(std::size_t size, const PlanOptions& options = {});

  [[nodiscard]] std::size_t bins() const noexcept { return size() / 2 + 1; }

  // `in` (size() values) and `out` (bins() values) do not overlap and are 64-byte aligned; `in` is
  // used as scratch.
  void run(Real* in, std::complex<Real>* out) noexcept;
  // If keeps_input(): `in` stays, the addresses may be any.
  void run_from(const Real* in, std::complex<Real>* out) noexcept;
};

// Complex to real: the inverse of RealFft, with the same rules.
template <typename Real>
class RealInverseFft : public detail::Planned {
 public:
  static Result<RealInverseFft> plan(std::size_t size, const PlanOptions& options = {});

  [[nodiscard]] std::size_t bins() const noexcept { return size() / 2 + 1; }
  void run(std::complex<Real>* in, Real* out) noexcept;
  void run_from(const std::complex<Real>* in, Real* out) noexcept;
};

// Complex to complex, with the same rules.
template <typename Real>
class ComplexFft : public detail::Planned {
 public:
  static Result<ComplexFft> plan(std::size_t size, FftDirection direction,
                                 const PlanOptions& options = {});

  void run(std::complex<Real>* in, std::complex<Real>* out) noexcept;
  void run_from(const std::complex<Real>* in, std::complex<Real>* out) noexcept;
};

// FFTW's own version, such as "fftw-3.3.10-sse2-avx": what it learns is of use to that one alone.
std::string fft_version();
// What FFTW has learnt so far; the same text as long as it has learnt nothing new.
std::string learnt_wisdom();

// What FFTW has learnt by measuring on this machine, kept in a file between runs so that a restart
// plans at once. Both precisions in one file. Wisdom of another FFTW build is refused by FFTW.
// kNotFound: no such file; kInvalid: not wisdom for this FFTW; kIo: not readable or writable.
Result<void> import_wisdom(const std::string& path);
// Writes beside `path`, to the disk, and renames: a reader sees the old file or the new one, after a
// power cut too.
Result<void> export_wisdom(const std::string& path);

}  // namespace acq
