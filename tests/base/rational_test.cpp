#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "dsp/base/time.h"

namespace acq {
namespace {

TEST(Rational, IsKeptInLowestTerms) {
  EXPECT_EQ(make_rational(6, 4), (Rational{3, 2}));
  EXPECT_EQ(make_rational(0, 7), (Rational{0, 1}));
  EXPECT_EQ(make_rational(0, 0), (Rational{0, 1}));
  EXPECT_DOUBLE_EQ(make_rational(1, 3).value(), 1.0 / 3);
}

TEST(Rational, OfAWholeNumberHasDenominatorOne) {
  EXPECT_EQ(rational_from(0), (Rational{0, 1}));
  EXPECT_EQ(rational_from(1), (Rational{1, 1}));
  EXPECT_EQ(rational_from(44100), (Rational{44100, 1}));
  EXPECT_EQ(rational_from(0x1p59), (Rational{std::uint64_t{1} << 59, 1}));
  EXPECT_EQ(rational_from(1e18), (Rational{1'000'000'000'000'000'000, 1}));
}

TEST(Rational, OfADecimalFractionIsThatFraction) {
  EXPECT_EQ(rational_from(0.1), (Rational{1, 10}));
  EXPECT_EQ(rational_from(2.5), (Rational{5, 2}));
  EXPECT_EQ(rational_from(1e-6), (Rational{1, 1'000'000}));
  EXPECT_EQ(rational_from(999999.999), (Rational{999999999, 1000}));
  EXPECT_EQ(rational_from(1.0 / 3), (Rational{1, 3}));
  EXPECT_EQ(rational_from(30000.0 / 1001), (Rational{30000, 1001}));  // NTSC frames a second
  EXPECT_EQ(rational_from(1e12 + 0.1), (Rational{10'000'000'000'001, 10}));
}

// Convergents of pi: 3, 22/7, 333/106, 355/113, ... 1146408/364913, then 4272943/1360120.
TEST(Rational, OfPiIsItsLastConvergentWithADenominatorUpToAMillion) {
  EXPECT_EQ(rational_from(3.14159265358979323846), (Rational{1146408, 364913}));
}

TEST(Rational, OfLessThanAMillionthIsZero) {
  EXPECT_EQ(rational_from(9e-7), (Rational{0, 1}));
  EXPECT_EQ(rational_from(5e-324), (Rational{0, 1}));
}

RC_GTEST_PROP(RationalProperty, AnyFractionWithASmallDenominatorComesBack, ()) {
  const auto den = *rc::gen::inRange<std::uint64_t>(1, 10'000);
  const auto num = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
  const Rational exact = make_rational(num, den);
  RC_ASSERT(rational_from(exact.value()) == exact);
}

RC_GTEST_PROP(RationalProperty, TheErrorIsWithinTheStatedBound, ()) {
  const auto mantissa = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 53);
  const double value = std::ldexp(static_cast<double>(mantissa), *rc::gen::inRange(-75, 6));
  const Rational ratio = rational_from(value);
  RC_ASSERT(ratio.den >= 1 && ratio.den <= 1'000'000);
  const double error = std::abs(ratio.value() - value);
  // value() itself rounds: one unit in the last place.
  RC_ASSERT(error <= value * (1e-15 + 0x1p-52) ||
            error < 1e-6 / static_cast<double>(ratio.den) + value * 0x1p-52);
}

TEST(RationalDeathTest, RefusesWhatIsNotARate) {
  EXPECT_DEATH(static_cast<void>(rational_from(-1)), "check failed");
  EXPECT_DEATH(static_cast<void>(rational_from(kUnknown)), "check failed");
  EXPECT_DEATH(static_cast<void>(rational_from(1.1e18)), "check failed");
}

TEST(Gap, AddsSamplesReasonsAndDoubt) {
  Gap gap{10, kGapUsb, true};
  gap.add({5, kGapLate, false});
  EXPECT_EQ(gap, (Gap{15, kGapUsb | kGapLate, false}));
  gap.add({});
  EXPECT_EQ(gap, (Gap{15, kGapUsb | kGapLate, false}));
}

TEST(GapReason, HasAWordForEveryBit) {
  EXPECT_STREQ(gap_reason_name(0), "device");
  EXPECT_STREQ(gap_reason_name(2), "ring_full");  // kGapRingFull = 1 << 2
  EXPECT_STREQ(gap_reason_name(7), "unknown");    // kGapUnknown = 1 << 7
  EXPECT_STREQ(gap_reason_name(kGapReasonCount - 1), "paused");
}

TEST(GapReasonDeathTest, HasNoWordBeyondTheLast) {
  EXPECT_DEATH(gap_reason_name(kGapReasonCount), "check failed");
}

}  // namespace
}  // namespace acq
