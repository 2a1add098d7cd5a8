// Every published uncertainty, against the scatter of its result over many records that differ by their
// noise alone. Two-sided, at 5.5 sigma of what is observed: a false alarm of one result in 25 million.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "tests/conformance/block_examples.h"

namespace acq::test {
namespace {

constexpr std::size_t kRecords = 500;
constexpr std::size_t kLength = 300;

struct Noisy {
  const char* block;
  Table params;
  std::function<double(double)> shape;  // of the place in the record, 0 to 1
  double noise;
  bool is_waveform = false;
};

double bump(double x) {
  return 1 + 3 * std::exp(-0.5 * std::pow((x - 0.45) / 0.06, 2));
}

double sine(double x) {
  return 0.3 + 2 * std::sin(2 * std::numbers::pi * 7.3 * x + 0.4);
}

std::vector<Noisy> all_cases() {
  const auto pulse = [](double x) { return x > 0.3 && x < 0.7 ? 1.0 : 0.0; };
  const auto level = [](double) { return 3.0; };
  return {
      {"statistics", {{"white_noise", true}}, level, 0.5},
      {"allan", {{"every", double{kLength}}, {"octaves", 4.0}}, level, 0.5, true},
      {"fit", {{"curve", "linear"}}, [](double x) { return 2 - x; }, 0.3},
      {"fit", {{"curve", "gaussian"}}, bump, 0.1},
      {"fit",
       {{"curve", "lorentzian"}},
       [](double x) { return 1 + 3 / (1 + std::pow((x - 0.45) / 0.06, 2)); },
       0.1},
      {"fit",
       {{"curve", "sigmoid"}},
       [](double x) { return 2 / (1 + std::exp(-30 * (x - 0.5))); },
       0.1},
      {"fit", {{"curve", "exponential"}}, [](double x) { return 1 + 2 * std::exp(-5 * x); }, 0.05},
      {"sine_fit", {}, sine, 0.2},
      {"sine_fit", {{"frequency", 7.3 / 0.3}}, sine, 0.2},  // at 1 kHz the record is 0.3 s long
      {"dynamic_parameters", {{"full_scale", 5.0}}, sine, 0.05},
      {"pulse", {}, pulse, 0.02},
      {"width", {{"method", "gaussian"}}, bump, 0.1},
      {"counter", {{"level", 0.3}, {"hysteresis", 0.5}}, sine, 0.05},
  };
}

Signal noisy_records(const Noisy& with, std::mt19937_64& random) {
  std::normal_distribution<double> noise_of(0, with.noise);
  const auto record = [&] {
    std::vector<float> x(kLength);
    for (std::size_t i = 0; i < kLength; ++i) {
      const double place = static_cast<double>(i) / kLength;
      x[i] = static_cast<float>(with.shape(place) + noise_of(random));
    }
    return x;
  };
  if (with.is_waveform) return waveform({record()});
  std::vector<std::vector<std::vector<float>>> all;
  for (std::size_t n = 0; n < kRecords; ++n) all.push_back({record()});
  return records(Kind::kRecord, std::move(all));
}

// The results of the first channel, record by record.
std::vector<std::vector<ScalarResult>> results_of(const Noisy& with, std::mt19937_64& random,
                                                  std::vector<ResultSpec>& specs) {
  std::vector<std::vector<ScalarResult>> all;
  // What sums over all it has seen is begun anew for each record.
  for (std::size_t n = 0; n < (with.is_waveform ? kRecords : 1); ++n) {
    const Signal out = run(with.block, with.params, noisy_records(with, random));
    specs = out.info.results;
    for (const Piece& piece : out.pieces) all.push_back(piece.results);
  }
  return all;
}

TEST(Uncertainty, IsTheScatterOfItsResult) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const Noisy& with : all_cases()) {
    std::vector<ResultSpec> specs;
    const auto all = results_of(with, random, specs);
    std::size_t told = 0;
    for (std::size_t r = 0; r < specs.size(); ++r) {
      double sum = 0, squares = 0, variances = 0, count = 0;
      for (const auto& results : all) {
        if (*results[r].invalid_because != '\0' || !std::isfinite(results[r].uncertainty)) continue;
        const double value = results[r].value - all[0][r].value;
        sum += value;
        squares += value * value;
        variances += results[r].uncertainty * results[r].uncertainty;
        ++count;
      }
      if (count < 0.9 * kRecords) continue;
      ++told;
      if (variances == 0 && squares == 0) continue;  // given, not measured
      const double scatter = std::sqrt((squares - sum * sum / count) / (count - 1));
      const double sigma = std::sqrt(variances / count);
      // Formulas of first order hold to some percent.
      EXPECT_NEAR(scatter / sigma, 1, 0.05 + 5.5 / std::sqrt(2 * count))
          << with.block << " " << to_text(Value(with.params)) << " " << specs[r].name;
    }
    EXPECT_GT(told, 0U) << with.block << " tells no uncertainty";
  }
}

TEST(Uncertainty, IsComparedHereForEveryBlockThatTellsOne) {
  const std::vector<Noisy> cases = all_cases();
  for (const BlockEntry* entry : block_registry()) {
    // What its samples leave open, not noise: its own test draws it.
    if (entry->name == "logic_timing") continue;
    const Signal out =
        run(entry->name, entry->example(), example_input(*entry, entry->min_channels, 1));
    bool tells = false;
    for (const Piece& piece : out.pieces) {
      for (const ScalarResult& result : piece.results) tells |= std::isfinite(result.uncertainty);
    }
    const bool is_here = std::any_of(cases.begin(), cases.end(),
                                     [&](const Noisy& with) { return entry->name == with.block; });
    EXPECT_TRUE(!tells || is_here) << entry->name;
  }
}

}  // namespace
}  // namespace acq::test
