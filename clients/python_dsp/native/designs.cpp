// Design of filters.
#include "clients/python_dsp/native/bind.h"
#include "dsp/math/comb.h"
#include "dsp/math/fir_design.h"
#include "dsp/math/fir_equiripple.h"
#include "dsp/math/iir_design.h"
#include "dsp/math/resample.h"
#include "dsp/math/smoothing.h"
#include "dsp/math/zero_phase.h"

namespace acq::python {
namespace {

constexpr std::size_t kMostTaps = 1U << 20U;

py::object design_fir(py::ssize_t numtaps, const py::object& cutoff, const std::string& btype,
                      const std::string& window, const py::object& params, double fs) {
  const Reals numbers("params", params);
  const auto edges = edges_of("cutoff", cutoff, fs);
  return to_array(
      value_of(acq::design_fir(choice<Band>("btype", btype, kBandNames), edges,
                               count("numtaps", numtaps, 1, kMostTaps), window, numbers.span())));
}

py::tuple kaiser_design(double ripple, double width, double fs) {
  const KaiserDesign design =
      acq::kaiser_design(number("ripple", ripple, 0, 1000), above("width", width, 0) / rate(fs));
  return py::make_tuple(design.tap_count, design.beta);
}

double fir_gain(const py::object& taps, double frequency, double fs) {
  return acq::fir_gain(Reals("taps", taps).span(), frequency / rate(fs));
}

double fir_delay(const py::object& taps) {
  return acq::fir_delay(Reals("taps", taps).span());
}

py::object design_equiripple(py::ssize_t numtaps, const py::object& bands,
                             const py::object& desired, const py::object& weight, double fs) {
  const auto edges = fractions_of("bands", bands, fs);
  const Reals gains("desired", desired);
  const Reals weights("weight", weight);
  if (edges.size() % 2 != 0 || edges.empty()) {
    refuse("bands", std::to_string(edges.size()) + " frequencies", "two for each band");
  }
  gains.must_have("desired", edges.size() / 2);
  if (weights.size() != 0) weights.must_have("weight", gains.size());
  std::vector<EquirippleBand> wanted;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    wanted.push_back({edges[2 * i], edges[2 * i + 1], gains.span()[i],
                      weights.size() == 0 ? 1 : weights.span()[i]});
  }
  const std::size_t taps = count("numtaps", numtaps, 3, kMostEquirippleTaps);
  return to_array(value_of(unlocked([&] { return acq::design_equiripple(taps, wanted); })));
}

IirDesign iir_of(py::ssize_t order, const std::string& ftype, double rp, double rs,
                 const std::string& norm) {
  IirDesign design;
  design.family = choice<IirFamily>("ftype", ftype, kIirFamilyNames);
  design.order = count("N", order, 1, kMostIirOrder);
  design.ripple_db = number("rp", rp, 1e-6, 20);
  design.attenuation_db = number("rs", rs, 1, 200);
  design.bessel_norm = choice<BesselNorm>("norm", norm, kBesselNormNames);
  return design;
}

py::object design_iir(py::ssize_t order, const py::object& wn, const std::string& btype,
                      const std::string& ftype, double rp, double rs, const std::string& norm,
                      double fs) {
  const auto edges = edges_of("Wn", wn, fs);
  const auto sections = value_of(acq::design_iir(iir_of(order, ftype, rp, rs, norm),
                                                 choice<Band>("btype", btype, kBandNames), edges));
  return to_array(std::span<const Section>(sections));
}

py::object design_butterworth(py::ssize_t order, const py::object& wn, const std::string& btype,
                              double fs) {
  const auto edges = edges_of("Wn", wn, fs);
  const auto sections = value_of(acq::design_butterworth(choice<Band>("btype", btype, kBandNames),
                                                         edges, count("N", order, 1, 20)));
  return to_array(std::span<const Section>(sections));
}

py::tuple iir_prototype(py::ssize_t order, const std::string& ftype, double rp, double rs,
                        const std::string& norm) {
  const IirDesign design = iir_of(order, ftype, rp, rs, norm);
  if (design.family == IirFamily::kElliptic && design.attenuation_db <= design.ripple_db) {
    refuse("rs", std::to_string(rs), "above rp");
  }
  const IirPrototype made = acq::iir_prototype(design.family, design.order, design.ripple_db,
                                               design.attenuation_db, design.bessel_norm);
  std::vector<std::complex<double>> poles;
  for (const auto& pole : made.poles) {
    poles.push_back(pole);
    if (pole.imag() != 0) poles.push_back(std::conj(pole));
  }
  return py::make_tuple(to_array(made.zeros),
                        to_array(std::span<const std::complex<double>>(poles)), made.gain);
}

double sos_gain(const py::object& sos, double frequency, double fs) {
  return acq::sos_gain(sections_of(sos), frequency / rate(fs));
}

double sos_delay(const py::object& sos, double frequency, double fs) {
  return acq::sos_delay(sections_of(sos), frequency / rate(fs));
}

py::object design_notch(double w0, double q, const std::string& ftype, double fs) {
  const Section section =
      value_of(acq::design_notch(choice<Tooth>("ftype", ftype, kToothNames), w0 / rate(fs), q));
  return to_array(std::span<const Section>(&section, 1));
}

py::tuple design_comb(py::ssize_t period, double q, const std::string& ftype) {
  const CombDesign design =
      value_of(acq::design_comb(choice<Tooth>("ftype", ftype, kToothNames),
                                count("period", period, 2, std::size_t{1} << 24U), q));
  std::vector<double> b(design.period + 1), a(design.period + 1);
  b.front() = design.b0;
  b.back() = design.bn;
  a.front() = 1;
  a.back() = design.an;
  return py::make_tuple(to_array(b), to_array(a));
}

py::object resampling_taps(py::ssize_t up, py::ssize_t down, double beta,
                           py::ssize_t zero_crossings) {
  return to_array(value_of(acq::resampling_taps(
      count("up", up, 1, kMostResampling), count("down", down, 1, kMostResampling),
      number("beta", beta, 0, 100), count("zero_crossings", zero_crossings, 1, 64))));
}

py::object cic_taps(py::ssize_t factor, py::ssize_t stages) {
  return to_array(
      acq::cic_taps(count("factor", factor, 1, 100000), count("stages", stages, 1, 10)));
}

py::object gaussian_taps(double sigma, double truncate) {
  above("sigma", sigma, 0);
  above("truncate", truncate, 0);
  number("truncate * sigma", truncate * sigma, 0, kMostTaps);
  return to_array(acq::gaussian_taps(sigma, truncate));
}

std::size_t default_padding(const py::object& sos) {
  return acq::default_padding(sections_of(sos));
}

}  // namespace

void bind_designs(py::module_& m) {
  ACQ_DEF(m, design_fir, design_fir);
  ACQ_DEF(m, kaiser_design, kaiser_design);
  ACQ_DEF(m, fir_gain, fir_gain);
  ACQ_DEF(m, fir_delay, fir_delay);
  ACQ_DEF(m, design_equiripple, design_equiripple);
  ACQ_DEF(m, design_iir, design_iir);
  ACQ_DEF(m, design_butterworth, design_butterworth);
  ACQ_DEF(m, iir_prototype, iir_prototype);
  ACQ_DEF(m, sos_gain, sos_gain);
  ACQ_DEF(m, sos_delay, sos_delay);
  ACQ_DEF(m, design_notch, design_notch);
  ACQ_DEF(m, design_comb, design_comb);
  ACQ_DEF(m, resampling_taps, resampling_taps);
  ACQ_DEF(m, cic_taps, cic_taps);
  ACQ_DEF(m, gaussian_taps, gaussian_taps);
  ACQ_DEF(m, default_padding, default_padding);
}

}  // namespace acq::python
