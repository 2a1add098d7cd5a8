#include <array>

#include "tests/drivers/polled_bench.h"

namespace acq {
namespace {

using test::PolledBench;
using test::ScpiFault;

TEST(ScpiSupply, GivesWhatItIsToldAndMeasuresIt) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"current", 1.0}, {"on", true}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_DOUBLE_EQ(bench.value(0), 5);
  EXPECT_DOUBLE_EQ(bench.value(1), 0.5);  // through its 10 ohm
  ASSERT_TRUE(bench.set("voltage", 8.0));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_DOUBLE_EQ(bench.value(0), 8);
  ASSERT_TRUE(bench.set("current", 0.25));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_DOUBLE_EQ(bench.value(0), 2.5);
}

TEST(ScpiSupply, SwitchesItsOutputWhileItRuns) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}});
  EXPECT_EQ(bench.driver->in_force().at("on"), Value(false));
  for (const bool is_on : {true, false, true}) {
    ASSERT_TRUE(bench.set("on", is_on));
    EXPECT_EQ(bench.driver->in_force().at("on"), Value(is_on));
    EXPECT_EQ(bench.emulator.word("OUTP"), is_on ? "1" : "0");
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_DOUBLE_EQ(bench.value(0), is_on ? 5 : 0);
  }
}

TEST(ScpiSupply, SetsSwitchesAndMeasuresEachOfItsOutputs) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"outputs", 3.0},
               {"voltage", 5.0},
               {"current", 0.2},
               {"on", true},
               {"out2_voltage", 4.0},
               {"out3_voltage", 3.0},
               {"out3_current", 2.0}});
  const auto expect_volts = [&](std::array<double, 3> volts) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    ASSERT_EQ(bench.packet->info->channels.size(), 6U);
    for (std::size_t i = 0; i < volts.size(); ++i) {
      EXPECT_DOUBLE_EQ(bench.value(2 * i), volts[i]);
      EXPECT_DOUBLE_EQ(bench.value(2 * i + 1), volts[i] / 10);
    }
  };
  expect_volts({2, 0, 0});  // 0.2 A through 10 ohm
  ASSERT_TRUE(bench.set("out3_on", true));
  expect_volts({2, 0, 3});
  ASSERT_TRUE(bench.set("on", false));
  expect_volts({0, 0, 3});
  const Table told = bench.driver->in_force();
  EXPECT_EQ(told.at("on"), Value(false));
  EXPECT_EQ(told.at("out2_on"), Value(false));
  EXPECT_EQ(told.at("out2_voltage"), Value(4.0));
  EXPECT_EQ(told.at("out3_on"), Value(true));
  EXPECT_EQ(told.count("out4_on"), 0U);
  EXPECT_EQ(bench.packet->info->channels[4].id, "out3_voltage");
  EXPECT_EQ(bench.emulator.unknown(), std::vector<std::string>());
}

TEST(ScpiSupply, RefusesASetPointOfAnOutputThatItDoesNotUse) {
  PolledBench bench("scpi_supply", "supply");
  const auto opened = bench.open({{"outputs", 2.0}, {"out3_on", true}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(to_string(opened.error()),
            "invalid: outputs is 2 (at out3_on; allowed: outputs = 3 or more)");
}

TEST(ScpiSupply, LeavesTheChoiceOfAnOutputAloneWhereItUsesOne) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"on", true}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  for (const std::string& line : bench.emulator.log())
    EXPECT_EQ(line.find("INST"), std::string::npos) << line;
}

TEST(ScpiSupply, TellsASetPointThatItCouldNotReach) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}});
  ASSERT_TRUE(bench.set("voltage", 1000.0));
  EXPECT_EQ(bench.driver->in_force().at("voltage"), Value(30.0));
}

TEST(ScpiSupply, SwitchesItsOutputOffWhenItStops) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"on", true}});
  EXPECT_EQ(bench.emulator.word("OUTP"), "1");
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open());  // behind all that was sent
  EXPECT_EQ(bench.emulator.word("OUTP"), "0");
}

TEST(ScpiSupply, SwitchesEveryOutputOffWhenItStops) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"outputs", 3.0}, {"on", true}, {"out2_on", true}, {"out3_on", true}});
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open({{"outputs", 3.0}}));
  for (const char* name : {"on", "out2_on", "out3_on"})
    EXPECT_EQ(bench.driver->in_force().at(name), Value(false)) << name;
}

TEST(ScpiSupply, TellsItsOutputOffWhileStoppedAndSwitchesItOnAtTheNextStart) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"on", true}});
  ASSERT_EQ(bench.driver->in_force().at("on"), Value(true));
  bench.driver->stop();
  EXPECT_EQ(bench.driver->in_force().at("on"), Value(false));
  ASSERT_TRUE(bench.set("voltage", 7.0));  // another set-point does not switch it on
  EXPECT_EQ(bench.emulator.word("OUTP"), "0");
  EXPECT_EQ(bench.driver->in_force().at("on"), Value(false));
  ASSERT_TRUE(bench.driver->start());
  EXPECT_EQ(bench.emulator.word("OUTP"), "1");
  EXPECT_EQ(bench.driver->in_force().at("on"), Value(true));
  EXPECT_EQ(bench.driver->in_force().at("voltage"), Value(7.0));
}

TEST(ScpiSupply, StartsWithWhatWasInForceBehindASettingThatFailed) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"on", true}});
  bench.emulator.spoil(ScpiFault::kMute);
  ASSERT_FALSE(bench.set("voltage", 7.0));
  bench.driver->stop();
  ASSERT_TRUE(bench.driver->start());
  EXPECT_EQ(bench.driver->in_force().at("voltage"), Value(5.0));
  EXPECT_EQ(bench.driver->in_force().at("on"), Value(true));
}

TEST(ScpiSupply, LeavesItsOutputWhereThatIsWanted) {
  PolledBench bench("scpi_supply", "supply");
  bench.start({{"voltage", 5.0}, {"on", true}, {"safe", std::string("leave")}});
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open());
  EXPECT_EQ(bench.emulator.word("OUTP"), "1");
}

}  // namespace
}  // namespace acq
