// parameters.tsv, of which the pages are made, tells what the blocks declare.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "dsp/block.h"
#include "tests/support/paths.h"

namespace acq::test {
namespace {

std::string kind_of(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kNumber: return "number";
    case ParamType::kInteger: return "whole number";
    case ParamType::kFlag: return "flag";
    case ParamType::kText: return "text";
    case ParamType::kChoice: return fmt::format("{}", fmt::join(spec.choices, ", "));
    case ParamType::kNumbers: return "numbers";
    case ParamType::kTables: return "tables";
  }
  return {};
}

std::string range_of(const ParamSpec& spec) {
  const bool is_number = spec.type == ParamType::kNumber || spec.type == ParamType::kInteger ||
                         spec.type == ParamType::kNumbers;
  const bool has_least = spec.min != -kNoLimit, has_most = spec.max != kNoLimit;
  if (!is_number || (!has_least && !has_most)) return "";
  if (!has_most) return fmt::format("{} or more", spec.min);
  return has_least ? fmt::format("{} to {}", spec.min, spec.max)
                   : fmt::format("{} or less", spec.max);
}

// A line for each parameter: block, name, kind or choices, range, unit, default, meaning.
std::string declarations() {
  std::string text;
  for (const BlockEntry* entry : block_registry()) {
    for (const ParamSpec& spec : entry->params) {
      text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", entry->name, spec.name, kind_of(spec),
                          range_of(spec), spec.in_signal_unit ? "the signal's" : spec.unit,
                          spec.required ? "required" : spec.fallback, spec.text);
    }
  }
  return text;
}

// ACQ_WRITE_PARAMETERS=1 writes the file instead.
TEST(Parameters, OfThePagesAreTheDeclaredOnes) {
  const std::string path = ACQ_SOURCE_DIR "/tests/validation/parameters.tsv";
  if (std::getenv("ACQ_WRITE_PARAMETERS") != nullptr) std::ofstream(path) << declarations();
  std::ostringstream stored;
  stored << std::ifstream(path).rdbuf();
  EXPECT_EQ(stored.str(), declarations())
      << "run this test with ACQ_WRITE_PARAMETERS=1, then tests/validation/pages.py";
}

}  // namespace
}  // namespace acq::test
