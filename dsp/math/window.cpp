#include "dsp/math/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "dsp/math/fft.h"
#include "dsp/math/window_special.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kMany = std::numeric_limits<double>::max();
constexpr double kMustBeGiven = -std::numeric_limits<double>::infinity();
constexpr double kMiddle = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMaxCosineTerms = 16;

using Values = std::vector<double>;
using Numbers = std::span<const double>;

// 1 / k^2: a product takes a quarter of the time of a quotient.
constexpr std::size_t kTerms = 2048;
constexpr auto kPerSquare = [] {
  std::array<double, kTerms> table{};
  for (std::size_t k = 1; k < kTerms; ++k) table[k] = 1 / static_cast<double>(k * k);
  return table;
}();

// Modified Bessel function of order 0: its power series, whose terms are all positive. Up to 700, where it
// takes some 900 of them.
double bessel_i0(double x) noexcept {
  const double quarter = x * x / 4;
  double sum = 1;
  double term = 1;
  for (std::size_t k = 1; k < kTerms && term > sum * 1e-17; ++k) {
    term *= quarter * kPerSquare[k];
    sum += term;
  }
  return sum;
}

double cosine_sum(double n, double m, Numbers a) noexcept {
  const double angle = 2 * kPi * n / (m - 1) - kPi;
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * std::cos(static_cast<double>(k) * angle);
  return sum;
}

double boxcar(double, double) noexcept {
  return 1;
}

double bartlett(double n, double m) noexcept {
  return 1 - std::abs(2 * n / (m - 1) - 1);
}

double cosine(double n, double m) noexcept {
  return std::sin(kPi / m * (n + 0.5));
}

// But for the height of its middle.
double kaiser(double n, double m, Numbers p) noexcept {
  const double x = 2 * n / (m - 1) - 1;
  return bessel_i0(p[0] * std::sqrt(std::max(0.0, 1 - x * x)));
}

double general_hamming(double n, double m, Numbers p) noexcept {
  return cosine_sum(n, m, std::array{p[0], 1 - p[0]});
}

double tukey(double n, double m, Numbers p) noexcept {
  const double alpha = p[0];
  if (alpha <= 0) return 1;
  const double from_edge = std::min(n, m - 1 - n);
  if (from_edge > std::floor(alpha * (m - 1) / 2)) return 1;
  return (1 + std::cos(kPi * (2 * from_edge / (alpha * (m - 1)) - 1))) / 2;
}

double parzen(double n, double m) noexcept {
  const double from_middle = std::abs(n - (m - 1) / 2);
  const double x = from_middle / (m / 2);
  if (from_middle > (m - 1) / 4) return 2 * std::pow(1 - x, 3);
  return 1 - 6 * x * x + 6 * x * x * x;
}

double bohman(double n, double m) noexcept {
  const double x = std::abs(2 * n / (m - 1) - 1);
  return x >= 1 ? 0 : (1 - x) * std::cos(kPi * x) + std::sin(kPi * x) / kPi;
}

double bartlett_hann(double n, double m) noexcept {
  const double x = std::abs(n / (m - 1) - 0.5);
  return 0.62 - 0.48 * x + 0.38 * std::cos(2 * kPi * x);
}

double triangle(double n, double m) noexcept {
  const double width = std::fmod(m, 2) == 0 ? m : m + 1;
  return 1 - 2 * std::abs(n - (m - 1) / 2) / width;
}

double lanczos(double n, double m) noexcept {
  const double x = kPi * (2 * n / (m - 1) - 1);
  return x == 0 ? 1 : std::sin(x) / x;
}

double exponential(double n, double m, Numbers p) noexcept {
  const double centre = std::isnan(p[1]) ? (m - 1) / 2 : p[1];
  return std::exp(-std::abs(n - centre) / p[0]);
}

double general_gaussian(double n, double m, Numbers p) noexcept {
  return std::exp(-0.5 * std::pow(std::abs((n - (m - 1) / 2) / p[1]), 2 * p[0]));
}

double gaussian(double n, double m, Numbers p) noexcept {
  return general_gaussian(n, m, std::array{1.0, p[0]});
}

// Adapters from the value at n of m, to the whole array.
template <double (*At)(double n, double m)>
void plain(Values& out, Numbers) {
  const auto m = static_cast<double>(out.size());
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = At(static_cast<double>(n), m);
}

template <double (*At)(double n, double m, Numbers params)>
void with_params(Values& out, Numbers params) {
  const auto m = static_cast<double>(out.size());
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = At(static_cast<double>(n), m, params);
}

template <const auto& Coefficients>
void cosines(Values& out, Numbers) {
  with_params<cosine_sum>(out, Coefficients);
}

constexpr std::array kHann{0.5, 0.5};
constexpr std::array kHamming{0.54, 0.46};
constexpr std::array kBlackman{0.42, 0.5, 0.08};
constexpr std::array kBlackmanHarris{0.35875, 0.48829, 0.14128, 0.01168};
constexpr std::array kNuttall{0.3635819, 0.4891775, 0.1365995, 0.0106411};
constexpr std::array kFlatTop{0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368};

void kaiser_window(Values& out, Numbers params) {
  const std::size_t count = out.size();
  const double peak = bessel_i0(params[0]);
  for (std::size_t n = 0; n < (count + 1) / 2; ++n) {
    out[n] = out[count - 1 - n] =
        kaiser(static_cast<double>(n), static_cast<double>(count), params) / peak;
  }
}

// Half of it is the root of the running sum of a Kaiser window.
void kaiser_bessel_derived(Values& out, Numbers params) {
  const std::size_t half = out.size() / 2;
  Values whole(half + 1);
  kaiser_window(whole, params);
  double sum = 0;
  for (std::size_t n = 0; n < half; ++n) out[n] = sum += whole[n];
  sum += whole[half];
  for (std::size_t n = 0; n < half; ++n) {
    out[n] = out[out.size() - 1 - n] = std::sqrt(out[n] / sum);
  }
}

void taylor(Values& out, Numbers params) {
  const double nbar = params[0];
  const double a = std::acosh(std::pow(10, params[1] / 20)) / kPi;
  const double s2 = nbar * nbar / (a * a + (nbar - 0.5) * (nbar - 0.5));
  std::vector<double> f;
  for (double k = 1; k < nbar; ++k) {
    double numerator = std::fmod(k, 2) == 0 ? -1 : 1;
    double denominator = 2;
    for (double i = 1; i < nbar; ++i) {
      numerator *= 1 - k * k / s2 / (a * a + (i - 0.5) * (i - 0.5));
      if (i != k) denominator *= 1 - k * k / (i * i);
    }
    f.push_back(numerator / denominator);
  }
  const auto m = static_cast<double>(out.size());
  const auto at = [&](double n) {
    double sum = 1;
    for (std::size_t k = 0; k < f.size(); ++k) {
      sum += 2 * f[k] * std::cos(2 * kPi * static_cast<double>(k + 1) * (n - m / 2 + 0.5) / m);
    }
    return sum;
  };
  const double peak = at((m - 1) / 2);
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = at(static_cast<double>(n)) / peak;
}

struct WindowParam {
  std::string_view name;
  double min = 0;
  double max = kMany;
  double fallback = kMustBeGiven;
  bool is_whole = false;
};

struct Window {
  void (*fill)(Values& out, Numbers params);
  std::vector<WindowParam> params = {};
};

// In the order of kWindowNames.
const std::vector<Window>& windows() {
  static const std::vector<Window> kWindows = {
      {plain<boxcar>},
      {plain<triangle>},
      {plain<bartlett>},
      {cosines<kHann>},
      {cosines<kHamming>},
      {cosines<kBlackman>},
      {cosines<kBlackmanHarris>},
      {cosines<kNuttall>},
      {cosines<kFlatTop>},
      {plain<bartlett_hann>},
      {plain<bohman>},
      {plain<cosine>},
      {plain<lanczos>},
      {plain<parzen>},
      {with_params<tukey>, {{"alpha", 0, 1, 0.5}}},
      {kaiser_window, {{"beta", 0, 700}}},
      {kaiser_bessel_derived, {{"beta", 0, 700}}},
      {with_params<gaussian>, {{"std", 1e-9}}},
      {with_params<general_gaussian>, {{"p", 0, 1000}, {"sigma", 1e-9}}},
      {with_params<exponential>, {{"tau", 1e-9, kMany, 1}, {"centre", -kMany, kMany, kMiddle}}},
      {taylor, {{"nbar", 1, 100, 4, true}, {"sidelobes_db", 0, 300, 30}}},
      {[](Values& out, Numbers p) { dolph_chebyshev(out, p[0]); }, {{"attenuation_db", 1, 300}}},
      {[](Values& out, Numbers p) { slepian(out, p[0]); }, {{"half_bandwidth", 1e-9}}},
      {with_params<general_hamming>, {{"alpha", 0, 1}}},
      {with_params<cosine_sum>, std::vector<WindowParam>(kMaxCosineTerms, {"a", -kMany, kMany, 0})},
  };
  ACQ_CHECK(kWindows.size() == kWindowNames.size());
  return kWindows;
}

std::string range_of(const WindowParam& param) {
  if (param.max < kMany) {
    return fmt::format("{}{} to {}", param.is_whole ? "whole, " : "", param.min, param.max);
  }
  return param.min > -kMany ? fmt::format("at least {}", param.min) : "a number";
}

std::string describe(const Window& window) {
  std::string text;
  for (const WindowParam& param : window.params) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", param.name, range_of(param));
  }
  return text.empty() ? "no parameters" : text;
}

// The parameters with their defaults, or why they do not suit.
Result<Values> complete(std::string_view name, const Window& window, Numbers given) {
  if (given.size() > window.params.size()) {
    return fail(Code::kInvalid,
                fmt::format("window {} takes {} parameters at most, not {}", name,
                            window.params.size(), given.size()),
                "window_params", describe(window));
  }
  Values params(given.begin(), given.end());
  for (std::size_t i = 0; i < window.params.size(); ++i) {
    const WindowParam& declared = window.params[i];
    if (i >= given.size()) {
      if (declared.fallback == kMustBeGiven) {
        return fail(Code::kInvalid,
                    fmt::format("window {} needs its parameter {}", name, declared.name),
                    "window_params", describe(window));
      }
      params.push_back(declared.fallback);
    } else if (!(given[i] >= declared.min && given[i] <= declared.max) ||
               (declared.is_whole && given[i] != std::floor(given[i]))) {
      return fail(Code::kInvalid,
                  fmt::format("window {} cannot have {} = {}", name, declared.name, given[i]),
                  "window_params", range_of(declared));
    }
  }
  return params;
}

}  // namespace

Result<std::vector<double>> make_window(std::string_view name, std::size_t count, Sampling sampling,
                                        std::span<const double> params) {
  const auto found = std::find(kWindowNames.begin(), kWindowNames.end(), name);
  if (found == kWindowNames.end()) {
    return fail(Code::kInvalid, fmt::format("there is no window '{}'", name.substr(0, 64)),
                "window", fmt::format("{}", fmt::join(kWindowNames, ", ")));
  }
  const Window& window = windows()[static_cast<std::size_t>(found - kWindowNames.begin())];
  const Result<Values> complete_params = complete(name, window, params);
  if (!complete_params) return tl::unexpected(complete_params.error());
  if (name == "kaiser_bessel_derived" && (count % 2 != 0 || sampling == Sampling::kPeriodic)) {
    return fail(Code::kInvalid, "window kaiser_bessel_derived is symmetric and of even length",
                "window", "another window, or an even length");
  }
  if (name == "exponential" && params.size() > 1 && sampling == Sampling::kSymmetric) {
    return fail(Code::kInvalid, "a symmetric window exponential has its centre in the middle",
                "window_params", "tau alone");
  }
  if (count <= 1) return Values(count, 1.0);
  if (count >= kMaxFftSize) {
    return fail(Code::kInvalid, fmt::format("a window of {} values", count), "window",
                fmt::format("below {} values", kMaxFftSize));
  }
  if (name == "dpss" && !((*complete_params)[0] < static_cast<double>(count) / 2)) {
    return fail(Code::kInvalid,
                fmt::format("window dpss of {} values cannot have half_bandwidth = {}", count,
                            (*complete_params)[0]),
                "window_params", fmt::format("below {}", static_cast<double>(count) / 2));
  }
  Values out(sampling == Sampling::kPeriodic ? count + 1 : count);
  window.fill(out, *complete_params);
  out.resize(count);
  return out;
}

double coherent_gain(std::span<const double> window) noexcept {
  if (window.empty()) return 0;
  return std::accumulate(window.begin(), window.end(), 0.0) / static_cast<double>(window.size());
}

double enbw_bins(std::span<const double> window) noexcept {
  const double sum = std::accumulate(window.begin(), window.end(), 0.0);
  const double squares = std::inner_product(window.begin(), window.end(), window.begin(), 0.0);
  return static_cast<double>(window.size()) * squares / (sum * sum);
}

}  // namespace acq
