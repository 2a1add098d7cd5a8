#include "drivers/fx2lafw/rates.h"

#include <gtest/gtest.h>

#include <utility>

namespace acq::fx2lafw {
namespace {

TEST(Fx2LafwRates, EveryRateOfSigroksListHasItsClockAndDivider) {
  // libsigrok 0.5.2: 48 MHz where it divides evenly and far enough, else 30 MHz.
  const std::pair<double, Rate> list[] = {
      {20e3, {false, 1500}}, {25e3, {false, 1200}}, {50e3, {true, 960}}, {100e3, {true, 480}},
      {200e3, {true, 240}},  {250e3, {true, 192}},  {500e3, {true, 96}}, {1e6, {true, 48}},
      {2e6, {true, 24}},     {3e6, {true, 16}},     {4e6, {true, 12}},   {6e6, {true, 8}},
      {8e6, {true, 6}},      {12e6, {true, 4}},     {16e6, {true, 3}},   {24e6, {true, 2}}};
  for (const auto& [rate_hz, expected] : list) {
    const auto found = find_rate(rate_hz, 8);
    ASSERT_TRUE(found) << rate_hz;
    EXPECT_EQ(found->is_48_mhz, expected.is_48_mhz) << rate_hz;
    EXPECT_EQ(found->divider, expected.divider) << rate_hz;
    EXPECT_EQ(found->value(), make_rational(static_cast<std::uint64_t>(rate_hz), 1));
  }
}

TEST(Fx2LafwRates, EveryOtherDividerIsARateToo) {
  for (const bool is_48 : {true, false}) {
    for (std::uint16_t divider = 2; divider <= 1537; ++divider) {
      const Rate rate{is_48, divider};
      const auto found = find_rate(rate.value().value(), 8);
      ASSERT_TRUE(found) << divider;
      EXPECT_EQ(found->value(), rate.value());
    }
  }
}

TEST(Fx2LafwRates, AnImpossibleOneIsRefusedWithTheNearest) {
  const auto refused = [](double rate_hz, int channels) {
    const auto found = find_rate(rate_hz, channels);
    EXPECT_FALSE(found) << rate_hz;
    return found ? std::string() : found.error().where + ": " + found.error().allowed;
  };
  EXPECT_EQ(refused(7.2e6, 8).substr(0, 45), "rate: the nearest is 7.5 MHz (30 MHz / 4); th");
  EXPECT_NE(refused(48e6, 8).find("the nearest is 24 MHz (48 MHz / 2)"), std::string::npos);
  EXPECT_NE(refused(48e6, 8).find("up to 24 MHz"), std::string::npos);
  EXPECT_NE(refused(24e6, 16).find("the nearest is 12 MHz (48 MHz / 4)"), std::string::npos);
  EXPECT_NE(refused(1e3, 8).find("(30 MHz / 1537)"), std::string::npos);
}

}  // namespace
}  // namespace acq::fx2lafw
