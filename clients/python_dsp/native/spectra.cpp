#include "dsp/math/spectral.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "clients/python_dsp/native/bind.h"
#include "clients/python_dsp/native/shelf.h"
#include "dsp/math/deconvolution.h"
#include "dsp/math/welch.h"
#include "dsp/math/window.h"

namespace acq::python {
namespace {

constexpr std::string_view kRemoved[] = {"none", "constant"};
constexpr std::string_view kScalings[] = {"spectrum", "density"};

struct Segments {
  std::size_t length = 0;
  std::size_t hop = 0;
  [[nodiscard]] std::size_t of(std::size_t size) const { return (size - length) / hop + 1; }
};

Segments segments_of(std::size_t length, std::size_t overlap, std::size_t size) {
  if (overlap >= length) {
    refuse("noverlap", std::to_string(overlap), "0 to " + std::to_string(length - 1));
  }
  count("len(x)", static_cast<py::ssize_t>(size), length, kAnyCount);
  return {length, length - overlap};
}

Result<std::vector<float>> mean_power(std::span<const float> x, std::span<const double> window,
                                      const Segments& cut, bool removes_mean, double gain) {
  const std::size_t segments = cut.of(x.size());
  // Both kinds of transform may be needed: an odd number leaves one segment over.
  auto transform = SegmentTransform::make(window, removes_mean, segments);
  if (!transform) return tl::unexpected(transform.error());
  PowerSum sum(cut.length);
  std::size_t at = 0;
  for (; at + 2 <= segments; at += 2) {
    transform->add_pair(x.data() + at * cut.hop, x.data() + (at + 1) * cut.hop, sum);
  }
  if (at < segments) transform->add(x.data() + at * cut.hop, sum);
  std::vector<float> power(transform->bins());
  transform->take(sum, 1 / (gain * static_cast<double>(segments)), power.data());
  return power;
}

py::tuple welch(const py::object& x, double fs, const std::string& window, py::ssize_t nperseg,
                const py::object& noverlap, const std::string& detrend, const std::string& scaling,
                const py::object& params) {
  const Floats in("x", x);
  const Reals numbers("params", params);
  const std::size_t length = count("nperseg", nperseg, 1, std::size_t{1} << 20U);
  const Segments cut = segments_of(
      length,
      noverlap.is_none() ? length / 2
                         : count("noverlap", noverlap.cast<py::ssize_t>(), 0, kAnyCount),
      in.size());
  const bool removes_mean = place_of("detrend", detrend, kRemoved) == 1;
  const bool is_density = place_of("scaling", scaling, kScalings) == 1;
  const std::vector<double> w =
      value_of(make_window(window, length, Sampling::kPeriodic, numbers.span()));
  const double sum = std::accumulate(w.begin(), w.end(), 0.0);
  const double gain =
      is_density ? rate(fs) * std::inner_product(w.begin(), w.end(), w.begin(), 0.0) : sum * sum;
  if (!(gain > 0)) refuse("window", quote(window) + " that sums to 0", "another");
  const std::vector<float> power =
      value_of(unlocked([&] { return mean_power(in.span(), w, cut, removes_mean, gain); }));
  const Out<double> frequencies(power.size());
  for (std::size_t k = 0; k < power.size(); ++k) {
    frequencies.span()[k] = static_cast<double>(k) * rate(fs) / static_cast<double>(length);
  }
  return py::make_tuple(frequencies.array, to_array(std::span<const float>(power)));
}

double welch_relative_sigma(const py::object& window, py::ssize_t hop, py::ssize_t segments) {
  const Reals w("window", window);
  const std::size_t length =
      count("len(window)", static_cast<py::ssize_t>(w.size()), 1, kMaxFftSize / 2);
  const std::size_t step = count("hop", hop, 1, length);
  const std::size_t number = count("segments", segments, 1, kAnyCount);
  return value_of(unlocked([&] { return acq::welch_relative_sigma(w.span(), step, number); }));
}

py::tuple cross_sums(const py::object& x, const py::object& y, const py::object& window,
                     py::ssize_t noverlap, const std::string& detrend) {
  const Reals a("x", x), b("y", y), w("window", window);
  b.must_have("y", a.size());
  const bool removes_mean = place_of("detrend", detrend, kRemoved) == 1;
  count("len(window)", static_cast<py::ssize_t>(w.size()), 1, kMaxFftSize);
  const Segments cut = segments_of(w.size(), count("noverlap", noverlap, 0, kAnyCount), a.size());
  CrossSums sums = value_of(unlocked([&]() -> Result<CrossSums> {
    auto made = CrossSums::make(w.span(), removes_mean);
    if (!made) return made;
    for (std::size_t s = 0; s < cut.of(a.size()); ++s) {
      made->add(a.span().subspan(s * cut.hop, cut.length),
                b.span().subspan(s * cut.hop, cut.length));
    }
    return made;
  }));
  return py::make_tuple(to_array(sums.xx()), to_array(sums.yy()), to_array(sums.xy()));
}

py::object analytic_signal(const py::object& x) {
  const Reals in("x", x);
  const Out<std::complex<double>> out(in.size());
  value_of(unlocked([&] {
    return shelf<std::size_t, AnalyticSignal>().with(
        in.size(), [&] { return AnalyticSignal::make(in.size()); },
        [&](AnalyticSignal& transform) { transform.run(in.span(), out.span()); });
  }));
  return out.array;
}

py::object instantaneous_frequency(const py::object& z, double fs) {
  const In<std::complex<double>> in("z", z);
  count("len(z)", static_cast<py::ssize_t>(in.size()), 1, kAnyCount);
  const double hz = rate(fs);
  const Out<double> out(in.size() - 1);
  unlocked([&] { acq::instantaneous_frequency(in.span(), hz, out.span()); });
  return out.array;
}

py::object cepstrum(const py::object& x) {
  const Reals in("x", x);
  const Out<double> out(in.size());
  value_of(unlocked([&] {
    return shelf<std::size_t, Cepstrum>().with(
        in.size(), [&] { return Cepstrum::make(in.size()); },
        [&](Cepstrum& transform) { transform.run(in.span(), out.span()); });
  }));
  return out.array;
}

py::object correlate(const py::object& x, const py::object& y) {
  const Reals a("x", x), b("y", y);
  b.must_have("y", a.size());
  count("len(x)", static_cast<py::ssize_t>(a.size()), 1, kMaxFftSize / 2);
  const Out<double> out(2 * a.size() - 1);
  value_of(unlocked([&] {
    return shelf<std::size_t, Correlator>().with(
        a.size(), [&] { return Correlator::make(a.size()); },
        [&](Correlator& transform) { transform.run(a.span(), b.span(), out.span()); });
  }));
  return out.array;
}

py::object deconvolve(const py::object& y, const py::object& h, double strength, bool is_centred,
                      bool as_datalab) {
  const Reals smeared("y", y), response("h", h);
  response.must_have("h", smeared.size());
  const DeconvolutionRules rules{.strength = number("strength", strength, 0, 1e300),
                                 .is_centred = is_centred,
                                 .as_datalab = as_datalab};
  const Out<double> out(smeared.size());
  const std::tuple what(smeared.size(), rules.strength, is_centred, as_datalab);
  value_of(unlocked([&] {
    return shelf<std::tuple<std::size_t, double, bool, bool>, Deconvolver>().with(
        what, [&] { return Deconvolver::make(smeared.size(), rules); },
        [&](Deconvolver& made) { made.run(smeared.span(), response.span(), out.span()); });
  }));
  return out.array;
}

py::object scale_correlation(const py::object& x, const py::object& y, const py::object& r,
                             const std::string& scale) {
  const Reals a("x", x), b("y", y), sums("r", r);
  count("len(x)", static_cast<py::ssize_t>(a.size()), 1, kAnyCount);
  b.must_have("y", a.size());
  sums.must_have("r", 2 * a.size() - 1);
  const auto how = choice<CorrelationScale>("scale", scale, kCorrelationScaleNames);
  const Out<double> out(sums.size());
  std::copy(sums.span().begin(), sums.span().end(), out.span().begin());
  unlocked([&] { acq::scale_correlation(how, a.span(), b.span(), out.span()); });
  return out.array;
}

std::complex<double> goertzel(const py::object& x, double frequency, double fs) {
  const Reals in("x", x);
  const double fraction = number("frequency / fs", frequency / rate(fs), -1e9, 1e9);
  return unlocked([&] { return acq::goertzel(in.span(), fraction); });
}

py::object octave_bands(py::ssize_t fraction, double lowest, double highest) {
  above("lowest", lowest, 0);
  above("highest", highest, lowest);
  const auto bands = acq::octave_bands(count("fraction", fraction, 1, 48), lowest, highest);
  const Out<double> out(bands.size(), 3);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const double row[] = {bands[i].lower_hz, bands[i].centre_hz, bands[i].upper_hz};
    std::copy_n(row, 3, out.row(i));
  }
  return out.array;
}

double band_power(const py::object& density, double df, double lower, double upper) {
  const Reals in("density", density);
  above("df", df, 0);
  number("lower", lower, 0, upper);
  return acq::band_power(in.span(), df, {lower, (lower + upper) / 2, upper});
}

}  // namespace

void bind_spectra(py::module_& m) {
  ACQ_DEF(m, welch, welch);
  ACQ_DEF(m, welch_relative_sigma, welch_relative_sigma);
  ACQ_DEF(m, cross_sums, cross_sums);
  ACQ_DEF(m, analytic_signal, analytic_signal);
  ACQ_DEF(m, instantaneous_frequency, instantaneous_frequency);
  ACQ_DEF(m, cepstrum, cepstrum);
  ACQ_DEF(m, correlate, correlate);
  ACQ_DEF(m, deconvolve, deconvolve);
  ACQ_DEF(m, scale_correlation, scale_correlation);
  ACQ_DEF(m, goertzel, goertzel);
  ACQ_DEF(m, octave_bands, octave_bands);
  ACQ_DEF(m, band_power, band_power);
}

}  // namespace acq::python
