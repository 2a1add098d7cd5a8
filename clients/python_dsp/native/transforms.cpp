// Fourier transforms with NumPy's scaling; plans are kept.
#include <algorithm>
#include <map>
#include <mutex>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/fft.h"

namespace acq::python {
namespace {

constexpr std::size_t kMostPlans = 32;  // of each kind; the smallest sizes go first

// The plan of a size, made once and kept, while nobody else uses it. Any thread.
template <typename Fft>
class Borrowed {
 public:
  template <typename... More>
  explicit Borrowed(std::size_t size, More... more)
      : kept_(shelf((std::size_t{0} + ... + static_cast<std::size_t>(more)))) {
    {
      const std::lock_guard lock(mutex());
      if (auto found = kept_.extract(size)) {
        fft_ = std::move(found.mapped());
        return;
      }
    }
    Result<Fft> made = Fft::plan(size, more...);
    if (!made) throw py::value_error(to_string(made.error()));
    fft_ = std::move(*made);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() {
    const std::lock_guard lock(mutex());
    if (kept_.size() == kMostPlans) kept_.erase(kept_.begin());
    kept_.emplace(fft_.size(), std::move(fft_));
  }
  Fft* operator->() noexcept { return &fft_; }

 private:
  using Shelf = std::multimap<std::size_t, Fft>;

  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }
  // Never destroyed: FFTW's own statics may be gone before.
  static Shelf& shelf(std::size_t which) {
    static auto* shelves = new Shelf[2];
    return shelves[which];
  }

  Shelf& kept_;
  Fft fft_;
};

// Scratch of this thread that keeps its memory: the system clears each new megabyte.
template <typename T, int kWhich>
AlignedVector<T>& scratch(std::size_t size) {
  thread_local AlignedVector<T> values;
  if (values.size() < size) values = AlignedVector<T>(size);
  return values;
}

template <typename T>
T* copied(std::span<const T> from) {
  AlignedVector<T>& to = scratch<T, 0>(from.size());
  std::copy(from.begin(), from.end(), to.begin());
  return to.data();
}

template <typename Real>
py::object rfft_of(const py::object& x) {
  const In<Real> in("x", x);
  const std::size_t size = in.size();
  const Out<std::complex<Real>> out(size / 2 + 1);
  unlocked([&] {
    Borrowed<RealFft<Real>> plan(size);
    if (plan->keeps_input()) return plan->run_from(in.span().data(), out.span().data());
    auto& made = scratch<std::complex<Real>, 1>(size / 2 + 1);
    plan->run(copied(in.span()), made.data());
    std::copy_n(made.begin(), size / 2 + 1, out.span().begin());
  });
  return out.array;
}

py::object rfft(const py::object& x) {
  return has_dtype<float>(x) ? rfft_of<float>(x) : rfft_of<double>(x);
}

template <typename Real>
py::object irfft_of(const py::object& x, const py::object& n) {
  const In<std::complex<Real>> in("x", x);
  const std::size_t bins = count("len(x)", static_cast<py::ssize_t>(in.size()), 1, kMaxFftSize);
  const std::size_t size = n.is_none() ? std::max<std::size_t>(1, 2 * (bins - 1))
                                       : count("n", n.cast<py::ssize_t>(), 1, kMaxFftSize);
  if (size / 2 + 1 != bins) {
    refuse("n", std::to_string(size), std::to_string(2 * (bins - 1)) + ", one more");
  }
  const Out<Real> out(size);
  unlocked([&] {
    Borrowed<RealInverseFft<Real>> plan(size);
    const Real* made = out.span().data();
    if (plan->keeps_input()) {
      plan->run_from(in.span().data(), out.span().data());
    } else {
      Real* const to = scratch<Real, 1>(size).data();
      plan->run(copied(in.span()), to);
      made = to;
    }
    const Real scale = 1 / static_cast<Real>(size);
    std::transform(made, made + size, out.span().begin(), [&](Real v) { return v * scale; });
  });
  return out.array;
}

py::object irfft(const py::object& x, const py::object& n) {
  return has_dtype<std::complex<float>>(x) ? irfft_of<float>(x, n) : irfft_of<double>(x, n);
}

template <typename Real>
py::object fft_of(const py::object& x, FftDirection direction) {
  const In<std::complex<Real>> in("x", x);
  const std::size_t size = in.size();
  const Out<std::complex<Real>> out(size);
  unlocked([&] {
    Borrowed<ComplexFft<Real>> plan(size, direction);
    if (plan->keeps_input()) {
      plan->run_from(in.span().data(), out.span().data());
    } else {
      auto& made = scratch<std::complex<Real>, 1>(size);
      plan->run(copied(in.span()), made.data());
      std::copy_n(made.begin(), size, out.span().begin());
    }
    if (direction == FftDirection::kForward) return;
    const Real scale = 1 / static_cast<Real>(size);
    for (std::complex<Real>& v : out.span()) v *= scale;
  });
  return out.array;
}

py::object fft(const py::object& x) {
  return has_dtype<std::complex<float>>(x) ? fft_of<float>(x, FftDirection::kForward)
                                           : fft_of<double>(x, FftDirection::kForward);
}

py::object ifft(const py::object& x) {
  return has_dtype<std::complex<float>>(x) ? fft_of<float>(x, FftDirection::kInverse)
                                           : fft_of<double>(x, FftDirection::kInverse);
}

std::size_t quick_fft_size(py::ssize_t least) {
  return acq::quick_fft_size(count("count", least, 0, kMaxFftSize));
}

std::string default_plan_effort() {
  switch (acq::default_plan_effort()) {
    case PlanEffort::kEstimate: return "estimate";
    case PlanEffort::kMeasure: return "measure";
    case PlanEffort::kPatient: break;
  }
  return "patient";
}

void import_wisdom(const std::string& path) {
  if (const auto done = acq::import_wisdom(path); !done) raise(done.error());
}

void export_wisdom(const std::string& path) {
  if (const auto done = acq::export_wisdom(path); !done) raise(done.error());
}

}  // namespace

void bind_transforms(py::module_& m) {
  ACQ_DEF(m, rfft, rfft);
  ACQ_DEF(m, irfft, irfft);
  ACQ_DEF(m, fft, fft);
  ACQ_DEF(m, ifft, ifft);
  ACQ_DEF(m, quick_fft_size, quick_fft_size);
  ACQ_DEF(m, default_plan_effort, default_plan_effort);
  ACQ_DEF(m, fft_version, fft_version);
  ACQ_DEF(m, learnt_wisdom, learnt_wisdom);
  ACQ_DEF(m, import_wisdom, import_wisdom);
  ACQ_DEF(m, export_wisdom, export_wisdom);
}

}  // namespace acq::python
