#include "tests/drivers/polled_bench.h"

namespace acq {
namespace {

using test::PolledBench;

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
