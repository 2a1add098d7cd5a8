#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

TEST(InverseFft, ABinIsASineOfItsFrequency) {
  constexpr std::size_t kBins = 9;  // of 16 values
  std::vector<float> re(kBins), im(kBins);
  re[0] = 16 * 0.5F;  // 0.5
  re[2] = 8;          // cos
  im[3] = -16;        // 2 sin
  re[8] = 16;         // (-1)^n
  im[0] = im[8] = 7;  // mean nothing
  const Signal out = run("inverse_fft", {}, records(Kind::kSpectrum, {{re, im}}, 1000));
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_EQ(out.info.axis.unit, "s");
  EXPECT_EQ(out.info.axis.start, 0);
  ASSERT_EQ(out.info.channels.size(), 1U);
  const std::vector<float>& x = out.pieces[0].samples[0];
  ASSERT_EQ(x.size(), 16U);
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(n) / 16;
    const double expected =
        0.5 + std::cos(2 * turn) + 2 * std::sin(3 * turn) + (n % 2 == 0 ? 1 : -1);
    EXPECT_NEAR(x[n], expected, 1e-6) << n;
  }
}

TEST(InverseFft, WhatFftTookApartComesBackWhateverTheLength) {
  for (const std::size_t length : {2U, 3U, 16U, 33U, 100U, 101U}) {
    const Signal in = records(Kind::kRecord, {{noise(length, 1), noise(length, 2)}}, 500);
    const Signal spectrum = run("fft", {{"output", "complex"}, {"window", "boxcar"}}, in);
    EXPECT_EQ(spectrum.info.channels.size(), 4U);
    EXPECT_EQ(spectrum.info.channels[1].id, "ch2.re");
    EXPECT_EQ(spectrum.info.channels[3].id, "ch2.im");
    const Signal back =
        run("inverse_fft", {{"length", length % 2 == 0 ? "even" : "odd"}}, spectrum);
    EXPECT_EQ(back.info.channels[1].id, "ch2");
    EXPECT_NEAR(back.info.axis.step, in.info.axis.step, 1e-15);
    for (std::size_t c = 0; c < 2; ++c) {
      ASSERT_EQ(back.pieces[0].samples[c].size(), length);
      for (std::size_t i = 0; i < length; ++i) {
        EXPECT_NEAR(back.pieces[0].samples[c][i], in.pieces[0].samples[c][i], 2e-6);
      }
    }
  }
}

TEST(InverseFft, OverRangesReachTheSignalTheyBelongTo) {
  Signal in = records(Kind::kSpectrum, {{{1, 0}, {1, 0}, {1, 0}, {1, 0}}});
  in.pieces[0].overrange_low = 0b1000;   // imaginary part of the second signal
  in.pieces[0].overrange_high = 0b0001;  // real part of the first
  const Signal out = run("inverse_fft", {}, in);
  EXPECT_EQ(out.pieces[0].overrange_low, 0b10U);
  EXPECT_EQ(out.pieces[0].overrange_high, 0b01U);
}

TEST(InverseFft, RefusesWhatIsNoComplexSpectrum) {
  const SignalInfo in = records(Kind::kSpectrum, {{{1, 2, 3}, {0, 0, 0}}}).info;
  EXPECT_EQ(refusal("inverse_fft", {{"length", "5"}}, in).allowed, "even, odd");
  EXPECT_EQ(refusal("inverse_fft", {}, records(Kind::kSpectrum, {{{1, 2}}}).info).allowed,
            "an even number of channels");
  EXPECT_EQ(refusal("inverse_fft", {}, records(Kind::kRecord, {{{1}, {2}}}).info).code,
            Code::kInvalid);
  SignalInfo mixed = in;
  mixed.channels[1].unit = "A";
  EXPECT_EQ(refusal("inverse_fft", {}, mixed).allowed, "real and imaginary parts in one unit");
  SignalInfo listed = in;
  listed.axis.rule = AxisRule::kList;
  EXPECT_EQ(refusal("inverse_fft", {}, listed).allowed, "a linear axis");
}

TEST(Fft, RefusesComplexSpectraOfMoreChannelsThanThereIsRoomFor) {
  const SignalInfo in =
      records(Kind::kRecord, {std::vector<std::vector<float>>(33, {0, 1, 0, 1})}).info;
  EXPECT_EQ(refusal("fft", {{"output", "complex"}}, in).where, "output");
}

}  // namespace
}  // namespace acq::test
