#include <cmath>

#include "tests/drivers/polled_bench.h"

namespace acq {
namespace {

using test::PolledBench;
using test::ScpiFault;

std::string text(std::string_view s) {
  return std::string(s);
}

struct Family {
  const char* name;
  const char* emulator;
  const char* gate;  // the number that it is
  double least_gate_s;
};
constexpr Family kFamilies[] = {
    {"keysight", "counter", "FREQ:GATE:TIME", 1e-4},
    {"hp", "counter_hp", "FREQ:ARM:STOP:TIM", 1e-3},
    {"pendulum", "counter_pendulum", "ACQ:APER", 2e-8},
};

// Each reading is known: its number in Hz above as many MHz as the channel's number.
TEST(ScpiCounter, CountsTheChannelItIsToldToInEachFamily) {
  for (const Family& family : kFamilies) {
    SCOPED_TRACE(family.name);
    PolledBench bench("scpi_counter", family.emulator);
    bench.start({{"family", text(family.name)}, {"channel", 2.0}, {"gate", 0.25}});
    for (int n = 1; n <= 5; ++n) {
      ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
      EXPECT_EQ(bench.value(), 2e6 + n);
    }
    const Channel& channel = bench.packet->info->channels[0];
    EXPECT_EQ(channel.unit, "Hz");
    EXPECT_EQ(channel.quantity, "frequency");
    EXPECT_EQ(bench.packet->stamp.origin, TimeOrigin::kHostArrival);
    EXPECT_EQ(bench.emulator.number(family.gate), 0.25);
    EXPECT_EQ(bench.driver->in_force().at("gate"), Value(0.25));
    EXPECT_EQ(bench.driver->in_force().at("function"), Value(text("frequency")));
    ASSERT_TRUE(bench.set("channel", 1.0));
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.value(), 1e6 + 6);
    EXPECT_EQ(bench.emulator.unknown(), std::vector<std::string>());
  }
}

TEST(ScpiCounter, DescribesEachFunctionWithItsUnit) {
  for (const Family& family : kFamilies) {
    SCOPED_TRACE(family.name);
    PolledBench bench("scpi_counter", family.emulator);
    bench.start({{"family", text(family.name)}, {"gate", 0.01}});
    const auto expect = [&](const char* function, const char* quantity, const char* unit,
                            double value) {
      ASSERT_TRUE(bench.set("function", text(function)));
      ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
      EXPECT_EQ(bench.packet->info->channels[0].quantity, quantity);
      EXPECT_EQ(bench.packet->info->channels[0].unit, unit);
      EXPECT_DOUBLE_EQ(bench.value(), value);
      EXPECT_EQ(bench.driver->in_force().at("function"), Value(text(function)));
    };
    expect("period_time", "period", "s", 1 / (1e6 + 1));
    expect("time_interval", "time interval", "s", 2e-9);
    EXPECT_EQ(bench.driver->in_force().count("gate"), 0U);  // it has none
    if (text(family.name) != "pendulum") {
      expect("totalize", "events in the gate", "1", std::floor(0.01 * (1e6 + 3)));
      EXPECT_EQ(bench.driver->in_force().at("gate"), Value(0.01));
    }
    EXPECT_EQ(bench.emulator.unknown(), std::vector<std::string>());
  }
}

TEST(ScpiCounter, TellsItsGateAsTheCounterCoercedIt) {
  for (const Family& family : kFamilies) {
    PolledBench bench("scpi_counter", family.emulator);
    bench.start({{"family", text(family.name)}, {"gate", 1e-9}});
    EXPECT_EQ(bench.driver->in_force().at("gate"), Value(family.least_gate_s)) << family.name;
  }
}

TEST(ScpiCounter, StopsACounterThatMeasuresAllTheTime) {
  for (const char* family : {"hp", "pendulum"}) {
    PolledBench bench("scpi_counter", (std::string("counter_") + family).c_str());
    bench.start({{"family", text(family)}});
    EXPECT_EQ(bench.emulator.word("INIT:CONT"), "OFF") << family;
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    ASSERT_TRUE(bench.set("gate", 0.2)) << "nothing is left in its error queue";
  }
}

TEST(ScpiCounter, WaitsForAGateThatOutlastsItsTimeout) {
  PolledBench bench("scpi_counter", "counter");
  bench.start({{"timeout", 0.1}, {"gate", 60.0}});
  bench.emulator.hold(true);
  EXPECT_EQ(bench.read(300'000'000), ReadOutcome::kNothing);
  bench.emulator.hold(false);
  EXPECT_EQ(bench.read(), ReadOutcome::kPacket);
  ASSERT_TRUE(bench.set("gate", 0.1));
  bench.emulator.hold(true);
  const auto late = bench.read();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
}

TEST(ScpiCounter, FlagsWhatIsBeyondTheRange) {
  PolledBench bench("scpi_counter", "counter");
  bench.start();
  bench.emulator.spoil(ScpiFault::kHoles);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_TRUE(std::isnan(bench.value()));
  EXPECT_EQ(bench.packet->overrange_high, 1U);
}

TEST(ScpiCounter, RefusesWhatACounterDoesNotMeasure) {
  const struct {
    Table wrong;
    const char* says;
  } cases[] = {
      {{{"family", text("pendulum")}, {"function", text("totalize")}},
       "invalid: how this family totalizes within a gate is not known (at function; allowed: "
       "frequency period_time time_interval)"},
      {{{"function", text("time_interval")}, {"channel", 2.0}},
       "invalid: a time interval is that from channel 1 to channel 2 (at channel; allowed: 1)"},
  };
  for (const auto& [wrong, says] : cases) {
    PolledBench bench("scpi_counter", "counter");
    const auto opened = bench.open(wrong);
    ASSERT_FALSE(opened);
    EXPECT_EQ(to_string(opened.error()), says);
  }
}

// The wrong family is told where it is chosen, not by readings that mean something else.
TEST(ScpiCounter, RefusesACounterOfAnotherFamily) {
  PolledBench bench("scpi_counter", "counter");
  const auto opened = bench.open({{"family", text("hp")}});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().sentence.find("-113"), std::string::npos) << to_string(opened.error());
}

}  // namespace
}  // namespace acq
