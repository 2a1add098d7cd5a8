#include "dsp/math/fft.h"

#include <fcntl.h>
#include <fftw3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <new>
#include <sstream>
#include <string_view>

#include "dsp/base/planes.h"
#include "dsp/math/any_size_fft.h"

namespace acq {
namespace {

// FFTW's planner is one global state; only execution is free of it.
std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

// The same functions of both precisions under one name.
template <typename Real>
struct Api;

template <>
struct Api<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static constexpr auto r2c = fftw_plan_dft_r2c_1d;
  static constexpr auto c2r = fftw_plan_dft_c2r_1d;
  static constexpr auto c2c = fftw_plan_dft_1d;
  static constexpr auto run_r2c = fftw_execute_dft_r2c;
  static constexpr auto run_c2r = fftw_execute_dft_c2r;
  static constexpr auto run_c2c = fftw_execute_dft;
  static constexpr auto destroy = fftw_destroy_plan;
  static constexpr auto set_limit = fftw_set_timelimit;
};

template <>
struct Api<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static constexpr auto r2c = fftwf_plan_dft_r2c_1d;
  static constexpr auto c2r = fftwf_plan_dft_c2r_1d;
  static constexpr auto c2c = fftwf_plan_dft_1d;
  static constexpr auto run_r2c = fftwf_execute_dft_r2c;
  static constexpr auto run_c2r = fftwf_execute_dft_c2r;
  static constexpr auto run_c2c = fftwf_execute_dft;
  static constexpr auto destroy = fftwf_destroy_plan;
  static constexpr auto set_limit = fftwf_set_timelimit;
};

template <typename Real>
auto* fftw_cast(std::complex<Real>* values) noexcept {
  return reinterpret_cast<typename Api<Real>::Complex*>(values);
}

template <typename Real>
auto plan_cast(const detail::PlanHandle& plan) noexcept {
  return static_cast<typename Api<Real>::Plan>(plan.get());
}

std::atomic<bool> measures{true};

unsigned flags_of(PlanEffort effort) noexcept {
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
  Api<Real>::destroy(static_cast<typename Api<Real>::Plan>(plan));
}

Result<void> check_size(std::size_t size) {
  if (size >= 1 && size <= kMaxFftSize) return {};
  return fail(Code::kInvalid, std::to_string(size) + " is not a size of a Fourier transform", {},
              "1 to " + std::to_string(kMaxFftSize));
}

// Runs `make` (which calls FFTW's planner) under the mutex, with the size checked before and the
// plan after.
template <typename Real, typename Make>
Result<detail::PlanHandle> make_plan(std::size_t size, const PlanOptions& options, Make make) {
  if (const auto fits = check_size(size); !fits) return tl::unexpected(fits.error());
  const std::lock_guard lock(planner_mutex());
  Api<Real>::set_limit(options.limit_s);
  void* plan = make(static_cast<int>(size), flags_of(options.effort));
  Api<Real>::set_limit(FFTW_NO_TIMELIMIT);
  if (plan == nullptr) {
    return fail(Code::kInternal,
                "FFTW made no plan for a transform of " + std::to_string(size) + " values");
  }
  return detail::PlanHandle(plan, detail::DestroyPlan{&destroy_plan<Real>});
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

Result<detail::Detour> make_detour(std::size_t size, FftDirection direction,
                                   const PlanOptions& options) {
  if (const auto fits = check_size(size); !fits) return tl::unexpected(fits.error());
  auto made = AnySizeFft::plan(size, direction, options);
  if (!made) return tl::unexpected(made.error());
  return detail::Detour(new AnySizeFft(std::move(*made)));
}

constexpr std::size_t kMostOddSize = 15;  // of real transforms that need no memory

bool is_direct(std::size_t size) noexcept {
  return (size % 2 == 0 || size <= kMostOddSize) && has_small_factors(size);
}

template <typename T>
bool is_aligned(const T* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p) % kPlaneAlign == 0;
}

// One precision's wisdom starts with "(fftw-3.3.10 fftw_wisdom", the other's with "...
// fftwf_wisdom".
constexpr const char* kSingleMark = "fftwf_wisdom";

std::string text_of(char* exported) {
  const std::unique_ptr<char, void (*)(void*)> owner(exported, std::free);
  return exported == nullptr ? std::string() : std::string(exported);
}

// Closes in any case; errno is of the first thing that failed.
bool sync_and_close(int file, bool is_good) {
  if (is_good) is_good = fsync(file) == 0;
  const int error = errno;
  if (close(file) != 0) return false;
  errno = error;
  return is_good;
}

// False with errno when not all of the text is on the disk itself.
bool write_to_disk(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return sync_and_close(file, false);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return sync_and_close(file, true);
}

// A new name is on the disk when its folder is.
bool sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return file >= 0 && sync_and_close(file, true);
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
  if (!is_direct(size)) {
    return wrap<RealFft>(make_detour(size, FftDirection::kForward, options), size);
  }
  auto handle = make_plan<Real>(size, options, [](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<Real> in(count);
    const PlanRoom<std::complex<Real>> out(count / 2 + 1);
    return Api<Real>::r2c(n, in.data(), fftw_cast(out.data()), flags);
  });
  return wrap<RealFft>(std::move(handle), size);
}

template <typename Real>
void RealFft<Real>::run(Real* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
  if (detour_) {
    std::copy_n(in, size(), detour_->values());
    const std::complex<double>* const made = detour_->run();
    for (std::size_t k = 0; k < bins(); ++k) out[k] = std::complex<Real>(made[k]);
    return;
  }
  Api<Real>::run_r2c(plan_cast<Real>(plan_), in, fftw_cast(out));
}

template <typename Real>
Result<RealInverseFft<Real>> RealInverseFft<Real>::plan(std::size_t size,
                                                        const PlanOptions& options) {
  if (!is_direct(size)) {
    return wrap<RealInverseFft>(make_detour(size, FftDirection::kInverse, options), size);
  }
  auto handle = make_plan<Real>(size, options, [](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<std::complex<Real>> in(count / 2 + 1);
    const PlanRoom<Real> out(count);
    return Api<Real>::c2r(n, fftw_cast(in.data()), out.data(), flags);
  });
  return wrap<RealInverseFft>(std::move(handle), size);
}

template <typename Real>
void RealInverseFft<Real>::run(std::complex<Real>* in, Real* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
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
  Api<Real>::run_c2r(plan_cast<Real>(plan_), fftw_cast(in), out);
}

template <typename Real>
Result<ComplexFft<Real>> ComplexFft<Real>::plan(std::size_t size, FftDirection direction,
                                                const PlanOptions& options) {
  if (!has_small_factors(size)) {
    return wrap<ComplexFft>(make_detour(size, direction, options), size);
  }
  const int sign = direction == FftDirection::kForward ? FFTW_FORWARD : FFTW_BACKWARD;
  auto handle = make_plan<Real>(size, options, [sign](int n, unsigned flags) {
    const auto count = static_cast<std::size_t>(n);
    const PlanRoom<std::complex<Real>> in(count);
    const PlanRoom<std::complex<Real>> out(count);
    return Api<Real>::c2c(n, fftw_cast(in.data()), fftw_cast(out.data()), sign, flags);
  });
  return wrap<ComplexFft>(std::move(handle), size);
}

template <typename Real>
void ComplexFft<Real>::run(std::complex<Real>* in, std::complex<Real>* out) noexcept {
  ACQ_CHECK(is_aligned(in) && is_aligned(out));
  if (detour_) {
    for (std::size_t i = 0; i < size(); ++i) detour_->values()[i] = std::complex<double>(in[i]);
    const std::complex<double>* const made = detour_->run();
    for (std::size_t k = 0; k < size(); ++k) out[k] = std::complex<Real>(made[k]);
    return;
  }
  Api<Real>::run_c2c(plan_cast<Real>(plan_), fftw_cast(in), fftw_cast(out));
}

template class RealFft<float>;
template class RealFft<double>;
template class RealInverseFft<float>;
template class RealInverseFft<double>;
template class ComplexFft<float>;
template class ComplexFft<double>;

std::string fft_version() {
  return fftwf_version;
}

std::string learnt_wisdom() {
  const std::lock_guard lock(planner_mutex());
  return text_of(fftw_export_wisdom_to_string()) + text_of(fftwf_export_wisdom_to_string());
}

Result<void> import_wisdom(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(errno == ENOENT ? Code::kNotFound : Code::kIo,
                std::string("cannot read FFT wisdom: ") + std::strerror(errno), path);
  }
  std::ostringstream text;
  text << file.rdbuf();
  const std::string wisdom = text.str();
  const std::size_t single = wisdom.rfind('(', wisdom.find(kSingleMark));
  const std::lock_guard lock(planner_mutex());
  if (wisdom.find(kSingleMark) == std::string::npos || single == std::string::npos ||
      fftw_import_wisdom_from_string(wisdom.substr(0, single).c_str()) == 0 ||
      fftwf_import_wisdom_from_string(wisdom.c_str() + single) == 0) {
    return fail(Code::kInvalid, "not the FFT wisdom of this FFTW library", path);
  }
  return {};
}

Result<void> export_wisdom(const std::string& path) {
  const std::string fresh = path + ".new";
  if (write_to_disk(fresh, learnt_wisdom()) && std::rename(fresh.c_str(), path.c_str()) == 0 &&
      sync_folder_of(path)) {
    return {};
  }
  const std::string why = std::strerror(errno);
  std::remove(fresh.c_str());
  return fail(Code::kIo, "cannot write FFT wisdom: " + why, path);
}

}  // namespace acq
