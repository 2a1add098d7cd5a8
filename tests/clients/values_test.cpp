#include "clients/tools/acqctl/values.h"

#include <gtest/gtest.h>

#include <random>

namespace acq::tool {
namespace {

TEST(Values, ReadsWhatAPersonTypes) {
  EXPECT_EQ(parse_value("4096")->number(), 4096);
  EXPECT_EQ(parse_value(" -1.5e-3 ")->number(), -0.0015);
  EXPECT_TRUE(parse_value("true")->flag());
  EXPECT_EQ(parse_value("false")->kind_case(), v1::Value::kFlag);
  EXPECT_EQ(parse_value("20 kHz")->text(), "20 kHz");
  EXPECT_EQ(parse_value("hann")->text(), "hann");
  EXPECT_EQ(parse_value("\"7\"")->text(), "7");
  EXPECT_EQ(parse_value("")->kind_case(), v1::Value::kText);
  EXPECT_EQ(parse_value("nan")->kind_case(), v1::Value::kText) << "no number that is not one";
  const auto list = parse_value("[1, \"2 V\", [true]]");
  ASSERT_EQ(list->list().items_size(), 3);
  EXPECT_EQ(list->list().items(1).text(), "2 V");
  EXPECT_TRUE(list->list().items(2).list().items(0).flag());
  const auto table = parse_value("{gain = 2, name = \"a\"}");
  EXPECT_EQ(table->table().entries().at("gain").number(), 2);
}

TEST(Values, SaysWhatIsWrongWithAListOrTable) {
  for (const char* text : {"[1, 2", "{a = }", "\"open", "[1] [2]"}) {
    const auto value = parse_value(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Code::kInvalid);
  }
}

TEST(Values, ReadsAnAssignmentUpToItsFirstEqualsSign) {
  const auto assignment = parse_assignment("pipeline.a.b.c = x=y");
  ASSERT_TRUE(assignment);
  EXPECT_EQ(assignment->path(), "pipeline.a.b.c");
  EXPECT_EQ(assignment->value().text(), "x=y");
  for (const char* text : {"", "path", "=5", "  = 5"}) {
    EXPECT_EQ(parse_assignment(text).error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(parse_assignment("a.b=[1").error().where, "a.b");
}

TEST(Values, WritesTextThatReadsBackAsTheSameValue) {
  for (const char* text : {"4096", "-0.1", "1e+300", "true", "20 kHz", "\"7\"", "\"true\"",
                           R"([1, "a \"b\"", [true]])", "{a = 1, b = [2]}"}) {
    const auto value = parse_value(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(value_text(*value), text);
  }
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    v1::Value value;
    value.set_number(
        std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 100));
    EXPECT_EQ(parse_value(value_text(value))->number(), value.number());
  }
}

TEST(Values, ShowsQuantitiesInTheUnitOfTheSetting) {
  v1::Value value;
  value.set_number(20000);
  EXPECT_EQ(value_text(value, "Hz"), "20 kHz");
  EXPECT_EQ(value_text(value, ""), "20000");
  EXPECT_EQ(value_text(value, "1"), "20000");
}

TEST(Values, NamesTheAllowedRange) {
  v1::Setting setting;
  setting.set_type("number");
  setting.set_unit("Hz");
  setting.set_min(0);
  setting.set_max(50000);
  EXPECT_EQ(allowed_text(setting), "0 Hz to 50 kHz");
  setting.set_max(std::numeric_limits<double>::infinity());
  EXPECT_EQ(allowed_text(setting), "at least 0 Hz");
  setting.set_min(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(allowed_text(setting), "");
  setting.add_choices("hann");
  setting.add_choices("flat_top");
  EXPECT_EQ(allowed_text(setting), "hann, flat_top");
}

TEST(Values, ShowsFourDigitsWithAPrefixWhereTheUnitTakesOne) {
  EXPECT_EQ(si_text(0.00123, "s"), "1.23 ms");
  EXPECT_EQ(si_text(999.96, "Hz"), "1 kHz");
  EXPECT_EQ(si_text(1e6, "S/s"), "1 MS/s");
  EXPECT_EQ(si_text(0, "V"), "0 V");
  EXPECT_EQ(si_text(-2.5e-6, "V"), "-2.5 µV");
  EXPECT_EQ(si_text(1e-12, "V^2/Hz"), "1e-12 V^2/Hz");
  EXPECT_EQ(si_text(12345.678, "1"), "1.235e+04");
  EXPECT_EQ(si_text(std::numeric_limits<double>::quiet_NaN(), "V"), "-");
}

}  // namespace
}  // namespace acq::tool
