#include "dsp/base/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace acq {
namespace {

struct Reading {
  const char* text;
  const char* unit;
  double value;
};

void PrintTo(const Reading& reading, std::ostream* out) {
  *out << reading.text << " in " << reading.unit;
}

class Quantity : public testing::TestWithParam<Reading> {};

TEST_P(Quantity, IsReadAsTheNearestDouble) {
  const Result<double> value = parse_quantity(GetParam().text, GetParam().unit);
  ASSERT_TRUE(value) << to_string(value.error());
  EXPECT_EQ(*value, GetParam().value);
}

// SI brochure, 9th edition, table 7.
INSTANTIATE_TEST_SUITE_P(SiPrefixes, Quantity,
                         testing::Values(Reading{"2 YHz", "Hz", 2e24}, Reading{"2 ZHz", "Hz", 2e21},
                                         Reading{"2 EHz", "Hz", 2e18}, Reading{"2 PHz", "Hz", 2e15},
                                         Reading{"2 THz", "Hz", 2e12}, Reading{"2 GHz", "Hz", 2e9},
                                         Reading{"2 MHz", "Hz", 2e6}, Reading{"2 kHz", "Hz", 2e3},
                                         Reading{"2 hPa", "Pa", 2e2}, Reading{"2 dam", "m", 2e1},
                                         Reading{"2 dm", "m", 2e-1}, Reading{"2 cm", "m", 2e-2},
                                         Reading{"2 mm", "m", 2e-3}, Reading{"2 um", "m", 2e-6},
                                         Reading{"2 \u00b5m", "m", 2e-6},
                                         Reading{"2 \u03bcm", "m", 2e-6},
                                         Reading{"2 nm", "m", 2e-9}, Reading{"2 pm", "m", 2e-12},
                                         Reading{"2 fm", "m", 2e-15}, Reading{"2 am", "m", 2e-18}));

// IEC 80000-13, table of binary prefixes.
INSTANTIATE_TEST_SUITE_P(
    Bytes, Quantity,
    testing::Values(Reading{"3 KiB", "B", 3072}, Reading{"3 MiB", "B", 3145728},
                    Reading{"3 GiB", "B", 3221225472}, Reading{"3 TiB", "B", 3298534883328},
                    Reading{"16 kB", "B", 16000}, Reading{"8 bit", "B", 1},
                    Reading{"8 Mbit", "B", 1e6}, Reading{"8 Kibit", "B", 1024}));

INSTANTIATE_TEST_SUITE_P(
    Aliases, Quantity,
    testing::Values(Reading{"1.5 min", "s", 90}, Reading{"2 h", "s", 7200},
                    Reading{"1 d", "s", 86400}, Reading{"5 %", "1", 0.05},
                    Reading{"-5 %", "", -0.05}, Reading{"3 ppm", "1", 3e-6},
                    Reading{"6000 rpm", "Hz", 100}, Reading{"1 MS/s", "Hz", 1e6},
                    Reading{"2 kSa/s", "Hz", 2000}, Reading{"4.7 kohm", "Ohm", 4700},
                    Reading{"4.7 k\u03a9", "Ohm", 4700}, Reading{"4.7 M\u2126", "Ohm", 4.7e6},
                    Reading{"1 rad", "deg", 57.29577951308232},  // 180 / pi
                    Reading{"1 sample", "samples", 1}, Reading{"50 ppm", "%", 0.005},
                    Reading{"1 B", "bit", 8}));

INSTANTIATE_TEST_SUITE_P(
    Spellings, Quantity,
    testing::Values(Reading{"20kHz", "Hz", 20000}, Reading{"\t 20 kHz ", "Hz", 20000},
                    Reading{"+20 kHz", "Hz", 20000}, Reading{"-1.5 mV", "V", -0.0015},
                    Reading{".5 V", "V", 0.5}, Reading{"5. V", "V", 5}, Reading{"1e3 mV", "V", 1},
                    Reading{"1E+3 mV", "V", 1}, Reading{"2e-3 kHz", "Hz", 2}, Reading{"7", "Hz", 7},
                    Reading{"5 m", "m", 5}, Reading{"5 Es", "s", 5e18},
                    Reading{"5 counts", "counts", 5}, Reading{"0e999999999999 mV", "V", 0}));

// Correctly rounded where multiplication by the factor is not: 0.3 * 1e-6 is 3e-07's upper
// neighbour, 4.35 * 100 is 434.99999999999994.
INSTANTIATE_TEST_SUITE_P(Rounding, Quantity,
                         testing::Values(Reading{"5 ms", "s", 0.005}, Reading{"0.3 us", "s", 3e-7},
                                         Reading{"4.35 hPa", "Pa", 435},
                                         Reading{"1.1 GHz", "Hz", 1100000000},
                                         Reading{"0.1 as", "s", 1e-19},
                                         Reading{"1e-320 kV", "V", 1e-317},
                                         Reading{"1e308 %", "1", 1e306}));

struct Refusal {
  const char* text;
  const char* unit;
  const char* sentence;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.text << " in " << refusal.unit;
}

class WrongQuantity : public testing::TestWithParam<Refusal> {};

TEST_P(WrongQuantity, IsRefusedWithASentenceThatSaysWhy) {
  const Result<double> value = parse_quantity(GetParam().text, GetParam().unit);
  ASSERT_FALSE(value) << *value;
  EXPECT_EQ(value.error().code, Code::kInvalid);
  EXPECT_EQ(value.error().sentence, GetParam().sentence);
}

INSTANTIATE_TEST_SUITE_P(
    NotANumber, WrongQuantity,
    testing::Values(
        Refusal{"", "Hz", "'' does not start with a number"},
        Refusal{"  ", "Hz", "'  ' does not start with a number"},
        Refusal{"kHz", "Hz", "'kHz' does not start with a number"},
        Refusal{"+-5 V", "V", "'+-5 V' does not start with a number"},
        Refusal{"++5 V", "V", "'++5 V' does not start with a number"},
        Refusal{"--5 V", "V", "'--5 V' does not start with a number"},
        Refusal{"nan", "V", "'nan' is not finite"},
        Refusal{"-inf V", "V", "'-inf V' is not finite"},
        Refusal{"1e400", "V", "'1e400' is out of the range of a number"},
        Refusal{"1e-400", "V", "'1e-400' is out of the range of a number"},
        Refusal{"1e308 kV", "V", "'1e308' is out of the range of a number"},
        Refusal{"1e-320 aV", "V", "'1e-320' is out of the range of a number"},
        Refusal{"1e308 KiB", "B", "'1e308' is out of the range of a number in this unit"},
        Refusal{"5e-324 %", "1", "'5e-324' is out of the range of a number in this unit"}));

INSTANTIATE_TEST_SUITE_P(
    WrongUnit, WrongQuantity,
    testing::Values(Refusal{"0x10", "Hz", "'x10' is not a known unit"},
                    Refusal{"1,5 V", "V", "',5 V' is not a known unit"},
                    Refusal{"1_000 V", "V", "'_000 V' is not a known unit"},
                    Refusal{"5 V V", "V", "'V V' is not a known unit"},
                    Refusal{"5 khz", "Hz", "'khz' is not a known unit"},
                    Refusal{"5 k", "Hz", "'k' is not a known unit"},
                    Refusal{"5 s", "V", "'s' cannot be converted to V"},
                    Refusal{"5 m", "s", "'m' cannot be converted to s"},
                    Refusal{"5 m", "V", "'m' cannot be converted to V"},
                    Refusal{"5 min", "m", "'min' cannot be converted to m"},
                    Refusal{"5 %", "V", "'%' cannot be converted to V"},
                    Refusal{"5 V", "1", "'V' is a unit where a bare number is expected"},
                    Refusal{"5 m", "", "'m' is a unit where a bare number is expected"},
                    Refusal{"5 1", "1", "'1' is not a known unit"},
                    Refusal{"5 m1", "1", "'m1' is not a known unit"}));

// A prefix is refused where it would only be a mistake: decibels are not tenths of a byte.
INSTANTIATE_TEST_SUITE_P(WrongPrefix, WrongQuantity,
                         testing::Values(Refusal{"5 dB", "B", "'dB' cannot be converted to B"},
                                         Refusal{"5 mB", "B", "'mB' is not a known unit"},
                                         Refusal{"5 kmin", "s", "'kmin' is not a known unit"},
                                         Refusal{"5 m%", "1", "'m%' is not a known unit"},
                                         Refusal{"5 mdB", "dB", "'mdB' is not a known unit"},
                                         Refusal{"5 KiHz", "Hz", "'KiHz' is not a known unit"},
                                         Refusal{"5 kcounts", "counts",
                                                 "'kcounts' is not a known unit"}));

TEST(ParseQuantity, SaysWhatWouldBeAllowed) {
  EXPECT_EQ(parse_quantity("5 s", "V").error().allowed, "a quantity in V");
  EXPECT_EQ(parse_quantity("5 s", "").error().allowed, "a number");
}

TEST(ParseQuantity, EchoesHostileTextShortAndHarmless) {
  const std::string hostile = "5 " + std::string(10'000, '\x1b');
  EXPECT_LT(parse_quantity(hostile, "V").error().sentence.size(), 120U);
  EXPECT_EQ(parse_quantity("5 \xff\n", "V").error().sentence, "'?\?' is not a known unit");
}

struct Showing {
  double value;
  const char* unit;
  const char* text;
};

TEST(FormatQuantity, PicksThePrefixThatLeavesOneToThreeDigitsBeforeThePoint) {
  const Showing kShowings[] = {
      {20000, "Hz", "20 kHz"},
      {999, "Hz", "999 Hz"},
      {1000, "Hz", "1 kHz"},
      {1.5e9, "Hz", "1.5 GHz"},
      {0.1, "s", "100 ms"},
      {0.005, "s", "5 ms"},
      {-0.0015, "V", "-1.5 mV"},
      {2.5e-6, "V", "2.5 uV"},
      {1e-12, "F", "1 pF"},
      {9.99e14, "Hz", "999 THz"},
      {16384, "B", "16.384 kB"},
      {0.5, "B", "0.5 B"},
      {123456.789, "s", "123.456789 ks"},
  };
  for (const Showing& showing : kShowings) {
    EXPECT_EQ(format_quantity(showing.value, showing.unit), showing.text);
  }
}

TEST(FormatQuantity, ShowsThePlainNumberWhereNoPrefixFits) {
  const Showing kShowings[] = {
      {0, "V", "0 V"},          {-0.0, "V", "-0 V"},
      {1e17, "Hz", "1e+17 Hz"}, {1e-13, "F", "1e-13 F"},
      {5000, "dB", "5000 dB"},  {0.05, "", "0.05"},
      {0.05, "1", "0.05"},      {5000, "counts", "5000 counts"},
  };
  for (const Showing& showing : kShowings) {
    EXPECT_EQ(format_quantity(showing.value, showing.unit), showing.text);
  }
}

TEST(FormatQuantity, ShowsWhatIsNotFiniteToo) {
  EXPECT_EQ(format_quantity(std::numeric_limits<double>::infinity(), "V"), "inf V");
  EXPECT_EQ(format_quantity(std::numeric_limits<double>::quiet_NaN(), "V"), "nan V");
}

}  // namespace
}  // namespace acq
