// fit: fits a curve to each record or spectrum.
//
// In       (channels, values) float32, any unit u, even x axis in unit v; record or spectrum
// Out      for each channel the parameters of the curve, with uncertainties, then residual_rms (u) and
//          iterations:
//          linear: c0 (u), c1 (u/v): c0 + c1 x; polynomial: c0, c1 ... up to the degree
//          gaussian: amplitude, x0, sigma, y0: amplitude exp(-(x - x0)^2 / (2 sigma^2)) + y0
//          lorentzian: amplitude, x0, gamma, y0: amplitude / (1 + ((x - x0) / gamma)^2) + y0
//          voigt: amplitude, x0, sigma, gamma, y0: their convolution, amplitude its height
//          exponential: amplitude, rate (1/v), y0: amplitude exp(rate x) + y0
//          sigmoid: amplitude, k (1/v), x0, y0: amplitude / (1 + exp(-k (x - x0))) + y0
//          multi_gaussian, multi_lorentzian: amplitude1, x1, width1, amplitude2 ... y0, by x
// Params   curve       one of the above, required
//          degree      of a polynomial, 1 to 10, 3
//          peaks       of a multi_ curve, 1 to 8, 2
//          iterations  most evaluations of the curve over the record, 2 to 10000, 100
//          covariance  whether to tell the covariance of each two parameters as well (cov_amplitude_x0
//                      ...), false
// Latency  0 samples
// Cost     5 to 25 evaluations of the curve and its slopes a value
// Errors   kInvalid: neither record nor spectrum, no even x axis, more than 256 results in all
// Numerics float64; the start comes from the record itself. Invalid: fewer values than parameters + 1,
//          a constant record (but for linear and polynomial), no convergence within `iterations`,
//          parameters that the record does not tell apart, a value that is not finite. Uncertainties
//          hold where the residuals are independent and alike. Where no width above 0 makes a voigt
//          better its sigma or gamma is 0, without an uncertainty
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   J. J. More, Lecture Notes in Mathematics 630 (1978) 105; H. B. Nielsen, report
//          IMM-REP-1999-05; covariance: JCGM 102:2011
// Checked  tests/dsp/fit_test.cpp, closed form, coverage; tests/validation, scipy.optimize.curve_fit
//          and numpy.polyfit, sigima
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/math/curves.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kCurves[] = {"linear",     "polynomial",     "gaussian",
                                        "lorentzian", "voigt",          "exponential",
                                        "sigmoid",    "multi_gaussian", "multi_lorentzian"};
enum class Which : std::uint8_t {
  kLinear,
  kPolynomial,
  kGaussian,
  kLorentzian,
  kVoigt,
  kExponential,
  kSigmoid,
  kGaussians,
  kLorentzians
};

// u/v, u/v2 ... (UCUM).
std::string per(const std::string& unit, const std::string& by, std::size_t power) {
  if (power == 0 || by == "1" || by.empty()) return unit;
  return fmt::format("{}/{}{}", unit == "1" ? "" : unit, by,
                     power == 1 ? std::string() : std::to_string(power));
}

class CurveFit final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "fit", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    which_ = static_cast<Which>(choice_of(kCurves, params.text("curve")));
    degree_ = which_ == Which::kLinear ? 1 : static_cast<std::size_t>(params.integer("degree"));
    peaks_ = static_cast<std::size_t>(params.integer("peaks"));
    limits_.iterations = static_cast<std::size_t>(params.integer("iterations"));
    tells_covariance_ = params.flag("covariance");
    work_.resize(in.max_count);
    const std::string u = common_unit(in);
    std::vector<ResultSpec> specs = parameters(u, in.axis.unit);
    count_ = specs.size();
    specs.push_back({"residual_rms", u});
    specs.push_back({"iterations", "1"});
    for (std::size_t i = 0; tells_covariance_ && i < count_; ++i) {
      for (std::size_t j = i + 1; j < count_; ++j) {
        specs.push_back({fmt::format("cov_{}_{}", specs[i].name, specs[j].name),
                         fmt::format("({}).({})", specs[i].unit, specs[j].unit)});
      }
    }
    return set_up(in, std::move(specs));
  }

 private:
  [[nodiscard]] std::vector<ResultSpec> parameters(const std::string& u,
                                                   const std::string& x) const {
    std::vector<ResultSpec> specs;
    switch (which_) {
      case Which::kLinear:
      case Which::kPolynomial:
        for (std::size_t k = 0; k <= degree_; ++k)
          specs.push_back({fmt::format("c{}", k), per(u, x, k)});
        return specs;
      case Which::kGaussian: return {{"amplitude", u}, {"x0", x}, {"sigma", x}, {"y0", u}};
      case Which::kLorentzian: return {{"amplitude", u}, {"x0", x}, {"gamma", x}, {"y0", u}};
      case Which::kVoigt:
        return {{"amplitude", u}, {"x0", x}, {"sigma", x}, {"gamma", x}, {"y0", u}};
      case Which::kExponential: return {{"amplitude", u}, {"rate", inverse_unit(x)}, {"y0", u}};
      case Which::kSigmoid: return {{"amplitude", u}, {"k", inverse_unit(x)}, {"x0", x}, {"y0", u}};
      case Which::kGaussians:
      case Which::kLorentzians: break;
    }
    for (std::size_t k = 1; k <= peaks_; ++k) {
      specs.push_back({fmt::format("amplitude{}", k), u});
      specs.push_back({fmt::format("x{}", k), x});
      specs.push_back({fmt::format("width{}", k), x});
    }
    specs.push_back({"y0", u});
    return specs;
  }

  Fit fit(const Trace& record) noexcept {
    switch (which_) {
      case Which::kLinear:
      case Which::kPolynomial: return fit_polynomial(record, degree_);
      case Which::kGaussian: return fit_named_curve(record, CurveKind::kGaussian, limits_);
      case Which::kLorentzian: return fit_named_curve(record, CurveKind::kLorentzian, limits_);
      case Which::kVoigt: return fit_named_curve(record, CurveKind::kVoigt, limits_);
      case Which::kExponential: return fit_named_curve(record, CurveKind::kExponential, limits_);
      case Which::kSigmoid: return fit_named_curve(record, CurveKind::kSigmoid, limits_);
      case Which::kGaussians:
        return fit_peaks(record, CurveKind::kGaussian, peaks_, work_, limits_);
      case Which::kLorentzians: break;
    }
    return fit_peaks(record, CurveKind::kLorentzian, peaks_, work_, limits_);
  }

  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const Fit found = fit(record);
    if (!found.is_valid()) {
      not_measured(results, found.invalid_because);
      return;
    }
    for (std::size_t k = 0; k < count_; ++k) results[k] = found.result(k);
    results[count_] = measured(found.residual_rms);
    results[count_ + 1] = measured(static_cast<double>(found.iterations));
    std::size_t at = count_ + 2;
    for (std::size_t i = 0; tells_covariance_ && i < count_; ++i) {
      for (std::size_t j = i + 1; j < count_; ++j) {
        results[at++] = measured(found.covariance[i * found.params + j]);
      }
    }
  }

  Which which_ = Which::kLinear;
  std::size_t degree_ = 1;
  std::size_t peaks_ = 1;
  std::size_t count_ = 0;  // parameters
  bool tells_covariance_ = false;
  FitLimits limits_;
  std::vector<double> work_;
};

constexpr ParamSpec kParams[] = {
    {.name = "curve",
     .type = ParamType::kChoice,
     .required = true,
     .text = "the curve to fit",
     .choices = kCurves},
    {.name = "degree",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostDegree,
     .fallback = "3",
     .text = "of a polynomial"},
    {.name = "peaks",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostFittedPeaks,
     .fallback = "2",
     .text = "of a multi_ curve"},
    {.name = "iterations",
     .type = ParamType::kInteger,
     .min = 2,
     .max = 10000,
     .fallback = "100",
     .text = "most evaluations of the curve over a record"},
    {.name = "covariance",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "tells the covariance of each two parameters, too"},
};

}  // namespace

extern const BlockEntry block_fit;
const BlockEntry block_fit{
    .name = "fit",
    .summary = "fits a curve to each record",
    .params = kParams,
    .cost = "5 to 25 evaluations of the curve a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<CurveFit>(); },
    .example = [] { return Table{{"curve", "linear"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
