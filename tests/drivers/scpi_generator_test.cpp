#include "tests/drivers/polled_bench.h"

namespace acq {
namespace {

using test::PolledBench;

TEST(ScpiGenerator, StreamsItsSetPoints) {
  PolledBench bench("scpi_generator", "generator");
  bench.start({{"shape", std::string("square")},
               {"frequency", 2500.0},
               {"amplitude", 3.0},
               {"offset", -0.5},
               {"on", true}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_DOUBLE_EQ(bench.value(0), 2500);
  EXPECT_DOUBLE_EQ(bench.value(1), 3);
  EXPECT_DOUBLE_EQ(bench.value(2), -0.5);
  EXPECT_EQ(bench.emulator.word("FUNC"), "SQU");
  EXPECT_EQ(bench.driver->in_force().at("shape"), Value(std::string("square")));
}

TEST(ScpiGenerator, TakesSetPointsWhileItRunsAndTellsWhatTheyBecame) {
  PolledBench bench("scpi_generator", "generator");
  bench.start();
  ASSERT_TRUE(bench.set("frequency", 1e9));
  EXPECT_EQ(bench.driver->in_force().at("frequency"), Value(20e6));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_DOUBLE_EQ(bench.value(0), 20e6);
}

TEST(ScpiGenerator, SwitchesItsOutputOffWhenItStops) {
  PolledBench bench("scpi_generator", "generator");
  bench.start({{"on", true}});
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open());
  EXPECT_EQ(bench.emulator.word("OUTP"), "0");
}

}  // namespace
}  // namespace acq
