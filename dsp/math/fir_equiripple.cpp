#include "dsp/math/fir_equiripple.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr std::size_t kDensity = 16;  // grid points for each function that is added up
constexpr int kMostRounds = 60;

struct Point {
  double x = 0;  // cos(2 pi f)
  double wanted = 0;
  double weight = 0;
  bool begins = false;  // a band
  bool ends = false;
};

// Sum of a[k] cos(2 pi k f), k < functions, nearest to `wanted` on a grid.
class Exchange {
 public:
  Exchange(std::vector<Point> grid, std::size_t functions)
      : grid_(std::move(grid)), functions_(functions), error_(grid_.size()) {
    for (const Point& point : grid_) grid_x_.push_back(point.x);
    const auto last = static_cast<double>(grid_.size() - 1);
    for (std::size_t i = 0; i <= functions_; ++i) {
      places_.push_back(static_cast<std::size_t>(
          std::round(last * static_cast<double>(i) / static_cast<double>(functions_))));
    }
  }

  // Whether it converged.
  bool run() {
    for (int round = 0; round < kMostRounds; ++round) {
      solve();
      find_errors();
      // On the places the error is the deviation itself, whatever rounding says.
      for (std::size_t i = 0; i < places_.size(); ++i) {
        error_[places_[i]] = i % 2 == 0 ? -deviation_ : deviation_;
      }
      std::vector<std::size_t> next = extremes();
      if (next.size() < places_.size()) return false;
      double most = 0;
      for (const std::size_t i : next) most = std::max(most, std::abs(error_[i]));
      const bool is_done = most <= std::abs(deviation_) * (1 + 1e-6);
      places_ = std::move(next);
      if (is_done) {
        solve();
        return true;
      }
    }
    return false;
  }

  // The sum at x by interpolation in its barycentric form.
  [[nodiscard]] double value(double x) const noexcept {
    double above = 0, below = 0;
    for (std::size_t i = 0; i < functions_; ++i) {
      const double distance = x - at_[i];
      if (std::abs(distance) < 1e-15) return values_[i];
      const double part = inner_[i] / distance;
      above += part * values_[i];
      below += part;
    }
    return above / below;
  }

 private:
  void find_errors() noexcept {
    barycentric(at_, inner_, values_, functions_, grid_x_, error_.data());
    for (std::size_t i = 0; i < grid_.size(); ++i) {
      const Point& point = grid_[i];  // not a number on one of the places
      const double sum = std::isfinite(error_[i]) ? error_[i] : value(point.x);
      error_[i] = point.weight * (sum - point.wanted);
    }
  }

  void solve() {
    const std::size_t n = places_.size();
    at_.resize(n);
    inner_.resize(n);
    values_.resize(n);
    for (std::size_t i = 0; i < n; ++i) at_[i] = grid_[places_[i]].x;
    // Each product grows by one factor a turn, and does not wait for the others.
    std::fill(inner_.begin(), inner_.end(), 1.0);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < n; ++i) {
        inner_[i] *= i == j ? 1.0 : 2 * (at_[i] - at_[j]);
      }
    }
    for (double& weight : inner_) weight = 1 / weight;
    double above = 0, below = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const Point& point = grid_[places_[i]];
      above += inner_[i] * point.wanted;
      below += (i % 2 == 0 ? inner_[i] : -inner_[i]) / point.weight;
    }
    deviation_ = above / below;
    for (std::size_t i = 0; i < n; ++i) {
      const Point& point = grid_[places_[i]];
      values_[i] = point.wanted - (i % 2 == 0 ? deviation_ : -deviation_) / point.weight;
    }
    for (std::size_t i = 0; i + 1 < n; ++i) inner_[i] *= 2 * (at_[i] - at_[n - 1]);
  }

  // The places of the next round: the error is largest there and changes its sign from each to the next.
  [[nodiscard]] std::vector<std::size_t> extremes() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < grid_.size(); ++i) {
      const double here = error_[i];
      const double sign = here < 0 ? -1 : 1;
      const bool over_left = grid_[i].begins || sign * here >= sign * error_[i - 1];
      const bool over_right = grid_[i].ends || sign * here > sign * error_[i + 1];
      if (!over_left || !over_right || here == 0) continue;
      if (!found.empty() && (error_[found.back()] < 0) == (here < 0)) {
        if (std::abs(here) > std::abs(error_[found.back()])) found.back() = i;
      } else {
        found.push_back(i);
      }
    }
    while (found.size() > places_.size()) drop_least(found);
    return found;
  }

  // Drops one at an end, or two that follow each other, so that signs go on changing.
  void drop_least(std::vector<std::size_t>& found) const {
    const auto size = [&](std::size_t i) { return std::abs(error_[found[i]]); };
    const std::size_t last = found.size() - 1;
    if (found.size() == places_.size() + 1) {
      found.erase(size(0) < size(last) ? found.begin() : found.end() - 1);
      return;
    }
    std::size_t least = 0;
    for (std::size_t i = 1; i <= last; ++i) {
      if (size(i) < size(least)) least = i;
    }
    if (least == 0 || least == last) {
      found.erase(found.begin() + static_cast<std::ptrdiff_t>(least));
      return;
    }
    const std::size_t first = size(least - 1) < size(least + 1) ? least - 1 : least;
    const auto from = found.begin() + static_cast<std::ptrdiff_t>(first);
    found.erase(from, from + 2);
  }

  std::vector<Point> grid_;
  std::size_t functions_;
  std::vector<double> grid_x_;
  std::vector<double> error_;
  std::vector<std::size_t> places_;  // functions_ + 1 of the grid
  std::vector<double> at_;
  std::vector<double> inner_;  // barycentric weights of the first functions_ places
  std::vector<double> values_;
  double deviation_ = 0;
};

Result<void> check(std::size_t tap_count, std::span<const EquirippleBand> bands) {
  if (tap_count < 3 || tap_count > kMostEquirippleTaps) {
    return fail(Code::kInvalid, fmt::format("order is {}", static_cast<double>(tap_count) - 1),
                "order", fmt::format("2 to {}", kMostEquirippleTaps - 1));
  }
  double end = -1;
  for (const EquirippleBand& band : bands) {
    if (!(band.from >= 0 && band.from < band.to && band.to <= 0.5 && band.from > end &&
          band.weight > 0 && std::isfinite(band.weight) && std::isfinite(band.gain))) {
      return fail(Code::kInvalid,
                  fmt::format("a band from {} to {} of the sample rate", band.from, band.to),
                  "cutoff",
                  "rising bands between 0 and half the sample rate with a gap between them");
    }
    end = band.to;
  }
  if (bands.empty()) return fail(Code::kInvalid, "there is no band", "cutoff", "one band or more");
  if (tap_count % 2 == 0 && bands.back().to == 0.5 && bands.back().gain != 0) {
    return fail(Code::kInvalid, "an even number of taps lets nothing through at half the rate",
                "order", "an even order");
  }
  return {};
}

std::vector<Point> make_grid(std::span<const EquirippleBand> bands, std::size_t functions,
                             bool is_even) {
  const double step = 0.5 / static_cast<double>(kDensity * functions);
  std::vector<Point> grid;
  for (const EquirippleBand& band : bands) {
    const double to =
        is_even ? std::min(band.to, 0.5 - step) : band.to;  // not where cos(pi f) is 0
    if (!(to > band.from)) continue;
    const double steps = std::max(1.0, std::ceil((to - band.from) / step));
    for (double i = 0; i <= steps; ++i) {
      const double f = i == steps ? to : band.from + (to - band.from) * i / steps;
      const double factor = is_even ? std::cos(kPi * f) : 1;
      grid.push_back(
          {std::cos(2 * kPi * f), band.gain / factor, band.weight * factor, i == 0, i == steps});
    }
  }
  return grid;
}

}  // namespace

Result<std::vector<double>> design_equiripple(std::size_t tap_count,
                                              std::span<const EquirippleBand> bands) {
  if (const auto good = check(tap_count, bands); !good) return tl::unexpected(good.error());
  const bool is_even = tap_count % 2 == 0;
  const std::size_t functions = is_even ? tap_count / 2 : tap_count / 2 + 1;
  std::vector<Point> grid = make_grid(bands, functions, is_even);
  const auto none = fail(
      Code::kInvalid, fmt::format("no filter of order {} was found for these bands", tap_count - 1),
      "order", "another order, or a wider transition");
  if (grid.size() <= functions + 1) return none;
  Exchange exchange(std::move(grid), functions);
  if (!exchange.run()) return none;
  // The response at as many frequencies as there are taps, and back by the inverse transform.
  std::vector<double> response(tap_count / 2 + 1);
  const auto n = static_cast<double>(tap_count);
  for (std::size_t k = 0; k < response.size(); ++k) {
    const double f = static_cast<double>(k) / n;
    const double factor = is_even ? std::cos(kPi * f) : 1;
    response[k] = 2 * k == tap_count ? 0 : factor * exchange.value(std::cos(2 * kPi * f));
  }
  // cos(2 pi k (i - middle) / n) by its angle in parts of pi / n.
  std::vector<double> cosines(2 * tap_count);
  for (std::size_t m = 0; m < cosines.size(); ++m) {
    cosines[m] = std::cos(kPi * static_cast<double>(m) / n);
  }
  std::vector<double> taps(tap_count);
  for (std::size_t i = 0; i < (tap_count + 1) / 2; ++i) {
    const std::size_t from_middle = tap_count - 1 - 2 * i;
    double sum = response[0];
    for (std::size_t k = 1; k < response.size(); ++k) {
      sum += 2 * response[k] * cosines[k * from_middle % cosines.size()];
    }
    taps[i] = taps[tap_count - 1 - i] = sum / n;
    if (!std::isfinite(taps[i])) return none;
  }
  return taps;
}

}  // namespace acq
