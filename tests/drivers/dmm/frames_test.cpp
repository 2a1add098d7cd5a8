// Every meter of the table: what it sends is read as what it shows, whole, in pieces and damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "drivers/dmm/meters.h"
#include "tests/support/emulators/meter_frames.h"

namespace acq::dmm {
namespace {

using test::Shown;

class EveryMeter : public testing::TestWithParam<const Meter*> {
 protected:
  [[nodiscard]] const Meter& meter() const { return *GetParam(); }
  // All readings in some bytes, given in pieces of 1 to 9.
  std::vector<Reading> read(const std::string& wire) {
    std::vector<Reading> readings;
    for (std::size_t done = 0; done < wire.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random_() % 9, wire.size() - done);
      done += scanner_.put(std::as_bytes(std::span(wire).subspan(done, size)));
      while (const auto reading = scanner_.next()) readings.push_back(*reading);
    }
    discarded_ += scanner_.take_discarded();
    return readings;
  }
  // One bit of one byte turned.
  void damage(std::string& wire) {
    wire[random_() % wire.size()] ^= static_cast<char>(1 << random_() % 8);
  }
  [[nodiscard]] std::string wire_of(const Shown& shown) const {
    return test::on_the_wire(shown.frame, meter().framing);
  }
  [[nodiscard]] const Shown& any() { return all_[random_() % all_.size()]; }

  const std::vector<Shown> all_ = test::everything_it_shows(*GetParam());
  Scanner scanner_{GetParam()->find, GetParam()->variant, GetParam()->framing};
  std::uint64_t discarded_ = 0;
  const std::uint32_t seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
};

TEST_P(EveryMeter, IsReadAsWhatItShows) {
  ASSERT_GE(all_.size(), 20U);
  for (const Shown& shown : all_) {
    const std::vector<Reading> readings = read(wire_of(shown));
    ASSERT_EQ(readings.size(), 1U) << testing::PrintToString(shown.frame);
    EXPECT_EQ(readings[0].function, shown.means.function) << testing::PrintToString(shown.frame);
    EXPECT_EQ(readings[0].digits, shown.means.digits) << testing::PrintToString(shown.frame);
    EXPECT_EQ(readings[0].exponent, shown.means.exponent) << testing::PrintToString(shown.frame);
    EXPECT_EQ(readings[0].marks, shown.means.marks) << testing::PrintToString(shown.frame);
    EXPECT_EQ(readings[0].over, shown.means.over) << testing::PrintToString(shown.frame);
  }
  EXPECT_EQ(discarded_, 0U);
}

TEST_P(EveryMeter, IsFoundAgainBehindGarbageOfEveryLength) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  for (std::size_t length = 1; length <= 60; ++length) {
    // Bytes that no protocol sends with a right eighth bit or high half.
    const std::string garbage(length, '\x00');
    const Shown& shown = any();
    discarded_ = 0;
    std::vector<Reading> readings = read(garbage + wire_of(shown));
    ASSERT_EQ(readings.size(), 1U) << length;
    EXPECT_EQ(readings[0], shown.means);
    EXPECT_EQ(discarded_, length);
  }
}

// A frame that was cut off costs itself and nobody else.
TEST_P(EveryMeter, IsFoundAgainBehindACutFrame) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  for (int tries = 0; tries < 500; ++tries) {
    const std::string whole = wire_of(any());
    const std::size_t kept = 1 + random_() % (whole.size() - 1);
    const bool is_head = random_() % 2 == 0;
    const std::string part = is_head ? whole.substr(0, kept) : whole.substr(whole.size() - kept);
    // The length a frame declares may be found wrong only in the frame after the next.
    const Shown &next = any(), &last = any();
    discarded_ = 0;
    const std::vector<Reading> readings = read(part + wire_of(next) + wire_of(last));
    ASSERT_EQ(readings.size(), 2U) << testing::PrintToString(part);
    EXPECT_EQ(readings[0], next.means);
    EXPECT_EQ(readings[1], last.means);
    EXPECT_EQ(discarded_, kept);
  }
}

// Whether one wrong bit anywhere in a frame can be seen: by parity, or by a check sum.
bool has_check(const Meter& meter) {
  return meter.framing == Framing::k7o1 || meter.framing == Framing::k7e1 ||
         meter.find == find_bm85x;
}

TEST_P(EveryMeter, GivesNoWrongReadingForDamagedFramesWhereItsProtocolHasACheck) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  std::size_t sent = 0, accepted = 0;
  for (int tries = 0; tries < 5000; ++tries) {
    std::string wire = wire_of(any());
    damage(wire);
    sent += wire.size();
    const std::vector<Reading> readings = read(wire);
    accepted += readings.size();
    if (has_check(meter())) {
      ASSERT_TRUE(readings.empty()) << testing::PrintToString(wire);
    }
  }
  // Whatever is accepted is a whole frame, and every byte is accounted for; up to one frame may
  // still be waited for.
  const std::size_t frame = any().frame.size();
  if (meter().find != find_bm85x) {
    EXPECT_LE(accepted * frame + discarded_, sent);
    EXPECT_GE(accepted * frame + discarded_ + 2 * kLongestFrame, sent);
  }
}

// Without a check, what can be seen is seen: the place of each byte, its fixed half, signs that are
// none, and symbols that do not go together.
TEST_P(EveryMeter, RefusesMostDamagedFramesWithoutACheckToo) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  if (has_check(meter())) return;
  constexpr int kTries = 5000;
  int wrong = 0;
  for (int tries = 0; tries < kTries; ++tries) {
    const Shown& shown = any();
    std::string wire = wire_of(shown);
    damage(wire);
    scanner_.clear();
    for (const Reading& reading : read(wire)) wrong += reading != shown.means;
  }
  EXPECT_LT(wrong, kTries / 2);
}

TEST_P(EveryMeter, SurvivesRandomBytes) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  std::string noise(200'000, '\0');
  for (char& c : noise) c = static_cast<char>(random_());
  const std::size_t frames = read(noise).size();
  EXPECT_LE(frames * 2, noise.size());
  EXPECT_GE(discarded_ + frames * kLongestFrame + 2 * kLongestFrame, noise.size());
}

INSTANTIATE_TEST_SUITE_P(Table, EveryMeter, testing::ValuesIn([] {
                           std::vector<const Meter*> all;
                           for (const Meter& meter : meters()) all.push_back(&meter);
                           return all;
                         }()),
                         [](const auto& tested) {
                           std::string name(tested.param->name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Display, TakesSignsPointsAndBlanksInFront) {
  const auto shows = [](std::string_view text, std::int32_t digits, int exponent) {
    const auto display = read_display(text);
    return display && display->digits == digits && display->exponent == exponent &&
           !display->is_over;
  };
  EXPECT_TRUE(shows("1234", 1234, 0));
  EXPECT_TRUE(shows("-12.34", -1234, -2));
  EXPECT_TRUE(shows("  - .5", -5, -1));
  EXPECT_TRUE(shows("+0.000", 0, -3));
  EXPECT_TRUE(read_display(" 0.L ")->is_over);
  for (const char* bad :
       {"", " ", "-", ".", "1.2.3", "12 4", "1234 ", "12a", "1L", "--1", "123456789"})
    EXPECT_FALSE(read_display(bad)) << bad;
}

TEST(Reading, IsTheNearestDoubleToWhatIsShown) {
  EXPECT_EQ(value_of({.digits = 1234, .exponent = -3}), 1.234);
  EXPECT_EQ(value_of({.digits = -12345, .exponent = -12}), -12345e-12);
  EXPECT_EQ(value_of({.digits = 4, .exponent = 6}), 4e6);
  EXPECT_TRUE(std::isnan(value_of({.over = Over::kHigh})));
}

TEST(Reading, NamesItsQuantityAndMarks) {
  const Reading reading{.function = Function::kVoltage,
                        .marks = kMarkAc | kMarkDc | kMarkAuto | kMarkLowBattery};
  EXPECT_EQ(quantity_of(reading), "AC+DC voltage");
  EXPECT_EQ(label_of(reading), "auto, low battery");
}

}  // namespace
}  // namespace acq::dmm
