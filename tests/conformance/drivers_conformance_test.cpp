// What every driver promises, checked for each one in the registry with its example parameters.
// A new driver gets these tests by being registered; it has to be named in kTroubles below.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/signal.h"

namespace acq {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

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
      {"replay", {}, {}},  // a file stays where it is, and waits to be read
  };
  for (const Trouble& trouble : kTroubles)
    if (trouble.driver == driver) return trouble;
  ADD_FAILURE() << "name " << driver << " in kTroubles";
  return kTroubles[0];
}

// A packet of any size between two guards.
class GuardedPacket {
 public:
  explicit GuardedPacket(std::size_t bytes) : memory_(bytes + 2 * kGuardBytes, kGuard) {
    packet.samples = memory_.data() + kGuardBytes;
    packet.capacity_bytes = bytes;
  }
  [[nodiscard]] bool is_intact() const {
    const auto is_guard = [](std::byte b) { return b == kGuard; };
    return std::all_of(memory_.begin(), memory_.begin() + kGuardBytes, is_guard) &&
           std::all_of(memory_.end() - kGuardBytes, memory_.end(), is_guard);
  }
  Packet packet;

 private:
  static constexpr std::ptrdiff_t kGuardBytes = 256;
  static constexpr std::byte kGuard{0xa5};
  std::vector<std::byte> memory_;
};

class EveryDriver : public testing::TestWithParam<const DriverEntry*> {
 protected:
  // Examples name files from the root of the sources.
  void SetUp() override { std::filesystem::current_path(ACQ_SOURCE_DIR); }

  [[nodiscard]] const DriverEntry& entry() const { return *GetParam(); }
  [[nodiscard]] bool declares(std::string_view name) const {
    return std::any_of(entry().params.begin(), entry().params.end(),
                       [&](const ParamSpec& spec) { return spec.name == name; });
  }
  // The example with some parameters replaced, those the driver has.
  [[nodiscard]] Table example(const Table& more = {}) const {
    Table table = entry().example();
    for (const auto& [name, value] : more)
      if (declares(name)) table[name] = value;
    return table;
  }
  [[nodiscard]] Params checked(const Table& table) const {
    const Result<Params> params = Params::check(entry().params, table, "");
    EXPECT_TRUE(params) << to_string(params.error());
    return params ? *params : Params();
  }
  InstrumentInfo open(const Table& table) {
    driver = entry().make(clock);
    const Result<InstrumentInfo> info = driver->open(checked(table));
    EXPECT_TRUE(info) << to_string(info.error());
    return info ? *info : InstrumentInfo{};
  }
  InstrumentInfo start(const Table& table) {
    InstrumentInfo info = open(table);
    const Result<void> started = driver->start();
    EXPECT_TRUE(started) << to_string(started.error());
    return info;
  }
  Result<ReadOutcome> read(Packet& packet, std::int64_t wait_ns = kSecond) {
    packet.clear();
    return driver->read(packet, clock.now_ns() + wait_ns, {});
  }
  // Reads until a packet comes; errors and waiting are failures.
  void expect_packet(Packet& packet) {
    const Result<ReadOutcome> outcome = read(packet, 60 * kSecond);
    ASSERT_TRUE(outcome) << to_string(outcome.error());
    ASSERT_EQ(*outcome, ReadOutcome::kPacket);
    ASSERT_GE(packet.count, 1U);
    ASSERT_NE(packet.info, nullptr);
    ASSERT_LE(packet.size_bytes(), packet.capacity_bytes);
  }

  FakeClock clock;
  std::unique_ptr<Driver> driver;
};

// So slow, and so patient, that read() has to wait.
const Table kWaiting{{"rate", 10.0}, {"latency", std::string("60 s")}};

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
  for (int packets = 0; packets < 200; ++packets) {
    ASSERT_NO_FATAL_FAILURE(expect_packet(packet));
    index += packet.gap_before.samples;
    const double time_s = static_cast<double>(packet.stamp.t0_ticks) * packet.stamp.tick_s.value();
    const double rate_hz = packet.info->rate_hz.value();
    if (!first_s) first_s = time_s - static_cast<double>(index) / rate_hz;
    EXPECT_NEAR(time_s - *first_s, static_cast<double>(index) / rate_hz, 1e-6);
    index += packet.count;
  }
}

TEST_P(EveryDriver, HonoursItsDeadlineWithinAFifth) {
  GuardedPacket guarded(1 << 20);
  start(example(kWaiting));
  for (const std::int64_t wait_ns : {kMillisecond, 10 * kMillisecond, 100 * kMillisecond}) {
    const std::int64_t before_ns = clock.now_ns();
    const Result<ReadOutcome> outcome = read(guarded.packet, wait_ns);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(*outcome, ReadOutcome::kNothing);
    const std::int64_t waited_ns = clock.now_ns() - before_ns;
    EXPECT_GE(waited_ns, wait_ns);
    EXPECT_LE(waited_ns, wait_ns * 6 / 5);
    EXPECT_EQ(guarded.packet.count, 0U);
    EXPECT_EQ(guarded.packet.info, nullptr);
  }
}

TEST_P(EveryDriver, ReturnsAtOnceWhenAStopIsAlreadyAskedFor) {
  GuardedPacket guarded(1 << 20);
  start(example(kWaiting));
  std::stop_source stop;
  stop.request_stop();
  const std::int64_t before_ns = clock.now_ns();
  const auto outcome = driver->read(guarded.packet, before_ns + 3600 * kSecond, stop.get_token());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, ReadOutcome::kNothing);
  EXPECT_EQ(clock.now_ns(), before_ns);
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
  const std::unique_ptr<Driver> real = entry().make(real_clock);
  ASSERT_TRUE(real->open(checked(example(kWaiting))));
  ASSERT_TRUE(real->start());
  GuardedPacket guarded(1 << 20);
  std::stop_source stop;
  const std::int64_t deadline_ns = real_clock.now_ns() + 60 * kSecond;
  const std::jthread asks([&] {
    real_clock.is_waited_on.wait(false);
    stop.request_stop();
  });
  const auto outcome = real->read(guarded.packet, deadline_ns, stop.get_token());
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
  if (!trouble.unplug) {  // what is always there is the same whenever it is opened
    const InstrumentInfo first = open(example()), second = open(example());
    EXPECT_EQ(first.serial, second.serial);
    EXPECT_EQ(first.streams[0]->name, second.streams[0]->name);
    return;
  }
  const Params params = checked(example(*trouble.unplug));
  const InstrumentInfo before = start(example(*trouble.unplug));
  Result<ReadOutcome> outcome = read(guarded.packet);
  while (outcome) outcome = read(guarded.packet);
  ASSERT_EQ(outcome.error().code, Code::kDisconnected);
  driver->stop();
  driver->close();
  Result<InstrumentInfo> after = driver->open(params);
  EXPECT_EQ(after.error().code, Code::kDisconnected);
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
  std::uint64_t delivered = 0, lost = 0;
  for (const std::int64_t end_ns = clock.now_ns() + 3 * kSecond; clock.now_ns() < end_ns;) {
    const Result<ReadOutcome> outcome = read(guarded.packet, 100 * kMillisecond);
    ASSERT_TRUE(outcome);
    if (*outcome != ReadOutcome::kPacket) continue;
    EXPECT_TRUE(guarded.packet.gap_before.is_exact);
    lost += guarded.packet.gap_before.samples;
    delivered += guarded.packet.count;
  }
  driver->stop();
  lost += driver->tail_loss(0).samples;
  driver->close();
  if (!trouble.losses) {
    EXPECT_EQ(lost, 0U);
    return;
  }
  std::ifstream file(truth_file);
  const auto truth = nlohmann::json::parse(file);
  std::filesystem::remove(truth_file);
  EXPECT_GT(truth["overflowed"].get<std::uint64_t>(), 0U);
  EXPECT_EQ(truth["sent"].get<std::uint64_t>(), delivered);
  EXPECT_EQ(truth["made"].get<std::uint64_t>(), delivered + lost);
}

// Values a parameter must refuse.
List bad_values(const ParamSpec& spec) {
  List bad;
  const bool is_number = spec.type == ParamType::kNumber || spec.type == ParamType::kInteger ||
                         spec.type == ParamType::kNumbers;
  if (is_number) {
    bad = {text("nonsense"), text("nan"), text("1 furlong"), std::nan(""), INFINITY, Table{}};
    if (std::isfinite(spec.min)) bad.emplace_back(spec.min - std::max(1.0, std::abs(spec.min)));
    if (std::isfinite(spec.max)) bad.emplace_back(spec.max * 2 + 1);
    if (spec.type == ParamType::kInteger) bad.emplace_back(spec.min + 0.5);
    if (spec.type == ParamType::kNumbers) bad.emplace_back(List{text("x")});
  }
  if (spec.type == ParamType::kFlag) bad = {text("true"), 1.0};
  if (spec.type == ParamType::kText) bad = {1.0, true, List{}};
  if (spec.type == ParamType::kChoice) bad = {text("no such choice"), text(""), 1.0};
  if (spec.type == ParamType::kTables)
    bad = {1.0, text("x"), List{1.0}, List{Table{{"no such field", 1.0}}}};
  return bad;
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

// Values a parameter may take: ends of the range, every choice, a table for every choice in it.
List good_values(const ParamSpec& spec) {
  List good;
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger:
    case ParamType::kNumbers:
      good.emplace_back(std::clamp(1.0, spec.min, spec.max));
      if (std::isfinite(spec.min)) good.emplace_back(spec.min);
      if (std::isfinite(spec.max)) good.emplace_back(spec.max);
      break;
    case ParamType::kFlag: good = {true, false}; break;
    case ParamType::kText: good = {text("a word")}; break;
    case ParamType::kChoice:
      for (const std::string_view choice : spec.choices) good.emplace_back(text(choice));
      break;
    case ParamType::kTables:
      for (const ParamSpec& field : spec.fields) {
        for (const Value& value : good_values(field)) {
          Table row;
          for (const ParamSpec& other : spec.fields)
            row[std::string(other.name)] = good_values(other)[0];
          row[std::string(field.name)] = value;
          good.emplace_back(List{row});
        }
      }
      good.emplace_back(List{});
      break;
  }
  return good;
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
      ASSERT_TRUE(set) << spec.name << " = " << to_text(value) << ": " << to_string(set.error());
      // Whatever it does now, it answers in time and stays within the packet.
      for (int reads = 0; reads < 3; ++reads) {
        const std::int64_t before_ns = clock.now_ns();
        const Result<ReadOutcome> outcome = read(guarded.packet, 10 * kMillisecond);
        ASSERT_LE(clock.now_ns() - before_ns, 12 * kMillisecond);
        ASSERT_TRUE(guarded.is_intact());
        if (!outcome && outcome.error().code == Code::kDisconnected) start(example());
      }
    }
  }
}

// Any value of a declared parameter, small ones as likely as large ones.
class RandomValues {
 public:
  explicit RandomValues(std::uint32_t seed) : random_(seed) {}

  Table table(std::span<const ParamSpec> specs) {
    Table out;
    for (const ParamSpec& spec : specs)
      if (spec.required || below(3) == 0) out[std::string(spec.name)] = value(spec);
    return out;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  double number(const ParamSpec& spec) {
    const double low = std::max(spec.min, -1e6), high = std::min(spec.max, 1e6);
    const double share = std::pow(10.0, -static_cast<double>(below(10)));
    const double out = below(2) == 0 ? low + (high - low) * share : high - (high - low) * share;
    return spec.type == ParamType::kInteger ? std::round(out) : out;
  }

  Value value(const ParamSpec& spec) {
    switch (spec.type) {
      case ParamType::kNumber:
      case ParamType::kInteger: return number(spec);
      case ParamType::kFlag: return below(2) == 0;
      case ParamType::kText: return text("text");
      case ParamType::kChoice: return text(spec.choices[below(spec.choices.size())]);
      case ParamType::kNumbers: {
        List list;
        for (std::size_t i = below(5); i > 0; --i) list.emplace_back(number(spec));
        return list;
      }
      case ParamType::kTables: break;
    }
    List rows;
    for (std::size_t i = below(5); i > 0; --i) rows.emplace_back(table(spec.fields));
    return rows;
  }

  std::mt19937 random_;
};

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
      ASSERT_LE(clock.now_ns() - before_ns, 12 * kMillisecond);
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
