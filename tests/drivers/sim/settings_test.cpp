#include "drivers/sim/settings.h"

#include <gtest/gtest.h>

#include "drivers/sim/parameters.h"

namespace acq::sim {
namespace {

Result<Settings> read(const Table& given) {
  Result<Params> params = Params::check(parameters(), given, "");
  if (!params) return tl::unexpected<Error>(params.error());
  return settings_from(*params);
}

std::string text(const char* s) {
  return s;
}

TEST(SimSettings, DefaultsAreFourDifferentChannelsAtOneMegasample) {
  const Result<Settings> settings = read({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->rate_hz, (Rational{1'000'000, 1}));
  ASSERT_EQ(settings->channels.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i)
    EXPECT_NE(settings->channels[i].wave.shape, settings->channels[0].wave.shape);
  EXPECT_TRUE(settings->faults.empty());
}

TEST(SimSettings, FewerSignalsThanChannelsAreRepeated) {
  const Result<Settings> settings =
      read({{"channels", 5.0},
            {"signal", List{Table{{"kind", text("sine")}, {"amplitude", text("20 mV")}},
                            Table{{"kind", text("counter")}}}}});
  ASSERT_TRUE(settings);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(settings->channels[i].wave.shape, i % 2 == 0 ? Shape::kSine : Shape::kCounter);
  }
  EXPECT_EQ(settings->channels[0].wave.amplitude, 0.02);
}

TEST(SimSettings, DescribesTheConverterExactly) {
  const Result<Settings> settings =
      read({{"dtype", text("u16")},
            {"bits", 12.0},
            {"range", text("2 V")},
            {"channels", 2.0},
            {"signal", List{Table{}, Table{{"kind", text("counter")}}}}});
  ASSERT_TRUE(settings);
  const StreamInfo info = stream_info(*settings);
  EXPECT_EQ(info.dtype, Dtype::kU16);
  EXPECT_EQ(info.flags, kFlagSimulated);
  EXPECT_EQ(info.channels[0].scale, 4.0 / 4096);
  EXPECT_EQ(info.channels[0].offset, -2);
  EXPECT_EQ(info.channels[0].significant_bits, 12);
  EXPECT_EQ(info.channels[1].scale, 1);
  EXPECT_EQ(info.channels[1].unit, "1");
}

TEST(SimSettings, RefusesWhatDoesNotFitWithTheFieldPath) {
  const Table many{{"channels", 1.0}, {"signal", List{Table{}, Table{}}}};
  const auto fault = [](Table row) {
    return Table{{"faults", List{Table{{"kind", text("error")}}, std::move(row)}}};
  };
  const std::pair<Table, const char*> cases[] = {
      {many, "signal"},
      {{{"dtype", text("i8")}, {"bits", 9.0}}, "bits"},
      {{{"dtype", text("f32")}, {"bits", 8.0}}, "bits"},
      {{{"signal", List{Table{{"kind", text("table")}}}}}, "signal[0].numbers"},
      {{{"signal", List{Table{}, Table{{"kind", text("polynomial")}}}}}, "signal[1].numbers"},
      {fault({{"kind", text("stall")}}), "faults[1].duration"},
      {fault({{"kind", text("unplug")}}), "faults[1].duration"},
      {fault({{"kind", text("clock_drift")}}), "faults[1].value"},
      {fault({{"kind", text("wrong_rate")}, {"value", 0.0}}), "faults[1].value"},
      {fault({{"kind", text("clock_jump")}}), "faults[1].jump"},
      {{{"truth_file", text("/etc/passwd")}}, "truth_file"},
  };
  for (const auto& [given, path] : cases) {
    const Result<Settings> settings = read(given);
    ASSERT_FALSE(settings) << path;
    EXPECT_EQ(settings.error().code, Code::kInvalid);
    EXPECT_EQ(settings.error().where, path);
    EXPECT_FALSE(settings.error().allowed.empty());
  }
}

}  // namespace
}  // namespace acq::sim
