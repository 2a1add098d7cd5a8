// What every driver promises, checked for each one in the registry with its example parameters.
// A new driver gets these tests by being registered; it has to be named in kTroubles below.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "drivers/driver.h"
#include "dsp/base/signal.h"
#include "tests/support/driver_fixture.h"
#include "tests/support/parameter_values.h"

namespace acq {
namespace {

using namespace test;
using EveryDriver = DriverTest;

std::string text(std::string_view s) {
  return std::string(s);
}

// How to make a driver lose its instrument, and samples.
struct Trouble {
  std::string_view driver;
  std::optional<Table> unplug;  // none: what is always there
  std::optional<Table> losses;  // none: what cannot lose; else with a truth_file of the simulator
};

const Trouble& trouble_of(std::string_view driver) {
  static const Trouble kTroubles[] = {
      {"sim",
       Table{{"faults", List{Table{{"kind", text("unplug")}, {"at", 0.1}, {"duration", 0.3}}}}},
       Table{{"faults", List{Table{{"kind", text("lost_run")}, {"every", 0.013}, {"random", true}},
                             Table{{"kind", text("garbage")}, {"every", 0.05}, {"samples", 2500.0}},
                             Table{{"kind", text("stall")}, {"at", 0.2}, {"duration", 1.4}}}}}},
      {"replay", {}, {}},      // a file stays where it is, and waits to be read
      {"scope", {}, {}},       // its stand-in is unplugged; between two records nothing is made
      {"scpi_meter", {}, {}},  // what is not asked for is not made
      {"scpi_counter", {}, {}},
      {"scpi_supply", {}, {}},
      {"scpi_generator", {}, {}},
      {"serial_dmm", {}, {}},  // its stand-in is unplugged; bytes are lost, not samples
      {"fx2lafw", {}, {}},     // the same; what an overrun costs is checked in its own test
      {"rtl_tcp", {}, {}},     // its stand-in is unplugged; it numbers nothing, and tells no loss
      {"iiod", {}, {}},        // the same; what its timestamps tell is checked in its own test
      {"modbus", {}, {}},      // it counts what is late, which here depends on the machine
      {"alsa", {}, {}},        // its overruns need a host that stands still: its own test has one
      {"soapy", {}, {}},       // the same
  };
  for (const Trouble& trouble : kTroubles)
    if (trouble.driver == driver) return trouble;
  ADD_FAILURE() << "name " << driver << " in kTroubles";
  return kTroubles[0];
}

TEST_P(EveryDriver, DescribesItselfCompletely) {
  EXPECT_FALSE(entry().summary.empty());
  for (const ParamSpec& spec : entry().params) EXPECT_FALSE(spec.text.empty()) << spec.name;
  const InstrumentInfo info = open(example());
  EXPECT_FALSE(info.vendor.empty());
  EXPECT_FALSE(info.model.empty());
  ASSERT_FALSE(info.streams.empty());
  for (const auto& stream : info.streams) {
    EXPECT_FALSE(stream->name.empty());
    EXPECT_GT(stream->rate_hz.num, 0U);
    EXPECT_GT(size_of(stream->dtype), 0U);
    EXPECT_GE(stream->channels.size(), 1U);
    EXPECT_LE(stream->channels.size(), kMaxChannels);
    for (const Channel& channel : stream->channels) EXPECT_NE(channel.scale, 0);
  }
}

TEST_P(EveryDriver, MayBeStartedStoppedAndClosedTwice) {
  GuardedPacket guarded(16384);
  start(example());
  EXPECT_TRUE(driver->start());
  expect_packet(guarded.packet);
  driver->stop();
  driver->stop();
  EXPECT_TRUE(driver->start());
  expect_packet(guarded.packet);
  driver->close();
  driver->close();
  ASSERT_TRUE(driver->open(checked(example())));
  ASSERT_TRUE(driver->start());
  expect_packet(guarded.packet);
}

TEST_P(EveryDriver, MayBeDestroyedInAnyState) {
  open(example());
  start(example());  // destroys an open one
  GuardedPacket guarded(16384);
  expect_packet(guarded.packet);
  driver.reset();
  driver = entry().make(clock);
  driver->stop();
  driver->close();
}

TEST_P(EveryDriver, RefusesToReadOrStartWhenItIsNotOpen) {
  driver = entry().make(clock);
  GuardedPacket guarded(16384);
  EXPECT_FALSE(driver->start());
  EXPECT_FALSE(read(guarded.packet));
  open(example());
  EXPECT_FALSE(read(guarded.packet));
}

// The acquire stage numbers samples by adding up gaps and counts. Where the device tells time, both
// must be the same story.
TEST_P(EveryDriver, NumbersAndTimesGoForwardTogether) {
  GuardedPacket guarded(16384);
  Packet& packet = guarded.packet;
  start(example());
  std::uint64_t index = 0;
  std::optional<double> first_s;
  double last_s = 0;
  for (int packets = 0; packets < 200; ++packets) {
    ASSERT_NO_FATAL_FAILURE(expect_packet(packet));
    index += packet.gap_before.samples;
    const double time_s = static_cast<double>(packet.stamp.t0_ticks) * packet.stamp.tick_s.value();
    const double rate_hz = packet.info->rate_hz.value();
    if (!first_s) first_s = time_s - static_cast<double>(index) / rate_hz;
    if (packet.stamp.origin == TimeOrigin::kHostArrival) {
      EXPECT_GE(time_s, last_s);  // when the host looked says little about the instrument
    } else {
      EXPECT_NEAR(time_s - *first_s, static_cast<double>(index) / rate_hz, 1e-6);
    }
    last_s = time_s;
    index += packet.count;
  }
}

TEST_P(EveryDriver, HonoursItsDeadlineWithinAFifth) {
  GuardedPacket guarded(1 << 20);
  start_waiting();
  for (const std::int64_t wait_ns : {kMillisecond, 10 * kMillisecond, 100 * kMillisecond}) {
    const std::int64_t before_ns = clock.now_ns();
    const Result<ReadOutcome> outcome = read(guarded.packet, wait_ns);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(*outcome, ReadOutcome::kNothing);
    const std::int64_t waited_ns = clock.now_ns() - before_ns;
    EXPECT_GE(waited_ns, wait_ns);
    EXPECT_LE(waited_ns, clock.limit_ns(wait_ns));
    EXPECT_EQ(guarded.packet.count, 0U);
    EXPECT_EQ(guarded.packet.info, nullptr);
  }
}

TEST_P(EveryDriver, ReturnsAtOnceWhenAStopIsAlreadyAskedFor) {
  GuardedPacket guarded(1 << 20);
  start_waiting();
  std::stop_source stop;
  stop.request_stop();
  const std::int64_t before_ns = clock.now_ns();
  const auto outcome = driver->read(guarded.packet, before_ns + 3600 * kSecond, stop.get_token());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, ReadOutcome::kNothing);
  EXPECT_LE(clock.now_ns() - before_ns, clock.limit_ns(0));
}

// The machine's clock, which tells when somebody has begun to wait on it.
class WatchedClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const noexcept override { return system_clock().now_ns(); }
  [[nodiscard]] std::int64_t utc_ns() const noexcept override { return system_clock().utc_ns(); }
  void sleep_until(std::int64_t deadline_ns, const std::stop_token& stop) const noexcept override {
    is_waited_on = true;
    is_waited_on.notify_all();
    system_clock().sleep_until(deadline_ns, stop);
  }
  mutable std::atomic<bool> is_waited_on = false;
};

TEST_P(EveryDriver, EndsAWaitWhenAStopIsAskedForMeanwhile) {
  const WatchedClock real_clock;
  if (stand_in == nullptr) {
    driver = entry().make(real_clock);
    ASSERT_TRUE(driver->open(checked(example({{"rate", 10.0}, {"latency", text("60 s")}}))));
    ASSERT_TRUE(driver->start());
  } else {
    start_waiting();
  }
  GuardedPacket guarded(1 << 20);
  std::stop_source stop;
  const std::int64_t deadline_ns = real_clock.now_ns() + 60 * kSecond;
  const std::jthread asks([&] {
    // Nobody sees a wait on a descriptor begin; whenever the stop comes, it has to be noticed.
    if (stand_in != nullptr) clock.advance(20 * kMillisecond);
    if (stand_in == nullptr) real_clock.is_waited_on.wait(false);
    stop.request_stop();
  });
  const auto outcome = driver->read(guarded.packet, deadline_ns, stop.get_token());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, ReadOutcome::kNothing);
  EXPECT_LT(real_clock.now_ns(), deadline_ns);
}

TEST_P(EveryDriver, NeverWritesOutsideThePacket) {
  const InstrumentInfo info = open(example());
  const std::size_t scan = info.streams[0]->scan_bytes();
  for (const std::size_t bytes :
       {scan, scan + 1, 2 * scan - 1, 7 * scan, std::size_t{16384}, std::size_t{1} << 20}) {
    start(example());
    GuardedPacket guarded(bytes);
    for (int packets = 0; packets < 20; ++packets) {
      ASSERT_NO_FATAL_FAILURE(expect_packet(guarded.packet));
      ASSERT_TRUE(guarded.is_intact()) << bytes;
    }
  }
}

TEST_P(EveryDriver, RefusesAPacketWithoutRoomForOneScan) {
  const InstrumentInfo info = start(example());
  GuardedPacket guarded(info.streams[0]->scan_bytes() - 1);
  const Result<ReadOutcome> outcome = read(guarded.packet);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kOverflow);
  EXPECT_TRUE(guarded.is_intact());
}

TEST_P(EveryDriver, ComesBackAsTheSameAfterAnUnplugWithAGap) {
  const Trouble& trouble = trouble_of(entry().name);
  GuardedPacket guarded(16384);
  if (stand_in == nullptr &&
      !trouble.unplug) {  // what is always there is the same whenever it is opened
    const InstrumentInfo first = open(example()), second = open(example());
    EXPECT_EQ(first.serial, second.serial);
    EXPECT_EQ(first.streams[0]->name, second.streams[0]->name);
    return;
  }
  const Table plan = example(trouble.unplug.value_or(Table{}));
  const Params params = checked(plan);
  const InstrumentInfo before = start(plan);
  expect_packet(guarded.packet);
  if (stand_in != nullptr) stand_in->unplug();
  Result<ReadOutcome> outcome = read(guarded.packet);
  while (outcome) outcome = read(guarded.packet);
  ASSERT_EQ(outcome.error().code, Code::kDisconnected);
  driver->stop();
  driver->close();
  Result<InstrumentInfo> after = driver->open(params);
  EXPECT_EQ(after.error().code, Code::kDisconnected);
  if (stand_in != nullptr) {
    clock.advance(200 * kMillisecond);  // long enough to cost samples
    stand_in->plug();
  }
  for (; !after; after = driver->open(params)) {
    ASSERT_EQ(after.error().code, Code::kDisconnected);
    clock.advance(10 * kMillisecond);
  }
  EXPECT_EQ(std::tie(after->vendor, after->model, after->serial),
            std::tie(before.vendor, before.model, before.serial));
  ASSERT_EQ(after->streams.size(), before.streams.size());
  for (std::size_t i = 0; i < before.streams.size(); ++i) {
    EXPECT_EQ(after->streams[i]->name, before.streams[i]->name);
    EXPECT_EQ(after->streams[i]->rate_hz, before.streams[i]->rate_hz);
    EXPECT_EQ(after->streams[i]->channels.size(), before.streams[i]->channels.size());
  }
  ASSERT_TRUE(driver->start());
  expect_packet(guarded.packet);
  if (after->loss_report != LossReport::kExact) return;  // then the acquire stage tells the time
  EXPECT_GT(guarded.packet.gap_before.samples, 0U);
  EXPECT_NE(guarded.packet.gap_before.reasons & kGapReconnect, 0U);
}

TEST_P(EveryDriver, ReportsTheLossThatWasInjected) {
  const Trouble& trouble = trouble_of(entry().name);
  const std::filesystem::path truth_file =
      std::filesystem::temp_directory_path() /
      ("conformance-" + std::to_string(getpid()) + ".truth.json");
  Table table = example(trouble.losses.value_or(Table{}));
  if (trouble.losses) table["truth_file"] = truth_file.string();
  GuardedPacket guarded(16384);
  const InstrumentInfo info = start(table);
  // A driver without losses to inject may still be unable to tell what an absence costs.
  if (trouble.losses) {
    EXPECT_EQ(info.loss_report, LossReport::kExact);
  }
  std::uint64_t delivered = 0, lost = 0, late = 0;
  for (const std::int64_t end_ns = clock.now_ns() + 3 * kSecond; clock.now_ns() < end_ns;) {
    const Result<ReadOutcome> outcome = read(guarded.packet, 100 * kMillisecond);
    ASSERT_TRUE(outcome);
    if (*outcome != ReadOutcome::kPacket) continue;
    EXPECT_TRUE(guarded.packet.gap_before.is_exact);
    const Gap& gap = guarded.packet.gap_before;
    lost += gap.samples;
    // A loaded machine may be late for an instrument that does not wait.
    if (clock.is_real() && gap.reasons == kGapLate) late += gap.samples;
    delivered += guarded.packet.count;
  }
  driver->stop();
  lost += driver->tail_loss(0).samples;
  driver->close();
  if (!trouble.losses) {
    EXPECT_EQ(lost, late);
    return;
  }
  std::ifstream file(truth_file);
  const auto truth = nlohmann::json::parse(file);
  std::filesystem::remove(truth_file);
  EXPECT_GT(truth["overflowed"].get<std::uint64_t>(), 0U);
  EXPECT_EQ(truth["sent"].get<std::uint64_t>(), delivered);
  EXPECT_EQ(truth["made"].get<std::uint64_t>(), delivered + lost);
}

TEST_P(EveryDriver, RefusesBadParametersByName) {
  Table unknown = example();
  unknown["no_such_parameter"] = 1.0;
  const Result<Params> refused = Params::check(entry().params, unknown, "here");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "here.no_such_parameter");
  for (const ParamSpec& spec : entry().params) {
    for (const Value& bad : bad_values(spec)) {
      Table table = example();
      table[std::string(spec.name)] = bad;
      const Result<Params> params = Params::check(entry().params, table, "here");
      ASSERT_FALSE(params) << spec.name << " = " << to_text(bad);
      EXPECT_EQ(params.error().code, Code::kInvalid);
      EXPECT_TRUE(params.error().where.starts_with("here." + std::string(spec.name)));
      EXPECT_FALSE(params.error().sentence.empty());
    }
  }
}

TEST_P(EveryDriver, TakesEveryLiveParameterWhileRunning) {
  GuardedPacket guarded(4096);
  for (const ParamSpec& spec : entry().params) {
    if (!spec.live) continue;
    start(example());
    expect_packet(guarded.packet);
    for (const Value& value : good_values(spec)) {
      Table table = example();
      table[std::string(spec.name)] = value;
      const Result<void> set = driver->set(checked(table));
      // A real device may refuse what the declaration cannot know.
      const bool is_refused =
          !set && stand_in != nullptr && set.error().where.starts_with(spec.name);
      ASSERT_TRUE(set || is_refused)
          << spec.name << " = " << to_text(value) << ": " << to_string(set.error());
      // Whatever it does now, it answers in time and stays within the packet.
      for (int reads = 0; reads < 3; ++reads) {
        const std::int64_t before_ns = clock.now_ns();
        const Result<ReadOutcome> outcome = read(guarded.packet, 10 * kMillisecond);
        ASSERT_LE(clock.now_ns() - before_ns, clock.limit_ns(10 * kMillisecond));
        ASSERT_TRUE(guarded.is_intact());
        if (!outcome && outcome.error().code == Code::kDisconnected) start(example());
      }
    }
  }
}

TEST_P(EveryDriver, TakesOrRefusesRandomParametersAndStaysInTime) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomValues values(seed);
  GuardedPacket guarded(4096);
  int taken = 0;
  for (int tries = 0; tries < 60; ++tries) {
    Table table = values.table(entry().params);
    const Table legal = entry().example();
    for (const ParamSpec& spec : entry().params) {
      // Nobody guesses the name of a file: every other try takes the texts of the example.
      const bool keeps_text = spec.type == acq::ParamType::kText && tries % 2 == 0;
      if (!spec.required && !keeps_text) continue;
      table.erase(std::string(spec.name));
      if (const auto found = legal.find(spec.name); found != legal.end()) table.insert(*found);
    }
    table = reaching(std::move(table));
    SCOPED_TRACE(to_text(table));
    driver = entry().make(clock);
    const Result<InstrumentInfo> info = driver->open(checked(table));
    if (!info) {
      EXPECT_FALSE(info.error().where.empty()) << to_string(info.error());
      continue;
    }
    ++taken;
    ASSERT_TRUE(driver->start());
    for (int reads = 0; reads < 3; ++reads) {
      const std::int64_t before_ns = clock.now_ns();
      static_cast<void>(read(guarded.packet, 10 * kMillisecond));
      ASSERT_LE(clock.now_ns() - before_ns, clock.limit_ns(10 * kMillisecond));
      ASSERT_TRUE(guarded.is_intact());
    }
    driver->stop();
    driver->close();
  }
  EXPECT_GT(taken, 0);
}

TEST_P(EveryDriver, SaysWhichParameterCannotChangeWhileRunning) {
  for (const ParamSpec& spec : entry().params) {
    if (spec.live) continue;
    start(example());
    for (const Value& value : good_values(spec)) {
      Table table = example();
      table[std::string(spec.name)] = value;
      const Params params = checked(table);
      const Result<void> set = driver->set(params);
      if (params == checked(example())) {
        EXPECT_TRUE(set);
      } else {
        ASSERT_FALSE(set) << spec.name << " = " << to_text(value);
        EXPECT_EQ(set.error().code, Code::kUnsupported);
        EXPECT_EQ(set.error().where, spec.name);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryDriver,
                         testing::ValuesIn(driver_registry().begin(), driver_registry().end()),
                         [](const auto& tested) { return std::string(tested.param->name); });

}  // namespace
}  // namespace acq
