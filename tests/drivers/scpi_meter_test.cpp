#include <cmath>

#include "tests/drivers/polled_bench.h"

namespace acq {
namespace {

using test::PolledBench;
using test::ScpiFault;

TEST(ScpiMeter, DeliversEachReadingOnceInOrder) {
  PolledBench bench("scpi_meter", "multimeter");
  bench.start({{"range", 10.0}});
  for (int i = 1; i <= 20; ++i) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_DOUBLE_EQ(bench.value(), 10 * i / 1000.0);
    EXPECT_EQ(bench.packet->info->channels[0].unit, "V");
    EXPECT_EQ(bench.packet->info->channels[0].range_max, 10);
    EXPECT_EQ(bench.packet->stamp.origin, TimeOrigin::kHostArrival);
    EXPECT_GE(bench.packet->stamp.sigma_ns, 1);
  }
}

TEST(ScpiMeter, TellsItsRangeAsTheMeterCoercedIt) {
  PolledBench bench("scpi_meter", "multimeter");
  bench.start({{"range", 3.0}});
  EXPECT_EQ(bench.driver->in_force().at("range"), Value(2.0));
  ASSERT_TRUE(bench.set("range", 1e6));
  EXPECT_EQ(bench.driver->in_force().at("range"), Value(1000.0));  // the largest it has
  EXPECT_EQ(bench.driver->in_force().at("function"), Value(std::string("dc_voltage")));
}

TEST(ScpiMeter, DescribesAnotherFunctionFromItsFirstReadingOn) {
  PolledBench bench("scpi_meter", "multimeter");
  bench.start();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->info->channels[0].quantity, "DC voltage");
  ASSERT_TRUE(bench.set("function", std::string("resistance")));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->info->channels[0].quantity, "resistance");
  EXPECT_EQ(bench.packet->info->channels[0].unit, "Ohm");
  EXPECT_EQ(bench.emulator.word("FUNC"), "RES");
}

TEST(ScpiMeter, FlagsWhatIsBeyondTheRange) {
  PolledBench bench("scpi_meter", "multimeter");
  bench.start();
  bench.emulator.spoil(ScpiFault::kHoles);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_TRUE(std::isnan(bench.value()));
  EXPECT_EQ(bench.packet->overrange_high, 1U);
}

TEST(ScpiMeter, GoesOnAfterAnAnswerThatIsNone) {
  for (const ScpiFault fault : {ScpiFault::kGarbage, ScpiFault::kMute, ScpiFault::kStrayLine}) {
    PolledBench bench("scpi_meter", "multimeter");
    bench.start();
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    const double before = bench.value();
    bench.emulator.spoil(fault);
    auto outcome = bench.read();
    for (int tries = 0; tries < 3 && !outcome; ++tries) outcome = bench.read();
    ASSERT_TRUE(outcome) << to_string(outcome.error());
    EXPECT_GT(bench.value(), before);
    EXPECT_LT(bench.value(), before + 0.05);
  }
}

TEST(ScpiMeter, IsDisconnectedAfterThreeReadingsThatFail) {
  PolledBench bench("scpi_meter", "multimeter");
  bench.start();
  bench.emulator.spoil(ScpiFault::kGarbage, 3);
  EXPECT_EQ(bench.read().error().code, Code::kInvalid);
  EXPECT_FALSE(bench.read());
  EXPECT_EQ(bench.read().error().code, Code::kDisconnected);
}

}  // namespace
}  // namespace acq
