// FFTW's functions of both precisions under one name, and its planner, which is one global state: only
// execution is free of it. For what makes plans; everybody else includes fft.h.
#pragma once

#include <fftw3.h>

#include <complex>
#include <mutex>
#include <new>
#include <numbers>
#include <string>

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
  switch (effort) {
    case PlanEffort::kEstimate: return FFTW_ESTIMATE | FFTW_DESTROY_INPUT;
    case PlanEffort::kMeasure: return FFTW_MEASURE | FFTW_DESTROY_INPUT;
    case PlanEffort::kPatient: break;
  }
  return FFTW_PATIENT | FFTW_DESTROY_INPUT;
}

template <typename Real>
void destroy_plan(void* plan) noexcept {
  const std::lock_guard lock(planner_mutex());
  Fftw<Real>::destroy(static_cast<typename Fftw<Real>::Plan>(plan));
}

// Runs `make` (which calls FFTW's planner) under the mutex, and looks at the plan afterwards.
template <typename Real, typename Make>
Result<PlanHandle> make_plan(std::size_t size, const PlanOptions& options, Make make) {
  const std::lock_guard lock(planner_mutex());
  Fftw<Real>::set_limit(options.limit_s);
  void* plan = make(static_cast<int>(size), flags_of(options.effort));
  Fftw<Real>::set_limit(FFTW_NO_TIMELIMIT);
  if (plan == nullptr) {
    return fail(Code::kInternal,
                "FFTW made no plan for a transform of " + std::to_string(size) + " values");
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
