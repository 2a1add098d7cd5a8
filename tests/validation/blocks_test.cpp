// Every file of vectors that names a block, against that block.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "tests/support/block_harness.h"
#include "tests/validation/vectors.h"

namespace acq::test {
namespace {

std::vector<std::vector<float>> planes_of(const Array& array) {
  std::vector<std::vector<float>> planes;
  for (std::size_t c = 0; c < array.shape.at(0); ++c) {
    const Array row = array.row(c);
    std::vector<float> plane(row.values.size());
    for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(row.values[i]);
    planes.push_back(std::move(plane));
  }
  return planes;
}

Signal input_of(const VectorCase& from) {
  const Array& input = from.arrays.at("input");
  const auto rate = static_cast<std::uint64_t>(from.values.at("rate_hz"));
  const std::string& kind = from.texts.at("kind");
  if (kind == "waveform" || kind == "iq" || kind == "logic") {
    Signal signal = waveform(planes_of(input), rate, from.texts.at("unit"));
    if (kind == "iq") signal.info.kind = Kind::kIq;
    if (kind == "logic") signal.info.kind = Kind::kLogic;
    signal.info.is_logic = kind == "logic";
    return signal;
  }
  std::vector<std::vector<std::vector<float>>> pieces;
  for (std::size_t i = 0; i < input.shape.at(0); ++i) pieces.push_back(planes_of(input.row(i)));
  return records(kind == "record" ? Kind::kRecord : Kind::kSpectrum, std::move(pieces), rate,
                 from.texts.at("unit"));
}

// Everything that came out, in the shape of the file.
Array samples_of(const Signal& out) {
  Array array;
  const std::size_t channels = out.info.channels.size();
  if (is_continuous(out.info.kind)) {
    for (std::size_t c = 0; c < channels; ++c) {
      const std::vector<float> samples = joined(out, c);
      array.values.insert(array.values.end(), samples.begin(), samples.end());
      array.shape = {channels, samples.size()};
    }
    return array;
  }
  for (const Piece& piece : out.pieces) {
    for (const auto& plane : piece.samples) {
      array.values.insert(array.values.end(), plane.begin(), plane.end());
    }
  }
  array.shape = {out.pieces.size(), channels, out.info.max_count};
  return array;
}

Array results_of(const Signal& out) {
  Array array;
  for (const Piece& piece : out.pieces) {
    for (const ScalarResult& result : piece.results) array.values.push_back(result.value);
  }
  array.shape = {out.pieces.size(), out.info.channels.size() * out.info.results.size()};
  return array;
}

// The largest error as a part of what is allowed.
double compare(const Array& got, const Array& expected, const VectorCase& with) {
  EXPECT_EQ(got.shape, expected.shape);
  if (got.shape != expected.shape) return INFINITY;
  const double absolute = with.values.at("absolute");
  const double relative = with.values.at("relative");
  double worst = 0;
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const double want = expected.values[i];
    const bool is_same = got.values[i] == want || (std::isnan(got.values[i]) && std::isnan(want));
    if (is_same) continue;
    const double error = std::abs(got.values[i] - want);
    const double allowed = absolute + relative * std::abs(want);
    if (!(error <= allowed)) {
      ADD_FAILURE() << "value " << i << " is " << got.values[i] << " instead of " << want
                    << ", allowed " << allowed << " (" << with.texts.at("why") << ")";
      return INFINITY;
    }
    worst = std::max(worst, error / allowed);
  }
  return worst;
}

class EveryVector : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryVector, ComesOutOfItsBlockWholeAndCut) {
  const Result<Vectors> vectors = read_vectors(GetParam());
  ASSERT_TRUE(vectors) << to_string(vectors.error());
  ASSERT_FALSE(vectors->cases.empty());
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed of the cuts " + std::to_string(seed));
  std::mt19937_64 random(seed);
  double worst = 0;
  for (const VectorCase& with : vectors->cases) {
    SCOPED_TRACE(vectors->operation + ", case " + with.name);
    const Signal whole = input_of(with);
    std::vector<Signal> inputs = {whole};
    if (is_continuous(whole.info.kind)) inputs.push_back(cut_randomly(whole, random, 100));
    for (const Signal& in : inputs) {
      const Signal out = run(vectors->block, with.params, in);
      ASSERT_TRUE(with.has("output") || with.has("results")) << "nothing to compare with";
      if (with.has("output")) {
        worst = std::max(worst, compare(samples_of(out), with.arrays.at("output"), with));
      }
      if (with.has("results")) {
        worst = std::max(worst, compare(results_of(out), with.arrays.at("results"), with));
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
  RecordProperty("worst_part_of_tolerance", std::to_string(worst));
}

std::vector<std::string> files_with_a_block() {
  std::vector<std::string> paths;
  for (const std::string& path : vector_files()) {
    const Result<Vectors> vectors = read_vectors(path);
    if (!vectors || !vectors->block.empty()) paths.push_back(path);
  }
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Scipy, EveryVector, ::testing::ValuesIn(files_with_a_block()),
                         [](const auto& file) {
                           return std::filesystem::path(file.param).stem().string();
                         });

}  // namespace
}  // namespace acq::test
