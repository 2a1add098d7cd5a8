#include "dsp/base/params.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace acq {
namespace {

constexpr std::array<std::string_view, 2> kShapes = {"hann", "flat"};
constexpr std::array kPulseFields = {
    ParamSpec{.name = "at", .unit = "s", .min = 0, .required = true},
    ParamSpec{.name = "height", .unit = "V", .fallback = "1 V"},
};
constexpr std::array kSpecs = {
    ParamSpec{.name = "cutoff", .unit = "Hz", .min = 1, .max = 50'000, .required = true},
    ParamSpec{.name = "order", .type = ParamType::kInteger, .min = 1, .max = 12, .fallback = "4"},
    ParamSpec{.name = "is_on", .type = ParamType::kFlag, .fallback = "true"},
    ParamSpec{.name = "label", .type = ParamType::kText},
    ParamSpec{.name = "shape", .type = ParamType::kChoice, .fallback = "hann", .choices = kShapes},
    ParamSpec{.name = "taps",
              .type = ParamType::kNumbers,
              .unit = "V",
              .min = -1,
              .max = 1,
              .fallback = "500 mV, -0.5"},
    ParamSpec{.name = "pulses", .type = ParamType::kTables, .fields = kPulseFields},
};

Table minimal() {
  return {{"cutoff", Value("20 kHz")}};
}

Result<Params> check(const Table& given) {
  return Params::check(kSpecs, given, "psd");
}

std::vector<Error> problems_of(const Table& given) {
  std::vector<Error> problems;
  static_cast<void>(Params::check(kSpecs, given, "psd", problems));
  return problems;
}

// The one problem with minimal() after `name` is set to `value`.
Error problem_with(const std::string& name, const Value& value) {
  Table given = minimal();
  given.insert_or_assign(name, value);
  const std::vector<Error> problems = problems_of(given);
  EXPECT_EQ(problems.size(), 1U);
  return problems.empty() ? Error{} : problems.front();
}

TEST(Params, FillInTheDefaults) {
  const Result<Params> params = check(minimal());
  ASSERT_TRUE(params) << to_string(params.error());
  EXPECT_EQ(params->number("cutoff"), 20'000);
  EXPECT_EQ(params->integer("order"), 4);
  EXPECT_TRUE(params->flag("is_on"));
  EXPECT_EQ(params->text("shape"), "hann");
  EXPECT_EQ(params->numbers("taps"), (std::vector{0.5, -0.5}));
  EXPECT_TRUE(params->tables("pulses").empty());
}

TEST(Params, KnowWhatWasNotGiven) {
  const Result<Params> params = check(minimal());
  ASSERT_TRUE(params);
  EXPECT_FALSE(params->has("label"));
  EXPECT_TRUE(params->has("order"));
}

TEST(Params, TakeEveryTypeAsGiven) {
  Table given = minimal();
  given["cutoff"] = Value(440.5);
  given["order"] = Value(12.0);
  given["is_on"] = Value(false);
  given["label"] = Value("left \u00b5phone");
  given["shape"] = Value("flat");
  given["taps"] = Value(List{Value(1.0), Value("-250 mV")});
  given["pulses"] = Value(List{Value(Table{{"at", Value("5 ms")}, {"height", Value(2.0)}}),
                               Value(Table{{"at", Value(1.0)}})});
  const Result<Params> params = check(given);
  ASSERT_TRUE(params) << to_string(params.error());
  EXPECT_EQ(params->number("cutoff"), 440.5);
  EXPECT_EQ(params->integer("order"), 12);
  EXPECT_FALSE(params->flag("is_on"));
  EXPECT_EQ(params->text("label"), "left \u00b5phone");
  EXPECT_EQ(params->text("shape"), "flat");
  EXPECT_EQ(params->numbers("taps"), (std::vector{1.0, -0.25}));
  ASSERT_EQ(params->tables("pulses").size(), 2U);
  EXPECT_EQ(params->tables("pulses")[0].number("at"), 0.005);
  EXPECT_EQ(params->tables("pulses")[0].number("height"), 2.0);
  EXPECT_EQ(params->tables("pulses")[1].number("height"), 1.0);
}

TEST(Params, TakeOneNumberForAListOfOne) {
  Table given = minimal();
  given["taps"] = Value("100 mV");
  const Result<Params> params = check(given);
  ASSERT_TRUE(params);
  EXPECT_EQ(params->numbers("taps"), (std::vector{0.1}));
}

TEST(Params, AllowBothEndsOfARange) {
  for (const double end : {1.0, 50'000.0}) EXPECT_TRUE(check({{"cutoff", Value(end)}}));
}

TEST(Params, RefuseWhatIsOutOfRangeAndSayTheRange) {
  for (const char* text : {"0.999 Hz", "50.001 kHz", "-20 kHz"}) {
    const Error error = problem_with("cutoff", Value(text));
    EXPECT_EQ(error.code, Code::kInvalid);
    EXPECT_EQ(error.where, "psd.cutoff");
    EXPECT_EQ(error.allowed, "1 Hz to 50 kHz");
  }
  EXPECT_EQ(problem_with("cutoff", Value("70 kHz")).sentence, "psd.cutoff 70 kHz is out of range");
}

TEST(Params, NameAnOpenRangeByItsOneEnd) {
  const Table pulse{{"at", Value(-1.0)}};
  EXPECT_EQ(problem_with("pulses", Value(List{Value(pulse)})).allowed, "at least 0 s");
  constexpr std::array kOpen = {ParamSpec{.name = "x", .unit = "V", .max = 2}};
  std::vector<Error> problems;
  static_cast<void>(Params::check(kOpen, {{"x", Value(3.0)}}, "", problems));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].allowed, "at most 2 V");
  EXPECT_EQ(problems[0].where, "x");
}

TEST(Params, RefuseNumbersThatAreNotFinite) {
  for (const double value :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(problem_with("cutoff", Value(value)).sentence, "psd.cutoff must be finite");
  }
  EXPECT_EQ(problem_with("cutoff", Value("nan")).sentence,
            "psd.cutoff cannot be used: 'nan' is not finite");
}

TEST(Params, RefuseAnotherUnit) {
  EXPECT_EQ(problem_with("cutoff", Value("5 s")).sentence,
            "psd.cutoff cannot be used: 's' cannot be converted to Hz");
}

TEST(Params, RefuseAFractionWhereAWholeNumberIsWanted) {
  EXPECT_EQ(problem_with("order", Value(2.5)).sentence, "psd.order 2.5 is not a whole number");
  constexpr std::array kAny = {ParamSpec{.name = "n", .type = ParamType::kInteger}};
  std::vector<Error> problems;
  // 2^53 is the last whole number that a double tells from its neighbour.
  static_cast<void>(Params::check(kAny, {{"n", Value(0x1p53)}}, "", problems));
  EXPECT_TRUE(problems.empty());
  static_cast<void>(Params::check(kAny, {{"n", Value(0x1p53 + 2)}}, "", problems));
  EXPECT_EQ(problems.size(), 1U);
}

TEST(Params, RefuseAnotherTypeAndNameBoth) {
  EXPECT_EQ(problem_with("cutoff", Value(true)).sentence,
            "psd.cutoff must be a number, not a flag");
  EXPECT_EQ(problem_with("order", Value(Table{})).sentence,
            "psd.order must be a number, not a table");
  EXPECT_EQ(problem_with("is_on", Value("true")).sentence,
            "psd.is_on must be true or false, not text");
  EXPECT_EQ(problem_with("label", Value(1.0)).sentence, "psd.label must be text, not a number");
  EXPECT_EQ(problem_with("shape", Value(List{})).sentence, "psd.shape must be text, not a list");
  EXPECT_EQ(problem_with("taps", Value(Table{})).sentence,
            "psd.taps must be a number, not a table");
  EXPECT_EQ(problem_with("pulses", Value("none")).sentence,
            "psd.pulses must be a list of tables, not text");
  EXPECT_EQ(problem_with("pulses", Value(List{Value(1.0)})).sentence,
            "psd.pulses[0] must be a table");
}

TEST(Params, RefuseAnythingButAChoiceAndListThem) {
  const Error error = problem_with("shape", Value("Hann"));
  EXPECT_EQ(error.sentence, "psd.shape 'Hann' is not one of the choices");
  EXPECT_EQ(error.allowed, "hann, flat");
}

TEST(Params, SayWhichItemOfAListIsWrong) {
  const Error error = problem_with("taps", Value(List{Value(0.0), Value(1.5)}));
  EXPECT_EQ(error.where, "psd.taps[1]");
  EXPECT_EQ(error.sentence, "psd.taps[1] 1.5 V is out of range");
}

TEST(Params, RefuseAListBeyondReason) {
  EXPECT_EQ(problem_with("taps", Value(List(65'537, Value(0.0)))).allowed, "at most 65536");
  EXPECT_EQ(problem_with("pulses", Value(List(65'537, Value(Table{})))).sentence,
            "psd.pulses has more than 65536 tables");
}

TEST(Params, RefuseAnUnknownNameAndListTheKnown) {
  const Error error = problem_with("cutof", Value(1.0));
  EXPECT_EQ(error.sentence, "psd.cutof is not a parameter here");
  EXPECT_EQ(error.where, "psd.cutof");
  EXPECT_EQ(error.allowed, "cutoff, order, is_on, label, shape, taps, pulses");
}

TEST(Params, EchoAHostileNameShortAndHarmless) {
  const Error error = problem_with(std::string(10'000, '\n'), Value(1.0));
  EXPECT_LT(error.sentence.size(), 120U);
  EXPECT_EQ(error.sentence.find('\n'), std::string::npos);
  EXPECT_EQ(error.where.find('\n'), std::string::npos);
}

TEST(Params, SayThatSomethingRequiredIsMissingAndWhatItWouldBe) {
  const std::vector<Error> problems = problems_of({});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].sentence, "psd.cutoff must be given");
  EXPECT_EQ(problems[0].allowed, "1 Hz to 50 kHz");
}

TEST(Params, DescribeEveryTypeThatIsMissing) {
  struct {
    ParamType type;
    const char* allowed;
  } const kCases[] = {{ParamType::kNumber, "a number"},
                      {ParamType::kInteger, "a number"},
                      {ParamType::kFlag, "true, false"},
                      {ParamType::kText, "text"},
                      {ParamType::kChoice, "hann, flat"},
                      {ParamType::kNumbers, "a number"},
                      {ParamType::kTables, "tables of at, height"}};
  for (const auto& [type, allowed] : kCases) {
    const ParamSpec spec{
        .name = "x", .type = type, .required = true, .choices = kShapes, .fields = kPulseFields};
    std::vector<Error> problems;
    static_cast<void>(Params::check({&spec, 1}, {}, "", problems));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].allowed, allowed);
  }
}

TEST(Params, ReportEverythingWrongAtOnce) {
  const std::vector<Error> problems =
      problems_of({{"order", Value(99.0)},
                   {"nonsense", Value(true)},
                   {"shape", Value("round")},
                   {"pulses", Value(List{Value(Table{{"height", Value("5 s")}}), Value(Table{}),
                                         Value(Table{{"at", Value(0.0)}, {"x", Value(0.0)}})})}});
  std::vector<std::string> places;
  places.reserve(problems.size());
  for (const Error& problem : problems) places.push_back(problem.where);
  EXPECT_EQ(places, (std::vector<std::string>{
                        "psd.nonsense", "psd.cutoff", "psd.order", "psd.shape", "psd.pulses[0].at",
                        "psd.pulses[0].height", "psd.pulses[1].at", "psd.pulses[2].x"}));
}

TEST(Params, ShortFormReturnsTheFirstProblem) {
  const Result<Params> params = check({});
  ASSERT_FALSE(params);
  EXPECT_EQ(params.error().where, "psd.cutoff");
}

TEST(Params, ShowTheValuesInForceAsTheyWouldBeGiven) {
  const Result<Params> params = check(minimal());
  ASSERT_TRUE(params);
  EXPECT_EQ(to_text(Value(params->values())),
            "{cutoff = 20000, is_on = true, order = 4, pulses = [], shape = hann, "
            "taps = [0.5, -0.5]}");
  const Result<Params> again = check(params->values());
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(*again, *params);
}

TEST(Params, DifferWhenAValueDiffers) {
  Table given = minimal();
  given["order"] = Value(5.0);
  EXPECT_FALSE(*check(given) == *check(minimal()));
}

TEST(ParamsDeathTest, AbortWhenAskedForWhatWasNotDeclared) {
  const Result<Params> params = check(minimal());
  ASSERT_TRUE(params);
  EXPECT_DEATH(static_cast<void>(params->number("cutof")), "check failed");
  EXPECT_DEATH(static_cast<void>(params->number("shape")), "check failed");
  EXPECT_DEATH(static_cast<void>(params->tables("cutoff")), "check failed");
}

TEST(ParamsDeathTest, AbortWhenADefaultFlagIsNeitherTrueNorFalse) {
  constexpr std::array kWrong = {
      ParamSpec{.name = "x", .type = ParamType::kFlag, .fallback = "yes"}};
  EXPECT_DEATH(static_cast<void>(Params::check(kWrong, {}, "")), "check failed");
}

}  // namespace
}  // namespace acq
