// width: width of the one peak of each record or spectrum.
//
// In       (channels, values) float32, any unit u, even x axis; record or spectrum
// Out      4 results for each channel: width, left, right (x unit), height (u, of the top above the
//          base; negative for a dip)
// Params   method      crossing: between the crossings of the level nearest to the top; gaussian,
//                      lorentzian, voigt: of a curve fitted to the record; crossing
//          fraction    0.001 to 0.999 of the height above the base: where the width is taken; 0.5
//                      (FWHM); 0.1353 is the width at 1/e2
//          level       u, instead of a fraction: the level itself; with crossing only; none
//          base        u, what the height is counted from; with crossing only; the mean of the first
//                      twentieth of the record when not given
//          definition  exact, or datalab: the height is that of a plateau (a Gaussian reads 2.8 %
//                      wide), the outermost crossings count; with crossing only; exact
// Latency  0 samples
// Cost     4 comparisons a value; a fit about 10 evaluations of its curve a value
// Errors   kInvalid: neither record nor spectrum, no even x axis, a level in another unit, level and
//          fraction, level or base or datalab with a fit, more than 64 channels
// Numerics float64; at most 100 evaluations of a curve over the record. Invalid: fewer than 3 values
//          (6 for a fit), a constant record, a side that does not come down to the level, no
//          convergence, a value that is not finite. A fit's width has an uncertainty, from its
//          covariance; a crossing's is unknown
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   own derivation; fits: dsp/math/curves.h
// Checked  tests/dsp/width_test.cpp, closed form; tests/validation, scipy.signal.peak_widths and
//          scipy.optimize.curve_fit, sigima
#include "dsp/math/width.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "dsp/framing.h"
#include "dsp/math/curves.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kMethods[] = {"crossing", "gaussian", "lorentzian", "voigt"};
constexpr std::string_view kDefinitions[] = {"exact", "datalab"};

class Width final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "width", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    method_ = choice_of(kMethods, params.text("method"));
    is_datalab_ = params.text("definition") == "datalab";
    rules_.fraction = params.has("fraction") ? params.number("fraction") : 0.5;
    if (const auto read = read_level(in, params, "level", rules_.level); !read) {
      return tl::unexpected(read.error());
    }
    if (const auto read = read_level(in, params, "base", rules_.base); !read) {
      return tl::unexpected(read.error());
    }
    if (rules_.level && params.has("fraction")) {
      return fail(Code::kInvalid, "give a level or a fraction, not both", "level",
                  "one of level, fraction");
    }
    if (method_ != 0 && (rules_.level || rules_.base || is_datalab_)) {
      return fail(Code::kInvalid, "a fitted curve has its own base and height",
                  rules_.level  ? "level"
                  : rules_.base ? "base"
                                : "definition",
                  "only with method crossing");
    }
    const std::string& x = in.axis.unit;
    return set_up(in, {{"width", x}, {"left", x}, {"right", x}, {"height", common_unit(in)}});
  }

 private:
  static Result<void> read_level(const SignalInfo& in, const Params& params, std::string_view name,
                                 std::optional<double>& to) {
    if (!params.has(name)) return {};
    const auto value = params.number_in(name, common_unit(in));
    if (!value) return tl::unexpected(value.error());
    to = *value;
    return {};
  }

  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    if (method_ != 0) {
      measure_fit(record, results);
      return;
    }
    const PeakWidth width =
        is_datalab_ ? datalab_width_of(record, rules_) : width_of(record, rules_);
    if (*width.invalid_because != '\0') {
      not_measured(results, width.invalid_because);
      return;
    }
    results[0] = measured(width.right - width.left);
    results[1] = measured(width.left);
    results[2] = measured(width.right);
    results[3] = measured(width.height);
  }

  void measure_fit(const Trace& record, std::span<ScalarResult> results) const noexcept {
    const auto kind = static_cast<CurveKind>(method_ - 1);
    const Fit fit = fit_named_curve(record, kind);
    const ScalarResult width = fitted_width(fit, kind, rules_.fraction);
    if (!fit.is_valid()) {
      not_measured(results, fit.invalid_because);
      return;
    }
    // Centre and width are independent of each other for a symmetric curve.
    const double sigma = std::hypot(fit.sigma(1), 0.5 * width.uncertainty);
    results[0] = width;
    results[1] = measured(fit.p[1] - 0.5 * width.value, sigma);
    results[2] = measured(fit.p[1] + 0.5 * width.value, sigma);
    results[3] = fit.result(0);
  }

  std::size_t method_ = 0;
  bool is_datalab_ = false;
  WidthRules rules_;
};

constexpr ParamSpec kParams[] = {
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "crossing",
     .text = "how the two sides are found",
     .choices = kMethods},
    {.name = "fraction",
     .min = 0.001,
     .max = 0.999,
     .text = "of the height, where the width is taken; a half when neither it nor level is given"},
    {.name = "level", .text = "the level itself, instead of a fraction", .in_signal_unit = true},
    {.name = "base",
     .text = "what the height is counted from; the start of the record when not given",
     .in_signal_unit = true},
    {.name = "definition",
     .type = ParamType::kChoice,
     .fallback = "exact",
     .text = "exact, or the number that DataLab shows",
     .choices = kDefinitions},
};

}  // namespace

extern const BlockEntry block_width;
const BlockEntry block_width{
    .name = "width",
    .summary = "width of the peak of each record, by crossings or a fit",
    .params = kParams,
    .cost = "4 comparisons a value; a fit about 10 evaluations of its curve",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Width>(); },
    .example = [] { return Table{{"fraction", 0.5}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
