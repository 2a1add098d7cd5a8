// What streams do with their float32 planes.
#include <algorithm>

#include "clients/python_dsp/native/bind.h"
#include "dsp/math/bits.h"
#include "dsp/math/convert.h"
#include "dsp/math/decibel.h"
#include "dsp/math/elementwise.h"
#include "dsp/math/oscillator.h"

namespace acq::python {
namespace {

constexpr std::string_view kCombineNames[] = {
    "add", "subtract", "multiply", "divide", "abs_difference", "ratio_db", "minimum", "maximum"};

constexpr std::size_t kPiece = 4096;

// Runs a function that works in place on a copy of x, piece by piece: run(piece, where it begins).
template <typename Run>
py::object on_copy(const char* name, const py::object& x, const Run& run) {
  const Floats in(name, x);
  const Out<float> out(in.size());
  unlocked([&] {
    for (std::size_t at = 0; at < in.size(); at += kPiece) {  // while it is in the cache
      const std::size_t count = std::min(kPiece, in.size() - at);
      const std::span<float> piece = out.span().subspan(at, count);
      std::copy_n(in.span().begin() + static_cast<std::ptrdiff_t>(at), count, piece.begin());
      run(piece, at);
    }
  });
  return out.array;
}

py::object scale_and_offset(const py::object& x, double gain, double offset) {
  const Floats in("x", x);
  const Out<float> out(in.size());
  const PointOp scale{static_cast<float>(gain), static_cast<float>(offset)};
  unlocked([&] { acq::apply({&scale, 1}, in.span().data(), out.span().data(), in.size()); });
  return out.array;
}

py::object polynomial(const py::object& x, const py::object& c) {
  const Reals coefficients("c", c);
  return on_copy("x", x, [&](std::span<float> y, std::size_t /*at*/) {
    acq::polynomial(y.data(), y.size(), coefficients.span());
  });
}

py::object combine(const py::object& a, const py::object& b, const std::string& op) {
  const Floats other("b", b);
  const auto how = choice<Combine>("op", op, kCombineNames);
  const Floats first("a", a);
  first.must_have("a", other.size());
  const Out<float> out(first.size());
  unlocked([&] {
    acq::combine(how, first.span().data(), other.span().data(), out.span().data(), first.size());
  });
  return out.array;
}

py::object to_db(const py::object& powers) {
  return on_copy("powers", powers, [](std::span<float> y, std::size_t /*at*/) { acq::to_db(y); });
}

// An array whose own type matters: contiguous, of one of `dtypes`.
struct Raw {
  Raw(const char* name, const py::object& array, std::size_t dimensions,
      std::span<const std::string_view> dtypes) {
    const py::object numpy = py::module_::import("numpy");
    const py::object whole = numpy.attr("ascontiguousarray")(array);
    dtype = place_of(name, py::str(whole.attr("dtype")).cast<std::string>(), dtypes);
    if (whole.attr("ndim").cast<std::size_t>() != dimensions) {
      refuse(name, "an array of " + py::str(whole.attr("ndim")).cast<std::string>() + " dimensions",
             std::to_string(dimensions));
    }
    info = py::buffer(whole).request();
  }
  std::size_t dtype = 0;  // its place in `dtypes`
  py::buffer_info info;
};

py::object to_planes(const py::object& raw, const py::object& scale, const py::object& offset) {
  static constexpr std::string_view kNames[] = {"int8",  "uint8",   "int16",  "uint16",
                                                "int32", "float32", "float64"};
  static constexpr Dtype kDtypes[] = {Dtype::kI8,  Dtype::kU8,  Dtype::kI16, Dtype::kU16,
                                      Dtype::kI32, Dtype::kF32, Dtype::kF64};
  const Raw in("raw", raw, 2, kNames);
  const auto scans = static_cast<std::size_t>(in.info.shape[0]);
  const std::size_t channels = count("raw.shape[1]", in.info.shape[1], 1, kMaxChannels);
  const Floats scales("scale", scale), offsets("offset", offset);
  scales.must_have("scale", channels);
  offsets.must_have("offset", channels);
  const Out<float> out(channels, scans);
  float* planes[kMaxChannels] = {};
  for (std::size_t c = 0; c < channels; ++c) planes[c] = out.row(c);
  unlocked([&] {
    acq::to_planes(static_cast<const std::byte*>(in.info.ptr), kDtypes[in.dtype],
                   Layout::kInterleaved, channels, scans, scales.span().data(),
                   offsets.span().data(), planes);
  });
  return out.array;
}

py::object unpack_bits(const py::object& words, py::ssize_t channels) {
  static constexpr std::string_view kNames[] = {"uint8", "uint16"};
  const Raw in("words", words, 1, kNames);
  const std::size_t bits = count("channels", channels, 1, in.dtype == 0 ? 8 : 16);
  const auto samples = static_cast<std::size_t>(in.info.size);
  const Out<float> out(bits, samples);
  float* planes[16] = {};
  for (std::size_t c = 0; c < bits; ++c) planes[c] = out.row(c);
  unlocked([&] {
    acq::unpack_bits(static_cast<const std::byte*>(in.info.ptr),
                     in.dtype == 0 ? Dtype::kU8 : Dtype::kU16, bits, samples, planes);
  });
  return out.array;
}

template <typename Word>
py::object packed(const Floats& planes, std::size_t channels, Dtype dtype) {
  const auto samples = static_cast<std::size_t>(planes.shape()[1]);
  const Out<Word> out(samples);
  const float* rows[16] = {};
  for (std::size_t c = 0; c < channels; ++c) rows[c] = planes.row(c);
  unlocked([&] {
    acq::pack_bits(rows, 0, dtype, channels, samples,
                   reinterpret_cast<std::byte*>(out.span().data()));
  });
  return out.array;
}

py::object pack_bits(const py::object& planes) {
  const Floats in("planes", planes, 2);
  const std::size_t channels = count("len(planes)", in.shape()[0], 1, 16);
  return channels <= 8 ? packed<std::uint8_t>(in, channels, Dtype::kU8)
                       : packed<std::uint16_t>(in, channels, Dtype::kU16);
}

py::object oscillator(double frequency, py::ssize_t size, py::ssize_t first, double fs) {
  const double fraction = number("frequency / fs", frequency / rate(fs), -0.5, 0.5);
  const std::size_t from = count("first", first, 0, kAnyCount);
  const Out<std::complex<double>> out(count("count", size, 0, kAnyCount));
  unlocked([&] {
    const Oscillator wave(fraction);
    std::complex<double> coarse;
    for (std::size_t i = 0; i < out.span().size(); ++i) {
      const std::uint64_t index = from + i;
      if (i == 0 || index % Oscillator::kSteps == 0) coarse = wave.coarse(index);
      out.span()[i] = coarse * wave.fine(index);
    }
  });
  return out.array;
}

}  // namespace

void bind_planes(py::module_& m) {
  ACQ_DEF(m, scale_and_offset, scale_and_offset);
  ACQ_DEF(m, polynomial, polynomial);
  ACQ_DEF(m, combine, combine);
  ACQ_DEF(m, to_db, to_db);
  ACQ_DEF(m, to_planes, to_planes);
  ACQ_DEF(m, unpack_bits, unpack_bits);
  ACQ_DEF(m, pack_bits, pack_bits);
  ACQ_DEF(m, oscillator, oscillator);
}

}  // namespace acq::python
