#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

TEST(Calibrate, GainAndOffsetApplyToEveryChannelAndGiveTheUnit) {
  const Signal in = waveform({{0, 1, -2}, {4, 5, 6}});
  const Signal out =
      run("calibrate", {{"gain", 3.0}, {"offset", -1.0}, {"unit", "bar"}, {"quantity", "pressure"}},
          in);
  EXPECT_EQ(joined(out, 0), (std::vector<float>{-1, 2, -7}));
  EXPECT_EQ(joined(out, 1), (std::vector<float>{11, 14, 17}));
  EXPECT_EQ(out.info.channels[1].unit, "bar");
  EXPECT_EQ(out.info.channels[1].quantity, "pressure");
  EXPECT_TRUE(out.info.flags & kFlagCalibrated);
  EXPECT_TRUE(out.pieces[0].flags & kFlagCalibrated);
}

TEST(Calibrate, TakesItsOffsetInTheNewUnit) {
  const Signal in = waveform({{0, 1, -2}});
  const Table params{{"gain", 3.0}, {"offset", "-100 kPa"}, {"unit", "Pa"}};
  EXPECT_EQ(joined(run("calibrate", params, in)), (std::vector<float>{-1e5F, -99997.F, -100006.F}));
  EXPECT_EQ(refusal("calibrate", {{"offset", "1 Pa"}}, in.info).allowed, "a quantity in V");
  const List rows{Table{{"id", "ch1"}, {"offset", "1 A"}}};
  EXPECT_EQ(refusal("calibrate", {{"channels", rows}}, in.info).where, "channels[0].offset");
  EXPECT_EQ(refusal("calibrate", {{"offset", "1e30 kV"}}, in.info).where, "offset");
}

TEST(Calibrate, WithoutParametersChangesNothingButTheMark) {
  const Signal in = waveform({{0.1F, std::nextafter(1.0F, 2.0F)}});
  const Signal out = run("calibrate", {}, in);
  EXPECT_EQ(joined(out), joined(in));
  EXPECT_EQ(out.info.channels[0].unit, "V");
}

TEST(Calibrate, PolynomialIsComputedInFloat64) {
  // (x - 1)^3 near 1 cancels: float32 arithmetic would be wrong in the first digit.
  const float x = 1.001F;
  const Signal out =
      run("calibrate", {{"coefficients", List{-1.0, 3.0, -3.0, 1.0}}}, waveform({{x, 2, -1}}));
  const double d = static_cast<double>(x) - 1;
  EXPECT_NEAR(joined(out)[0], d * d * d, 1e-15);  // float64 rounding of terms of size 3
  EXPECT_EQ(joined(out)[1], 1.0F);
  EXPECT_EQ(joined(out)[2], -8.0F);
}

TEST(Calibrate, ARowReplacesTheCalibrationOfItsChannelOnly) {
  const Table row{{"id", "ch2"}, {"coefficients", List{0.0, 0.0, 2.0}}, {"unit", "W"}};
  const Signal out =
      run("calibrate", {{"gain", 10.0}, {"channels", List{row}}}, waveform({{3}, {3}, {3}}));
  EXPECT_EQ(joined(out, 0)[0], 30.0F);
  EXPECT_EQ(joined(out, 1)[0], 18.0F);
  EXPECT_EQ(joined(out, 2)[0], 30.0F);
  EXPECT_EQ(out.info.channels[0].unit, "V");
  EXPECT_EQ(out.info.channels[1].unit, "W");
}

TEST(Calibrate, MapsTheRangeAndTheTriggerMarks) {
  Signal in = waveform({{0, 0}});
  in.info.channels[0].range_min = -2;
  in.info.channels[0].range_max = 3;
  in.pieces[0].triggers = {{.position = 0.5, .channel = 0, .is_rising = true, .level = 1}};
  const Signal out = run("calibrate", {{"gain", -2.0}, {"offset", 1.0}}, in);
  EXPECT_EQ(out.info.channels[0].range_min, -5);
  EXPECT_EQ(out.info.channels[0].range_max, 5);
  ASSERT_EQ(out.pieces[0].triggers.size(), 1U);
  EXPECT_EQ(out.pieces[0].triggers[0].level, -1);
  EXPECT_FALSE(out.pieces[0].triggers[0].is_rising);  // the curve falls
  EXPECT_EQ(out.pieces[0].triggers[0].position, 0.5);
}

// The hashes are those of an FNV-1a in Python over struct.pack("<2d", ...).
TEST(Calibrate, TellsTheCertificateOfEachChannelAndAHashOfItsCoefficients) {
  const Table row{{"id", "ch2"}, {"coefficients", List{0.0, 0.0, 2.0}}, {"certificate", "K-18"}};
  const Signal out = run("calibrate",
                         {{"gain", 2.5},
                          {"offset", -1.0},
                          {"certificate", "K-17"},
                          {"date", "2025-02-28"},
                          {"due", "2026-02-28"},
                          {"channels", List{row}}},
                         waveform({{1}, {1}}));
  EXPECT_EQ(out.info.channels[0].calibration,
            (Calibration{"K-17", "2025-02-28", "2026-02-28", 0xe44ae3b469e4079c}));
  EXPECT_EQ(out.info.channels[1].calibration, (Calibration{"K-18", "", "", 0x81d1ffd7003bb645}));
  EXPECT_EQ(run("calibrate", {}, waveform({{1}})).info.channels[0].calibration.id, "");
  EXPECT_NE(run("calibrate", {}, waveform({{1}})).info.channels[0].calibration.hash, 0U);
}

TEST(Calibrate, BehindAnotherTellsBothCertificatesInTheirOrderAndHashesBoth) {
  const Signal first =
      run("calibrate", {{"gain", 2.5}, {"offset", -1.0}, {"certificate", "K-17"}}, waveform({{1}}));
  const Signal kept = run("calibrate", {{"gain", 10.0}}, first);
  EXPECT_EQ(kept.info.channels[0].calibration, (Calibration{"K-17", "", "", 0x91187ce177003018}));
  const Signal both = run("calibrate", {{"gain", 10.0}, {"certificate", "K-20"}}, first);
  EXPECT_EQ(both.info.channels[0].calibration,
            (Calibration{"K-17; K-20", "", "", 0x91187ce177003018}));
  const Signal same = run("calibrate", {{"gain", 10.0}, {"certificate", "K-17"}}, first);
  EXPECT_EQ(same.info.channels[0].calibration.id, "K-17");
}

TEST(Calibrate, AChainIsAsNewAsItsNewestLinkAndGoodAsLongAsEach) {
  struct Days {
    const char* date;
    const char* due;
  };
  const auto chain = [](Days first, Days second) {
    Signal signal = waveform({{1}});
    for (const Days& days : {first, second}) {
      Table params{{"certificate", "K"}};
      if (*days.date != 0) params.emplace("date", days.date);
      if (*days.due != 0) params.emplace("due", days.due);
      signal = run("calibrate", params, signal);
    }
    const Calibration& found = signal.info.channels[0].calibration;
    return found.date + "/" + found.due;
  };
  const Days early{"2025-01-31", "2026-01-31"};
  const Days late{"2025-02-01", "2026-02-01"};
  EXPECT_EQ(chain(early, late), "2025-02-01/2026-01-31");
  EXPECT_EQ(chain(late, early), "2025-02-01/2026-01-31");
  EXPECT_EQ(chain(early, {"", ""}), "2025-01-31/2026-01-31");
  EXPECT_EQ(chain({"", ""}, early), "2025-01-31/2026-01-31");
  EXPECT_EQ(chain({"2025-03-01", ""}, {"", "2026-01-01"}), "2025-03-01/2026-01-01");
}

TEST(Calibrate, RefusesDatesThatTheCalendarHasNot) {
  const SignalInfo in = waveform({{0}}).info;
  for (const char* date : {"2026-02-29", "2026-13-01", "2026-1-01", "26-01-01", "2026/01/01",
                           "2026-01-+1", "-026-01-01", "2026-01-00", "2026-01-01 ", "soon"}) {
    const Error error = refusal("calibrate", {{"due", date}}, in);
    EXPECT_EQ(error.code, Code::kInvalid) << date;
    EXPECT_EQ(error.where, "due") << date;
    EXPECT_EQ(error.allowed, "YYYY-MM-DD, as in 2026-03-31") << date;
  }
  EXPECT_EQ(refusal("calibrate", {{"date", "2024-02-29"}}, in).code, Code::kOk);
  const Table row{{"id", "ch1"}, {"date", "2026-03-01"}, {"due", "2026-02-28"}};
  const Error error = refusal("calibrate", {{"channels", List{row}}}, in);
  EXPECT_EQ(error.where, "channels[0].due");
  EXPECT_EQ(error.allowed, "a day from 2026-03-01 on");
}

TEST(Calibrate, RefusesContradictionsAndNamesTheField) {
  const SignalInfo in = waveform({{0}, {0}}).info;
  Error error = refusal("calibrate", {{"gain", 1.0}, {"coefficients", List{0.0, 1.0}}}, in);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, "gain");
  error = refusal("calibrate", {{"coefficients", List{1.0}}}, in);
  EXPECT_EQ(error.where, "coefficients");
  EXPECT_EQ(error.allowed, "2 to 16 numbers");
  error = refusal("calibrate", {{"channels", List{Table{{"id", "ch7"}}}}}, in);
  EXPECT_EQ(error.where, "channels[0].id");
  EXPECT_EQ(error.allowed, "ch1, ch2");
  error =
      refusal("calibrate", {{"channels", List{Table{{"id", "ch1"}}, Table{{"id", "ch1"}}}}}, in);
  EXPECT_EQ(error.where, "channels[1].id");
  SignalInfo spectrum = in;
  spectrum.kind = Kind::kSpectrum;
  EXPECT_EQ(refusal("calibrate", {}, spectrum).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
