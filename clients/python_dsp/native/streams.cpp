// Filters of streams in float32, run over a whole array from rest.
#include <algorithm>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/comb.h"
#include "dsp/math/fir.h"
#include "dsp/math/moving_mean.h"
#include "dsp/math/moving_median.h"
#include "dsp/math/overlap_save.h"

namespace acq::python {
namespace {

constexpr std::size_t kPiece = 4096;  // stays in the cache; the results do not depend on it
constexpr std::size_t kMostTaps = 65536;

// Calls run(first, count) for the pieces of an array.
template <typename Run>
void in_pieces(std::size_t size, const Run& run) {
  for (std::size_t at = 0; at < size; at += kPiece) run(at, std::min(kPiece, size - at));
}

Reals taps_of(const py::object& taps) {
  Reals values("taps", taps);
  count("len(taps)", static_cast<py::ssize_t>(values.size()), 1, kMostTaps);
  return values;
}

py::object fir_filter(const py::object& taps, const py::object& x) {
  const Reals b = taps_of(taps);
  const Floats in("x", x);
  const Out<float> out(in.size());
  unlocked([&] {
    FirFilter filter(b.span(), kPiece);
    in_pieces(in.size(), [&](std::size_t at, std::size_t n) {
      filter.run(in.span().data() + at, n, out.span().data() + at);
    });
  });
  return out.array;
}

py::object overlap_save(const py::object& taps, const py::object& x) {
  const Reals b = taps_of(taps);
  const Floats in("x", x);
  auto filter = value_of(unlocked([&] { return OverlapSave::make(b.span()); }));
  const Out<float> out(in.size());
  unlocked([&] {
    const std::size_t back = filter.look_back(), block = filter.block();
    std::vector<float> buffer(back + block), made(block);
    for (std::size_t at = 0; at < in.size(); at += block) {
      const std::size_t n = std::min(block, in.size() - at);
      if (at >= back && n == block) {
        filter.run(in.span().data() + at - back, out.span().data() + at);
        continue;
      }
      const std::size_t seen = std::min(at, back);
      std::fill(buffer.begin(), buffer.end(), 0.0F);
      std::copy_n(in.span().data() + at - seen, seen + n, buffer.data() + back - seen);
      filter.run(buffer.data(), made.data());
      std::copy_n(made.data(), n, out.span().data() + at);
    }
  });
  return out.array;
}

py::object fir_decimate(const py::object& taps, const py::object& x, py::ssize_t factor) {
  const Reals b = taps_of(taps);
  const Floats in("x", x);
  const std::size_t step = count("factor", factor, 1, kMostTaps);
  const Out<float> out((in.size() + step - 1) / step);
  unlocked([&] {
    FirDecimator filter(b.span(), step, kPiece);
    std::vector<float> made(kPiece);
    std::size_t done = 0;
    in_pieces(in.size(), [&](std::size_t at, std::size_t n) {
      const std::size_t outputs = filter.run(in.span().data() + at, n, at, made.data());
      std::copy_n(made.data(), outputs, out.span().data() + done);
      done += outputs;
    });
  });
  return out.array;
}

py::object sos_filter(const py::object& sos, const py::object& x, bool settled) {
  const auto sections = sections_of(sos);
  const Floats in("x", x);
  const Out<float> out(in.size());
  unlocked([&] {
    SosFilter filter(sections, 1, settled ? SosStart::kSettled : SosStart::kZero);
    in_pieces(in.size(), [&](std::size_t at, std::size_t n) {
      const float* from = in.span().data() + at;
      float* to = out.span().data() + at;
      filter.run(&from, &to, n);
    });
  });
  return out.array;
}

py::object comb_filter(py::ssize_t period, double q, const py::object& x,
                       const std::string& ftype) {
  const Floats in("x", x);
  const CombDesign design =
      value_of(acq::design_comb(choice<Tooth>("ftype", ftype, kToothNames),
                                count("period", period, 2, std::size_t{1} << 24U), q));
  const Out<float> out(in.size());
  unlocked([&] { CombFilter(design).run(in.span().data(), in.size(), out.span().data()); });
  return out.array;
}

py::object moving_mean(const py::object& x, py::ssize_t length) {
  const Floats in("x", x);
  const std::size_t window = count("length", length, 1, std::size_t{1} << 24U);
  const Out<float> out(in.size());
  unlocked([&] { MovingMean(window).run(in.span().data(), in.size(), out.span().data()); });
  return out.array;
}

template <typename T>
py::object median_of(const py::object& x, py::ssize_t length) {
  const In<T> in("x", x);
  const std::size_t window = count("length", length, 1, 65535);
  if (window % 2 == 0) refuse("length", std::to_string(length), "odd numbers");
  const Out<T> out(in.size());
  unlocked([&] { MovingMedian<T>(window).run(in.span().data(), in.size(), out.span().data()); });
  return out.array;
}

py::object moving_median(const py::object& x, py::ssize_t length) {
  return has_dtype<float>(x) ? median_of<float>(x, length) : median_of<double>(x, length);
}

}  // namespace

void bind_streams(py::module_& m) {
  ACQ_DEF(m, fir_filter, fir_filter);
  ACQ_DEF(m, overlap_save, overlap_save);
  ACQ_DEF(m, fir_decimate, fir_decimate);
  ACQ_DEF(m, sos_filter, sos_filter);
  ACQ_DEF(m, comb_filter, comb_filter);
  ACQ_DEF(m, moving_mean, moving_mean);
  ACQ_DEF(m, moving_median, moving_median);
}

}  // namespace acq::python
