// What every block promises about its parameters: run for each of the registry.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/conformance/block_examples.h"

namespace acq::test {
namespace {

Value wrong_type(const ParamSpec& spec) {
  if (spec.type == ParamType::kFlag) return 1.0;
  if (spec.type == ParamType::kText || spec.type == ParamType::kChoice) return 5.0;
  return true;
}

std::vector<Value> values_beyond(const ParamSpec& spec) {
  if (spec.type == ParamType::kChoice) return {std::string("no such choice")};
  if (spec.type != ParamType::kNumber && spec.type != ParamType::kInteger) return {};
  std::vector<Value> values = {std::nan("")};
  if (std::isfinite(spec.min)) values.emplace_back(spec.min - 1 - std::abs(spec.min));
  if (std::isfinite(spec.max)) values.emplace_back(spec.max + 1 + std::abs(spec.max));
  if (spec.type == ParamType::kInteger) values.emplace_back(spec.min + 0.5);
  return values;
}

std::vector<Value> numbers_at_the_ends(const ParamSpec& spec) {
  const double huge = spec.type == ParamType::kInteger ? 9e15 : 1e300;
  std::vector<Value> values = {std::isfinite(spec.min) ? spec.min : -huge,
                               std::isfinite(spec.max) ? spec.max : huge};
  if (spec.min <= 0 && spec.max >= 1) values.insert(values.end(), {Value(0.0), Value(1.0)});
  return values;
}

std::vector<Value> values_at_the_ends(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger: return numbers_at_the_ends(spec);
    case ParamType::kFlag: return {true, false};
    case ParamType::kChoice: {
      std::vector<Value> values;
      for (const std::string_view choice : spec.choices) values.emplace_back(std::string(choice));
      return values;
    }
    case ParamType::kText: return {std::string(), std::string(5000, 'x'), std::string("\xff\xfe")};
    case ParamType::kNumbers:
      return {List{}, List{0.0}, List{1e300}, List{1.0, 2.0, 3.0}, List(2000, Value(0.25))};
    case ParamType::kTables: return {List{}, List{Table{}}, List(100, Value(Table{}))};
  }
  return {};
}

class EveryBlocksParameters : public ::testing::TestWithParam<std::string> {
 protected:
  const BlockEntry& entry = *find_block(GetParam());
  const Table example = entry.example();
  const Signal in = short_input();

  // Refused with a sentence and a place, or run to the end with the contract kept.
  void expect_refused_or_run(const Table& params) {
    Rig rig(entry.name, params, in.info);
    SCOPED_TRACE(to_text(Value(params)).substr(0, 200));
    if (rig.error().code != Code::kOk) {
      EXPECT_EQ(rig.error().code, Code::kInvalid) << to_string(rig.error());
      EXPECT_FALSE(rig.error().sentence.empty());
      EXPECT_FALSE(rig.error().where.empty()) << rig.error().sentence;
      return;
    }
    ++ran;
    for (const Piece& piece : in.pieces) rig.push(piece);
  }

  [[nodiscard]] Table changed(std::string_view name, Value value) const {
    Table params = example;
    params[std::string(name)] = std::move(value);
    return params;
  }

  std::size_t ran = 0;

 private:
  [[nodiscard]] Signal short_input() const {
    Signal signal = example_input(entry, 2 * entry.min_channels, 1);
    if (!is_continuous(entry.input)) {
      signal.pieces.resize(6);
      return signal;
    }
    for (auto& plane : signal.pieces[0].samples) plane.resize(400);
    return cut(signal, {150});
  }
};

TEST_P(EveryBlocksParameters, UnknownOrOfAnotherTypeAreRefusedByName) {
  Error error = refusal(entry.name, changed("no_such_parameter", 1.0), in.info);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, GetParam() + ".no_such_parameter");
  for (const ParamSpec& spec : entry.params) {
    error = refusal(entry.name, changed(spec.name, wrong_type(spec)), in.info);
    EXPECT_EQ(error.code, Code::kInvalid) << spec.name;
    EXPECT_EQ(error.where, GetParam() + "." + std::string(spec.name));
  }
}

TEST_P(EveryBlocksParameters, BeyondTheDeclaredRangeAreRefusedWithTheRange) {
  for (const ParamSpec& spec : entry.params) {
    for (const Value& value : values_beyond(spec)) {
      const Error error = refusal(entry.name, changed(spec.name, value), in.info);
      EXPECT_EQ(error.code, Code::kInvalid) << spec.name << " = " << to_text(value);
      EXPECT_EQ(error.where, GetParam() + "." + std::string(spec.name));
      EXPECT_FALSE(error.allowed.empty()) << spec.name;
    }
  }
}

TEST_P(EveryBlocksParameters, AtTheEndsOfTheirRangeAreRefusedOrRun) {
  for (const ParamSpec& spec : entry.params) {
    for (const Value& end : values_at_the_ends(spec)) {
      expect_refused_or_run(changed(spec.name, end));
      if (HasFailure()) return;
    }
  }
  EXPECT_TRUE(ran > 0 || entry.params.empty());
}

// Each parameter that the example gives, and each choice, changed while samples flow.
TEST_P(EveryBlocksParameters, ChangedWhileRunningLeaveNoGarbage) {
  std::vector<Table> changes;
  for (const auto& [name, value] : example) {
    if (const auto* number = std::get_if<double>(&value)) {
      changes.push_back(changed(name, *number + 1));
      changes.push_back(changed(name, *number * 2));
    }
  }
  for (const ParamSpec& spec : entry.params) {
    for (const std::string_view choice : spec.choices) {
      changes.push_back(changed(spec.name, std::string(choice)));
    }
  }
  ASSERT_TRUE(!changes.empty() || entry.params.empty());
  for (const Table& params : changes) {
    SCOPED_TRACE(to_text(Value(params)));
    Rig plain(entry.name, params, in.info);
    if (plain.error().code != Code::kOk) continue;
    float largest = 1;
    bool is_finite = true;  // not a logarithm of negative samples
    for (const Piece& piece : in.pieces) {
      for (const Piece& made : plain.push(piece)) {
        for (const auto& plane : made.samples) {
          for (const float x : plane) {
            largest = std::max(largest, std::abs(x));
            is_finite &= std::isfinite(x);
          }
        }
      }
    }
    if (!is_finite) continue;
    Rig before(entry.name, example, in.info);
    before.push(in.pieces[0]);
    before.push(in.pieces[1]);
    Rig after(entry.name, params, in.info);
    after.adopt(before);
    for (std::size_t i = 2; i < in.pieces.size(); ++i) {
      for (const Piece& made : after.push(in.pieces[i])) {
        for (const auto& plane : made.samples) {
          for (const float x : plane) {
            ASSERT_TRUE(std::isfinite(x));
            ASSERT_LE(std::abs(x), 10 * largest);
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryBlocksParameters, ::testing::ValuesIn(names_of_blocks()),
                         [](const auto& block) { return block.param; });

}  // namespace
}  // namespace acq::test
