// FFTW's functions of both precisions under one name, and its planner, which is one global state: only
// execution is free of it. For what makes plans; everybody else includes fft.h.
#pragma once

#include <fftw3.h>

#include <complex>
#include <cstdlib>
#include <mutex>
#include <new>
#include <numbers>
#include <string>
#include <string_view>

#include "dsp/base/planes.h"
#include "dsp/math/fft.h"

namespace acq {
namespace detail {

std::mutex& planner_mutex();

template <typename Real>
struct Fftw;

template <>
struct Fftw<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static constexpr auto r2c = fftw_plan_dft_r2c_1d;
  static constexpr auto c2r = fftw_plan_dft_c2r_1d;
  static constexpr auto c2c = fftw_plan_dft_1d;
  static constexpr auto many = fftw_plan_many_dft;
  static constexpr auto run_r2c = fftw_execute_dft_r2c;
  static constexpr auto run_c2r = fftw_execute_dft_c2r;
  static constexpr auto run_c2c = fftw_execute_dft;
  static constexpr auto destroy = fftw_destroy_plan;
  static constexpr auto set_limit = fftw_set_timelimit;
  static constexpr auto describe = fftw_sprint_plan;
};

template <>
struct Fftw<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static constexpr auto r2c = fftwf_plan_dft_r2c_1d;
  static constexpr auto c2r = fftwf_plan_dft_c2r_1d;
  static constexpr auto c2c = fftwf_plan_dft_1d;
  static constexpr auto many = fftwf_plan_many_dft;
  static constexpr auto run_r2c = fftwf_execute_dft_r2c;
  static constexpr auto run_c2r = fftwf_execute_dft_c2r;
  static constexpr auto run_c2c = fftwf_execute_dft;
  static constexpr auto destroy = fftwf_destroy_plan;
  static constexpr auto set_limit = fftwf_set_timelimit;
  static constexpr auto describe = fftwf_sprint_plan;
};

template <typename Real>
auto* fftw_cast(std::complex<Real>* values) noexcept {
  return reinterpret_cast<typename Fftw<Real>::Complex*>(values);
}

template <typename Real>
auto plan_cast(const PlanHandle& plan) noexcept {
  return static_cast<typename Fftw<Real>::Plan>(plan.get());
}

inline int sign_of(FftDirection direction) noexcept {
  return direction == FftDirection::kForward ? FFTW_FORWARD : FFTW_BACKWARD;
}

inline unsigned flags_of(PlanEffort effort) noexcept {
  constexpr unsigned kAlways = FFTW_DESTROY_INPUT | FFTW_NO_BUFFERING;
  switch (effort) {
    case PlanEffort::kEstimate: return FFTW_ESTIMATE | kAlways;
    case PlanEffort::kMeasure: return FFTW_MEASURE | kAlways;
    case PlanEffort::kPatient: break;
  }
  return FFTW_PATIENT | kAlways;
}

// FFTW puts buffers up to 64 KiB on the stack and takes memory for larger ones in every run. Without it:
// the estimate never prefers a buffer. To conserve memory sets it apart from what was measured before, which
// would be taken as the better estimate.
inline constexpr unsigned kFrugal =
    FFTW_ESTIMATE | FFTW_DESTROY_INPUT | FFTW_NO_BUFFERING | FFTW_CONSERVE_MEMORY;
// Whether a run of the plan takes memory, by the plan's own description.
[[nodiscard]] bool takes_memory(std::string_view plan, std::size_t value_bytes) noexcept;

template <typename Real>
void destroy_plan(void* plan) noexcept {
  const std::lock_guard lock(planner_mutex());
  Fftw<Real>::destroy(static_cast<typename Fftw<Real>::Plan>(plan));
}

template <typename Real>
bool takes_memory(typename Fftw<Real>::Plan plan) {
  char* const words = Fftw<Real>::describe(plan);
  const bool takes = words == nullptr || takes_memory(words, 2 * sizeof(Real));
  std::free(words);
  return takes;
}

// Runs `make` (which calls FFTW's planner with flags) under the mutex. A plan whose runs would take memory is made
// anew. kInternal where there is none, or where the new one takes memory as well.
template <typename Real, typename Make>
Result<PlanHandle> make_plan(std::size_t size, const PlanOptions& options, Make make) {
  const std::lock_guard lock(planner_mutex());
  Fftw<Real>::set_limit(options.limit_s);
  auto plan = make(static_cast<int>(size), flags_of(options.effort));
  Fftw<Real>::set_limit(FFTW_NO_TIMELIMIT);
  const auto drop_if_it_takes_memory = [&plan] {
    if (plan == nullptr || !takes_memory<Real>(plan)) return false;
    Fftw<Real>::destroy(plan);
    plan = nullptr;
    return true;
  };
  if (drop_if_it_takes_memory()) {
    plan = make(static_cast<int>(size), kFrugal);
    drop_if_it_takes_memory();
  }
  if (plan == nullptr) {
    return fail(Code::kInternal, "FFTW has no plan for a transform of " + std::to_string(size) +
                                     " values that takes no memory when it runs");
  }
  return PlanHandle(plan, DestroyPlan{&destroy_plan<Real>});
}

// exp(2 pi i k / size) with the sign of the direction.
template <typename Real>
std::complex<Real> turn_of(std::size_t k, std::size_t size, FftDirection direction) noexcept {
  const double turns = static_cast<double>(k % size) / static_cast<double>(size);
  const double sign = direction == FftDirection::kForward ? -1 : 1;
  return std::complex<Real>(std::polar(1.0, sign * 2 * std::numbers::pi * turns));
}

// Room for the planner, which clears what it measures on and else touches nothing: zeroes here would cost
// more than a plan that is known.
template <typename T>
class PlanRoom {
 public:
  explicit PlanRoom(std::size_t count)
      : values_(static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{kPlaneAlign}))) {
  }
  PlanRoom(const PlanRoom&) = delete;
  PlanRoom& operator=(const PlanRoom&) = delete;
  ~PlanRoom() { ::operator delete(values_, std::align_val_t{kPlaneAlign}); }
  [[nodiscard]] T* data() const noexcept { return values_; }

 private:
  T* values_;
};

}  // namespace detail
}  // namespace acq
