#include "dsp/math/fft.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>

#include "dsp/base/planes.h"
#include "dsp/math/any_size_fft.h"
#include "dsp/math/fftw_api.h"
#include "dsp/math/halved_fft.h"
#include "dsp/math/large_fft.h"

namespace acq {

std::mutex& detail::planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

// "buf/66-64": a buffer of 66 times 64 values. Those whose size is not told are large ones.
bool detail::takes_memory(std::string_view plan, std::size_t value_bytes) noexcept {
  constexpr std::size_t kStackBytes = 65'536;
  constexpr std::string_view kMark = "buf";
  if (plan.find("genericbuf") != std::string_view::npos) return true;
  for (std::size_t at = plan.find(kMark); at != std::string_view::npos;
       at = plan.find(kMark, at + kMark.size())) {
    const char* const end = plan.data() + plan.size();
    const char* next = plan.data() + at + kMark.size();
    std::size_t count = 0;
    std::size_t radix = 0;
    if (next == end || *next++ != '/') return true;
    next = std::from_chars(next, end, count).ptr;
    if (next == end || *next++ != '-') return true;
    std::from_chars(next, end, radix);
    if (radix == 0 || count * radix * value_bytes >= kStackBytes) return true;
  }
  return false;
}

namespace {

using detail::fftw_cast;
using detail::make_plan;
using detail::plan_cast;
using detail::PlanRoom;

std::atomic<bool> measures{true};

Result<void> check_size(std::size_t size) {
  if (size >= 1 && size <= kMaxFftSize) return {};
  return fail(Code::kInvalid, std::to_string(size) + " is not a size of a Fourier transform", {},
              "1 to " + std::to_string(kMaxFftSize));
}

Result<detail::Detour> make_detour(std::size_t size, FftDirection direction,
                                   const PlanOptions& options) {
  auto made = AnySizeFft::plan(size, direction, options);
  if (!made) return tl::unexpected(made.error());
  return detail::Detour(new AnySizeFft(std::move(*made)));
}

// A transform that is quicker than FFTW's: LargeFft or HalvedFft.
template <typename Fft>
Result<detail::PlanHandle> make_other(std::size_t size, FftDirection direction,
                                      const PlanOptions& options) {
  auto made = Fft::plan(size, direction, options);
  if (!made) return tl::unexpected(made.error());
  const auto destroy = [](void* fft) noexcept { delete static_cast<Fft*>(fft); };
  return detail::PlanHandle(new Fft(std::move(*made)), detail::DestroyPlan{destroy});
}

template <typename Fft>
Fft& other_cast(const detail::PlanHandle& other) noexcept {
  return *static_cast<Fft*>(other.get());
}

constexpr std::size_t kMostOddSize = 15;  // of real transforms that need no memory

bool is_direct(std::size_t size) noexcept {
  return (size % 2 == 0 || size <= kMostOddSize) && has_small_factors(size);
}

template <typename T>
bool is_aligned(const T* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p) % kPlaneAlign == 0;
}

}  // namespace

void detail::DestroyDetour::operator()(AnySizeFft* fft) const noexcept {
  delete fft;
}

bool has_small_factors(std::size_t size) noexcept {
  constexpr std::size_t kMostFactor = 31;
  for (std::size_t factor = 2; factor <= kMostFactor && size > 1; ++factor) {
    while (size % factor == 0 && size > 0) size /= factor;
  }
  return size == 1;
}

std::size_t quick_fft_size(std::size_t count) noexcept {
  for (std::size_t size = std::max<std::size_t>(2, count + count % 2);; size += 2) {
    std::size_t left = size;
    for (const std::size_t factor : {2, 3, 5, 7}) {
      while (left % factor == 0) left /= factor;
    }
    if (left == 1) return size;
  }
}

void plan_without_measuring() noexcept {
  measures = false;
}

PlanEffort default_plan_effort() noexcept {
  if (!measures) return PlanEffort::kEstimate;
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  return PlanEffort::kMeasure;
#else
  return PlanEffort::kEstimate;
#endif
}

template <typename Real>
Result<RealFft<Real>> RealFft<Real>::plan(std::size_t size, const PlanOptions& options) {
  if (const auto fits = check_size(size); !fits) return tl::unexpected(fits.error());
  if (!is_direct(size)) {
    return wrap<RealFft>(make_detour(size, FftDirection::kForward, options), &RealFft::detour_,
                         size);
  }
  if (HalvedFft<Real>::serves(size)) {
    auto made = wrap<RealFft>(make_other<HalvedFft<Real>>(size, FftDirection::kForward, options),
                              &RealFft::other_, size);
    if (made) made->keeps_input_ = other_cast<HalvedFft<Real>>(made->other_).keeps_input();
    return made;
  }
  auto handle = make_plan<Real>(size, options, [](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<Real> in(count);
    const PlanRoom<std::complex<Real>> out(count / 2 + 1);
    return detail::Fftw<Real>::r2c(n, in.data(), fftw_cast(out.data()), flags);
  });
  return wrap<RealFft>(std::move(handle), &RealFft::plan_, size);
}

template <typename Real>
void RealFft<Real>::run_from(const Real* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(keeps_input());
  other_cast<HalvedFft<Real>>(other_).run_from(in, out);
}

template <typename Real>
void RealFft<Real>::run(Real* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
  if (other_) return other_cast<HalvedFft<Real>>(other_).run(in, out);
  if (detour_) {
    std::copy_n(in, size(), detour_->values());
    const std::complex<double>* const made = detour_->run();
    for (std::size_t k = 0; k < bins(); ++k) out[k] = std::complex<Real>(made[k]);
    return;
  }
  detail::Fftw<Real>::run_r2c(plan_cast<Real>(plan_), in, fftw_cast(out));
}

template <typename Real>
Result<RealInverseFft<Real>> RealInverseFft<Real>::plan(std::size_t size,
                                                        const PlanOptions& options) {
  if (const auto fits = check_size(size); !fits) return tl::unexpected(fits.error());
  if (!is_direct(size)) {
    return wrap<RealInverseFft>(make_detour(size, FftDirection::kInverse, options),
                                &RealInverseFft::detour_, size);
  }
  if (HalvedFft<Real>::serves(size)) {
    auto made =
        wrap<RealInverseFft>(make_other<HalvedFft<Real>>(size, FftDirection::kInverse, options),
                             &RealInverseFft::other_, size);
    if (made) made->keeps_input_ = other_cast<HalvedFft<Real>>(made->other_).keeps_input();
    return made;
  }
  auto handle = make_plan<Real>(size, options, [](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<std::complex<Real>> in(count / 2 + 1);
    const PlanRoom<Real> out(count);
    return detail::Fftw<Real>::c2r(n, fftw_cast(in.data()), out.data(), flags);
  });
  return wrap<RealInverseFft>(std::move(handle), &RealInverseFft::plan_, size);
}

template <typename Real>
void RealInverseFft<Real>::run_from(const std::complex<Real>* in, Real* out) noexcept {
  ACQ_CHECK(keeps_input());
  other_cast<HalvedFft<Real>>(other_).run_from(in, out);
}

template <typename Real>
void RealInverseFft<Real>::run(std::complex<Real>* in, Real* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
  if (other_) return other_cast<HalvedFft<Real>>(other_).run(in, out);
  if (detour_) {
    // As FFTW, which looks at the real part alone where a real signal has no other.
    std::complex<double>* const values = detour_->values();
    values[0] = static_cast<double>(in[0].real());
    for (std::size_t k = 1; k < bins(); ++k) {
      values[k] = std::complex<double>(in[k]);
      values[size() - k] = std::conj(values[k]);
    }
    if (size() % 2 == 0) values[size() / 2] = static_cast<double>(in[size() / 2].real());
    const std::complex<double>* const made = detour_->run();
    for (std::size_t i = 0; i < size(); ++i) out[i] = static_cast<Real>(made[i].real());
    return;
  }
  detail::Fftw<Real>::run_c2r(plan_cast<Real>(plan_), fftw_cast(in), out);
}

template <typename Real>
Result<ComplexFft<Real>> ComplexFft<Real>::plan(std::size_t size, FftDirection direction,
                                                const PlanOptions& options) {
  if (const auto fits = check_size(size); !fits) return tl::unexpected(fits.error());
  if (!has_small_factors(size)) {
    return wrap<ComplexFft>(make_detour(size, direction, options), &ComplexFft::detour_, size);
  }
  if (LargeFft<Real>::serves(size)) {
    auto made = wrap<ComplexFft>(make_other<LargeFft<Real>>(size, direction, options),
                                 &ComplexFft::other_, size);
    if (made) made->keeps_input_ = true;
    return made;
  }
  const int sign = detail::sign_of(direction);
  auto handle = make_plan<Real>(size, options, [sign](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<std::complex<Real>> in(count);
    const PlanRoom<std::complex<Real>> out(count);
    return detail::Fftw<Real>::c2c(n, fftw_cast(in.data()), fftw_cast(out.data()), sign, flags);
  });
  return wrap<ComplexFft>(std::move(handle), &ComplexFft::plan_, size);
}

template <typename Real>
void ComplexFft<Real>::run_from(const std::complex<Real>* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(keeps_input());
  other_cast<LargeFft<Real>>(other_).run(in, out);
}

template <typename Real>
void ComplexFft<Real>::run(std::complex<Real>* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
  if (other_) return other_cast<LargeFft<Real>>(other_).run(in, out);
  if (detour_) {
    for (std::size_t i = 0; i < size(); ++i) detour_->values()[i] = std::complex<double>(in[i]);
    const std::complex<double>* const made = detour_->run();
    for (std::size_t k = 0; k < size(); ++k) out[k] = std::complex<Real>(made[k]);
    return;
  }
  detail::Fftw<Real>::run_c2c(plan_cast<Real>(plan_), fftw_cast(in), fftw_cast(out));
}

template class RealFft<float>;
template class RealFft<double>;
template class RealInverseFft<float>;
template class RealInverseFft<double>;
template class ComplexFft<float>;
template class ComplexFft<double>;

}  // namespace acq
