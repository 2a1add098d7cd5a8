#include "dsp/math/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "dsp/math/fir_design.h"
#include "dsp/math/fir_kernel.h"

namespace acq {
namespace {

__extension__ typedef unsigned __int128 Wide;  // products of an index and a factor

}  // namespace

std::uint64_t ceil_ratio(std::uint64_t index, std::uint64_t up, std::uint64_t down) noexcept {
  return static_cast<std::uint64_t>((Wide{index} * up + down - 1) / down);
}

Result<std::vector<double>> resampling_taps(std::size_t up, std::size_t down, double beta,
                                            std::size_t zero_crossings) {
  for (const auto& [name, value] : {std::pair("up", up), std::pair("down", down)}) {
    if (value < 1 || value > kMostResampling) {
      return fail(Code::kInvalid, fmt::format("{} is {}", name, value), name,
                  fmt::format("1 to {}", kMostResampling));
    }
  }
  if (zero_crossings < 1 || zero_crossings > 64) {
    return fail(Code::kInvalid, fmt::format("zero_crossings is {}", zero_crossings),
                "zero_crossings", "1 to 64");
  }
  const std::size_t most = std::max(up, down);
  if (most == 1) return std::vector{1.0};
  const std::vector<double> edges{0.5 / static_cast<double>(most)};
  auto taps =
      design_fir(Band::kLow, edges, 2 * zero_crossings * most + 1, "kaiser", std::vector{beta});
  if (!taps) return taps;
  for (double& tap : *taps) tap *= static_cast<double>(up);
  return taps;
}

namespace {

// Outputs r, r + up, r + 2 up ...: they share their taps, and their inputs lie `down` apart. In the signal
// with up - 1 zeros behind each value, tap j meets place k * down + half - j.
void resample_phase(std::span<const double> x, std::span<const double> taps, std::size_t up,
                    std::size_t down, std::size_t r, std::span<double> y) {
  const std::size_t half = (taps.size() - 1) / 2;
  const std::size_t phase = (r * down + half) % up;
  std::vector<double> row;  // the tap for the oldest value first
  for (std::size_t tap = phase; tap < taps.size(); tap += up) row.insert(row.begin(), taps[tap]);
  std::vector<double> inner;
  for (std::size_t k = r; k < y.size(); k += up) {
    const std::size_t from = (k * down + half) / up;  // the newest value
    if (from + 1 >= row.size() && from < x.size()) {
      inner.resize(std::min((x.size() - 1 - from) / down, (y.size() - 1 - k) / up) + 1);
      fir_dots(row, x.data() + (from + 1 - row.size()), down, inner);
      for (std::size_t i = 0; i < inner.size(); ++i) y[k + i * up] = inner[i];
      k += (inner.size() - 1) * up;
      continue;
    }
    double sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const std::size_t at = from + 1 + j;
      if (at >= row.size() && at - row.size() < x.size()) sum += row[j] * x[at - row.size()];
    }
    y[k] = sum;
  }
}

}  // namespace

Result<std::vector<double>> resample(std::span<const double> x, std::size_t up, std::size_t down,
                                     double beta, std::size_t zero_crossings) {
  const std::size_t common = std::max<std::size_t>(1, std::gcd(up, down));
  up /= common;
  down /= common;
  const auto taps = resampling_taps(up, down, beta, zero_crossings);
  if (!taps) return tl::unexpected(taps.error());
  std::vector<double> y((x.size() * up + down - 1) / down);
  for (std::size_t r = 0; r < up && r < y.size(); ++r) resample_phase(x, *taps, up, down, r, y);
  return y;
}

PolyphaseResampler::PolyphaseResampler(std::span<const double> taps, std::size_t up,
                                       std::size_t down, std::size_t max_count)
    : up_(up),
      down_(down),
      row_((taps.size() + up - 1) / up),
      phases_(up * row_, 0.0F),
      scratch_(max_count / down + 2),
      input_(row_, max_count) {
  for (std::size_t k = 0; k < taps.size(); ++k) {
    phases_[k % up * row_ + (row_ - 1 - k / up)] = static_cast<float>(taps[k]);
  }
}

std::uint64_t PolyphaseResampler::output_index(std::uint64_t index) const noexcept {
  return ceil_ratio(index, up_, down_);
}

std::size_t PolyphaseResampler::run(const float* in, std::size_t count, std::uint64_t first_index,
                                    float* out) noexcept {
  const float* const x = input_.append(in, count);
  const std::uint64_t first = output_index(first_index);
  const auto made = static_cast<std::size_t>(output_index(first_index + count) - first);
  // Outputs whose phase is the same lie `up` apart, and their inputs `down`.
  for (std::size_t r = 0; r < up_ && r < made; ++r) {
    const Wide place = Wide{first + r} * down_;
    const auto at = static_cast<std::size_t>(static_cast<std::uint64_t>(place / up_) - first_index);
    const auto phase = static_cast<std::size_t>(place % up_);
    const std::size_t outputs = (made - r + up_ - 1) / up_;
    fir_dots({x + at - (row_ - 1), phases_.data() + phase * row_, row_}, down_, scratch_.data(),
             outputs);
    for (std::size_t j = 0; j < outputs; ++j) out[r + j * up_] = scratch_[j];
  }
  input_.keep(count);
  return made;
}

std::vector<double> cic_taps(std::size_t factor, std::size_t stages) {
  std::vector<double> taps{1};
  for (std::size_t s = 0; s < stages; ++s) {
    std::vector<double> next(taps.size() + factor - 1);
    for (std::size_t i = 0; i < taps.size(); ++i) {
      for (std::size_t k = 0; k < factor; ++k) {
        next[i + k] += taps[i] / static_cast<double>(factor);
      }
    }
    taps = std::move(next);
  }
  return taps;
}

}  // namespace acq
