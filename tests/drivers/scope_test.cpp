// The driver against emulated oscilloscopes of every family.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/scpi_instrument.h"

namespace acq {
namespace {

using test::ScpiFault;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Gap kNewRecord{0, kGapNewRecord, true};

struct Family {
  const char* name;
  std::vector<ScpiFault> faults;  // those it can suffer
  std::size_t screen_points;
  double scale_step;  // volts of one code at 1 V per division
  bool has_probe = true;
};

void PrintTo(const Family& family, std::ostream* out) {
  *out << family.name;
}

const std::vector<ScpiFault> kBlockFaults = {
    ScpiFault::kShortBlock, ScpiFault::kLongBlock, ScpiFault::kEmptyBlock, ScpiFault::kLyingBlock,
    ScpiFault::kStrayLine,  ScpiFault::kMute,      ScpiFault::kCut};

std::vector<ScpiFault> with(std::vector<ScpiFault> more) {
  more.insert(more.begin(), kBlockFaults.begin(), kBlockFaults.end());
  return more;
}

constexpr std::size_t kDepth = 300'000;

const Family kFamilies[] = {
    {"rigol",
     with({ScpiFault::kMissingField, ScpiFault::kPlusZero, ScpiFault::kGarbage,
           ScpiFault::kZeroIncrement, ScpiFault::kPeak}),
     1200, 1.0 / 25},
    {"siglent_old", with({}), kDepth, 1.0 / 25},
    {"siglent", with({}), kDepth, 1.0 / 30},
    {"keysight",
     with({ScpiFault::kMissingField, ScpiFault::kPlusZero, ScpiFault::kGarbage, ScpiFault::kPeak}),
     1000, 8.0 / 256},
    {"tektronix", with({ScpiFault::kPlusZero, ScpiFault::kGarbage, ScpiFault::kZeroIncrement}),
     kDepth, 1.0 / 25, false},
    {"rohde_schwarz",
     with({ScpiFault::kMissingField, ScpiFault::kPlusZero, ScpiFault::kGarbage, ScpiFault::kPeak}),
     1200, 10.0 / 256},
};

class ScopeBench {
 public:
  explicit ScopeBench(const char* family, std::size_t packet_bytes = 1 << 20,
                      int answer_delay_ms = 0)
      : emulator(family, {.depth = kDepth, .answer_delay_ms = answer_delay_ms}),
        pool(1, packet_bytes),
        packet(pool.take()) {}

  Result<InstrumentInfo> open(const Table& more = {}) {
    const DriverEntry* entry = find_driver("scope");
    Table table = {{"address", emulator.address()}, {"poll", 1e-3}, {"timeout", 0.3}};
    for (const auto& [name, value] : more) table[name] = value;
    Result<Params> checked = Params::check(entry->params, table, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    params = *checked;
    given = table;
    driver = entry->make(system_clock());
    return driver->open(params);
  }
  void start(const Table& more = {}) {
    const auto opened = open(more);
    ASSERT_TRUE(opened) << to_string(opened.error());
    ASSERT_TRUE(driver->start());
  }
  Result<void> set(const std::string& name, const Value& value) {
    given[name] = value;
    return driver->set(*Params::check(find_driver("scope")->params, given, ""));
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 5 * kSecond) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  // Whether every sample of the packet is what the channels saw, within half a code; `first` is the
  // place of the packet in its record.
  void expect_truth(std::size_t first, double scale, double step) const {
    const StreamInfo& info = *packet->info;
    for (std::size_t c = 0; c < info.channels.size(); ++c) {
      const Channel& channel = info.channels[c];
      const int number = channel.id[2] - '0';
      double worst = 0;
      for (std::size_t i = 0; i < packet->count; ++i) {
        const auto code = static_cast<std::uint8_t>(packet->samples[c * packet->count + i]);
        const double raw = info.dtype == Dtype::kI8 ? static_cast<std::int8_t>(code) : code;
        const double volts = raw * channel.scale + channel.offset;
        worst = std::max(worst, std::abs(volts - test::scope_volts(number, first + i, scale)));
      }
      EXPECT_LE(worst, 0.51 * step * scale) << channel.id;
    }
  }

  test::ScpiInstrument emulator;
  PacketPool pool;
  Packet* packet;
  Params params;
  Table given;
  std::unique_ptr<Driver> driver;
};

class EveryScope : public testing::TestWithParam<Family> {};

TEST_P(EveryScope, DeliversTheVoltsThatItsChannelsSee) {
  for (const bool is_deep : {false, true}) {
    ScopeBench bench(GetParam().name, 65536);
    bench.start({{"memory", std::string(is_deep ? "deep" : "screen")},
                 {"ch1_scale", 0.5},
                 {"ch2_scale", 0.5},
                 {"ch1_offset", 0.25},
                 {"ch2_offset", -0.5},
                 {"timebase", 1e-3}});
    const std::size_t points = is_deep ? kDepth : GetParam().screen_points;
    for (int records = 0; records < 2; ++records) {
      std::size_t at = 0;
      while (at < points) {
        const auto outcome = bench.read();
        ASSERT_TRUE(outcome) << to_string(outcome.error());
        ASSERT_EQ(*outcome, ReadOutcome::kPacket);
        ASSERT_EQ(bench.packet->info->channels.size(), 2U);
        EXPECT_EQ(bench.packet->gap_before, at == 0 && records > 0 ? kNewRecord : Gap());
        EXPECT_EQ((bench.packet->flags & kFlagTriggered) != 0, at == 0);
        bench.expect_truth(at, 0.5, GetParam().scale_step);
        at += bench.packet->count;
      }
      EXPECT_EQ(at, points);
    }
    EXPECT_TRUE(bench.emulator.unknown().empty()) << bench.emulator.unknown()[0];
  }
}

TEST_P(EveryScope, TellsTheRateOfItsRecords) {
  ScopeBench bench(GetParam().name);
  bench.start({{"timebase", 1e-3}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  const std::string name = GetParam().name;
  const int divisions = name == "rigol" || name == "rohde_schwarz" ? 12
                        : name == "siglent_old"                    ? 14
                                                                   : 10;
  const double expected = static_cast<double>(GetParam().screen_points) / (1e-3 * divisions);
  EXPECT_NEAR(bench.packet->info->rate_hz.value(), expected, expected * 1e-6);
}

TEST_P(EveryScope, MarksItsTimeAsHostArrivalWithTheUncertaintyOfLooking) {
  ScopeBench bench(GetParam().name);
  bench.start({{"poll", 20e-3}, {"timebase", 1e-6}});
  const std::int64_t before_ns = system_clock().now_ns();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  const Stamp& stamp = bench.packet->stamp;
  EXPECT_EQ(stamp.origin, TimeOrigin::kHostArrival);
  EXPECT_EQ(stamp.scale, TimeScale::kMonotonic);
  EXPECT_GT(stamp.sigma_ns, 20e6 / std::sqrt(12.0) / 2);
  EXPECT_GT(stamp.t0_ticks, before_ns - kSecond / 100);
  EXPECT_LE(stamp.t0_ticks, system_clock().now_ns());
}

TEST_P(EveryScope, ReadsBackWhatItsSettingsBecame) {
  ScopeBench bench(GetParam().name);
  Table settings = {{"ch1_scale", 0.3},
                    {"ch1_offset", 1.25},
                    {"ch2_coupling", std::string("ac")},
                    {"timebase", 3e-4},
                    {"delay", 2e-3},
                    {"trigger_source", std::string("ch2")},
                    {"trigger_level", 0.5},
                    {"trigger_slope", std::string("falling")},
                    {"trigger_sweep", std::string("normal")}};
  if (GetParam().has_probe) settings["ch1_probe"] = 10.0;
  const auto opened = bench.open(settings);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->reads_settings_back);
  const Table in_force = bench.driver->in_force();
  EXPECT_EQ(in_force.at("ch1_scale"), Value(0.2));  // 1, 2, 5: the nearest
  EXPECT_EQ(in_force.at("timebase"), Value(2e-4));
  EXPECT_EQ(in_force.at("ch1_offset"), Value(1.25));
  EXPECT_EQ(in_force.at("ch2_coupling"), Value(std::string("ac")));
  EXPECT_EQ(in_force.at("delay"), Value(2e-3));
  EXPECT_EQ(in_force.at("trigger_source"), Value(std::string("ch2")));
  EXPECT_EQ(in_force.at("trigger_level"), Value(0.5));
  EXPECT_EQ(in_force.at("trigger_slope"), Value(std::string("falling")));
  EXPECT_EQ(in_force.at("trigger_sweep"), Value(std::string("normal")));
  if (GetParam().has_probe) {
    EXPECT_EQ(in_force.at("ch1_probe"), Value(10.0));
  }
}

TEST_P(EveryScope, TakesAnotherScaleWhileItRuns) {
  ScopeBench bench(GetParam().name);
  bench.start({{"ch1_scale", 1.0}, {"ch2_scale", 1.0}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  const double before = bench.packet->info->channels[0].scale;
  ASSERT_TRUE(bench.set("ch1_scale", 2.0));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_NEAR(bench.packet->info->channels[0].scale, 2 * before, before * 1e-5);
}

// Whatever goes wrong with one capture: it is told, and the next one is right.
TEST_P(EveryScope, LosesOnlyTheRecordThatIsSpoiltAndSaysSo) {
  for (const ScpiFault fault : GetParam().faults) {
    SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)));
    ScopeBench bench(GetParam().name);
    bench.start({{"most_points", 1000.0}});
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    bench.emulator.spoil(fault);
    int packets = 0, errors = 0;
    bool has_gap = false;
    while (packets < 3 && errors < 10) {
      const auto outcome = bench.read();
      if (!outcome) {
        ++errors;
        has_gap = false;
        if (outcome.error().code != Code::kDisconnected) continue;
        bench.driver->stop();
        bench.driver->close();
        ASSERT_TRUE(bench.driver->open(bench.params));
        ASSERT_TRUE(bench.driver->start());
        continue;
      }
      ASSERT_EQ(*outcome, ReadOutcome::kPacket);
      bench.expect_truth(0, 1, GetParam().scale_step);
      has_gap = has_gap || bench.packet->gap_before.loss().reasons != 0;
      ++packets;
    }
    EXPECT_EQ(packets, 3);
    EXPECT_EQ(bench.emulator.spoilt(), 1);
    EXPECT_EQ(has_gap, errors > 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryScope, testing::ValuesIn(kFamilies),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Scope, SaysOfEachRecordButTheFirstOfALifeThatItDoesNotAdjoin) {
  ScopeBench bench("siglent");
  bench.start({{"most_points", 1000.0}});
  for (int lives = 0; lives < 2; ++lives) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.packet->gap_before, Gap());
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.packet->gap_before, kNewRecord);
    ASSERT_TRUE(bench.set("ch1_scale", lives == 0 ? 2.0 : 1.0));
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.packet->gap_before, kNewRecord);
    bench.driver->stop();
    EXPECT_EQ(bench.driver->tail_loss(0).samples, 0U);
    ASSERT_TRUE(bench.driver->start());
  }
}

TEST(Scope, ReadsTheMemoryOfARigolInPartsOfAtMost250000) {
  ScopeBench bench("rigol", 4 << 20);
  bench.start({{"memory", std::string("deep")},
               {"channels", List{1.0}},
               {"chunk", 1e6},
               {"timeout", 10.0}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->count, kDepth);
  std::vector<std::string> windows;
  for (const std::string& line : bench.emulator.log())
    if (line.starts_with(":WAV:STAR") || line.starts_with(":WAV:STOP")) windows.push_back(line);
  EXPECT_EQ(windows, (std::vector<std::string>{":WAV:STAR 1", ":WAV:STOP 250000",
                                               ":WAV:STAR 250001", ":WAV:STOP 300000"}));
}

TEST(Scope, FlagsSamplesOfAKeysightThatWereNotTaken) {
  ScopeBench bench("keysight");
  bench.start();
  bench.emulator.spoil(ScpiFault::kHoles);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->overrange_low, 1U);
}

TEST(Scope, CapturesOnceWhenAskedForASingle) {
  ScopeBench bench("siglent");
  bench.start({{"acquire", std::string("single")}, {"most_points", 1000.0}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.read(kSecond / 20), ReadOutcome::kNothing);
  ASSERT_TRUE(bench.set("ch1_scale", 2.0));
  EXPECT_EQ(bench.read(), ReadOutcome::kPacket);
  ASSERT_TRUE(bench.set("acquire", std::string("stop")));
  EXPECT_EQ(bench.read(kSecond / 20), ReadOutcome::kNothing);
}

TEST(Scope, LeavesTheInstrumentRunningOrStoppedAsItIsTold) {
  ScopeBench bench("rigol");
  bench.start();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open());  // which comes after all that was sent before
  EXPECT_TRUE(bench.emulator.is_running());
  ASSERT_TRUE(bench.driver->start());
  ASSERT_TRUE(bench.set("afterwards", std::string("stop")));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.driver->stop();
  bench.driver->close();
  ASSERT_TRUE(bench.open());
  EXPECT_FALSE(bench.emulator.is_running());
}

TEST(Scope, ReadsOnlyTheChannelsItIsTold) {
  ScopeBench bench("keysight");
  bench.start({{"channels", List{3.0}}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  ASSERT_EQ(bench.packet->info->channels.size(), 1U);
  EXPECT_EQ(bench.packet->info->channels[0].id, "ch3");
  EXPECT_EQ(bench.emulator.word("CHAN1:DISP"), "0");
  EXPECT_EQ(bench.emulator.word("CHAN3:DISP"), "1");
}

TEST(Scope, NamesTheParameterThatTheInstrumentDoesNotHave) {
  ScopeBench bench("tektronix");
  const auto opened = bench.open({{"ch1_probe", 10.0}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnsupported);
  EXPECT_EQ(opened.error().where, "ch1_probe");
  EXPECT_EQ(bench.open({{"profile", std::string("no such")}}).error().where, "profile");
  EXPECT_EQ(bench.open({{"address", std::string("nonsense")}}).error().where, "address");
}

TEST(Scope, IsDisconnectedWhileTheInstrumentIsAway) {
  ScopeBench bench("rigol");
  bench.start();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.emulator.unplug();
  Result<ReadOutcome> outcome = bench.read();
  while (outcome) outcome = bench.read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  bench.driver->stop();
  bench.driver->close();
  EXPECT_EQ(bench.driver->open(bench.params).error().code, Code::kDisconnected);
  bench.emulator.plug();
  ASSERT_TRUE(bench.driver->open(bench.params));
  ASSERT_TRUE(bench.driver->start());
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->gap_before, (Gap{1200, kGapReconnect, false}));
}

// An exchange is waited for to its end: one that would end behind the deadline is not begun.
TEST(Scope, BeginsNoExchangeThatWouldOutlastTheDeadline) {
  constexpr int kAnswer_ms = 60;
  ScopeBench bench("rigol", 1 << 16, kAnswer_ms);
  bench.emulator.hold(true);
  bench.start({{"timeout", 2.0}});
  const auto asked = [&] {
    const auto log = bench.emulator.log();
    return std::count_if(log.begin(), log.end(), [](const std::string& line) {
      return line.find("TRIG:STAT?") != std::string::npos;
    });
  };
  // The first learns how long an exchange takes.
  ASSERT_EQ(bench.read(kSecond / 10), ReadOutcome::kNothing);
  for (int i = 0; i < 5; ++i) {
    const auto before = asked();
    ASSERT_EQ(bench.read(kSecond / 10), ReadOutcome::kNothing);
    EXPECT_EQ(asked() - before, 1) << "two of 60 ms do not fit into 100 ms";
  }
}

}  // namespace
}  // namespace acq
