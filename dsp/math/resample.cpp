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

// An array with zeros about it, dealt out: row p holds values p, p + rows, p + 2 rows ...
class Dealt {
 public:
  // Reads from `front` zeros before x to value `end` (not included) of x and the zeros behind it.
  Dealt(std::span<const double> x, std::size_t rows, std::size_t front, std::size_t end)
      : rows_(rows),
        front_(front),
        length_((front + end) / rows + 1 + kFirSlack),
        values_(rows * length_, 0.0) {
    const std::size_t count = std::min(x.size(), end);
    std::size_t row = front % rows, column = front / rows;
    for (std::size_t i = 0; i < count; ++i) {
      values_[row * length_ + column] = x[i];
      if (++row == rows) {
        row = 0;
        ++column;
      }
    }
  }
  // Value `at` (counted from the first zero), the one `rows` behind it, and so on.
  [[nodiscard]] const double* from(std::size_t at) const noexcept {
    return values_.data() + at % rows_ * length_ + at / rows_;
  }
  [[nodiscard]] std::size_t front() const noexcept { return front_; }

 private:
  std::size_t rows_;
  std::size_t front_;
  std::size_t length_;
  std::vector<double> values_;
};

// Outputs r, r + up, r + 2 up ...: they share their taps, and their inputs lie `down` apart. In the signal
// with up - 1 zeros behind each value, tap j meets place k * down + half - j.
void resample_phase(const Dealt& x, std::span<const double> taps, std::size_t up, std::size_t down,
                    std::size_t r, std::span<double> y) {
  const std::size_t place = r * down + (taps.size() - 1) / 2;
  const std::size_t phase = place % up, newest = x.front() + place / up;
  const std::size_t count = (taps.size() - phase + up - 1) / up;
  // Taps `down` apart meet values next to each other in one row; the one for the oldest value first.
  std::vector<double> sorted;
  sorted.reserve(count);
  std::vector<FirPartOf<double>> parts;
  for (std::size_t first = 0; first < std::min(down, count); ++first) {
    const std::size_t begin = sorted.size();
    for (std::size_t j = first; j < count; j += down) {
      sorted.push_back(taps[phase + (count - 1 - j) * up]);
    }
    parts.push_back(
        {x.from(newest + first + 1 - count), sorted.data() + begin, sorted.size() - begin});
  }
  std::vector<double> outputs((y.size() - r + up - 1) / up);
  fir_sum(parts, outputs.data(), outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) y[r + i * up] = outputs[i];
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
  if (y.empty()) return y;
  const std::size_t end = ((y.size() - 1) * down + (taps->size() - 1) / 2) / up + 1;
  const Dealt dealt(x, down, taps->size() / up + 1, end);
  for (std::size_t r = 0; r < up && r < y.size(); ++r) resample_phase(dealt, *taps, up, down, r, y);
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
