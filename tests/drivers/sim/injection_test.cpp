// What the driver reports against what the simulated device knows it did, for each kind of fault.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/sim/faults.h"
#include "dsp/base/packet_pool.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kRateHz = 100'000;

std::string text(std::string_view s) {
  return std::string(s);
}

// Runs the simulator the way the daemon does and adds up what it says.
class Session {
 public:
  Session(std::string_view pace, List faults, std::int64_t duration_ns, Table more = {}) {
    static int number = 0;
    truth_file_ =
        std::filesystem::temp_directory_path() /
        ("sim-" + std::to_string(getpid()) + "-" + std::to_string(number++) + ".truth.json");
    more.insert({{"channels", 1.0},
                 {"dtype", text("i32")},
                 {"rate", kRateHz},
                 {"pace", text(pace)},
                 {"truth_file", truth_file_.string()},
                 {"signal", List{Table{{"kind", text("counter")}}}},
                 {"faults", std::move(faults)}});
    const DriverEntry* entry = find_driver("sim");
    driver_ = entry->make(clock_);
    const Result<Params> params = Params::check(entry->params, more, "");
    EXPECT_TRUE(params) << to_string(params.error());
    params_ = *params;
    connect();
    run(duration_ns);
    driver_->stop();
    tail = driver_->tail_loss(0);
    driver_->close();
    std::ifstream file(truth_file_);
    truth = nlohmann::json::parse(file);
  }
  ~Session() { std::filesystem::remove(truth_file_); }

  [[nodiscard]] std::uint64_t lost() const {
    std::uint64_t sum = tail.samples;
    for (const auto& [reasons, samples] : gaps) sum += samples;
    return sum;
  }
  [[nodiscard]] std::uint64_t truly_lost(std::string_view kind) const {
    return truth["lost"][text(kind)].get<std::uint64_t>();
  }

  std::uint64_t delivered = 0;
  std::uint64_t packets = 0;
  std::uint64_t wrong_values = 0;
  std::uint64_t inexact = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t io_errors = 0;
  std::map<std::uint32_t, std::uint64_t> gaps;  // samples by set of reasons
  std::vector<Stamp> stamps;
  std::vector<std::uint64_t> indices;  // of the first sample of each packet
  std::vector<std::uint32_t> counts;
  Gap tail;
  nlohmann::json truth;

 private:
  void connect() {
    while (!driver_->open(params_)) clock_.advance(kSecond / 20);
    EXPECT_TRUE(driver_->start());
  }

  void run(std::int64_t duration_ns) {
    PacketPool pool(1, 4096);
    Packet* packet = pool.take();
    const std::int64_t end_ns = clock_.now_ns() + duration_ns;
    // Pace fast takes no time, so its length is counted in samples.
    const auto most =
        static_cast<std::uint64_t>(kRateHz) * static_cast<std::uint64_t>(duration_ns / kSecond);
    std::uint64_t index = 0;
    while (clock_.now_ns() < end_ns && index < most) {
      packet->clear();
      const Result<ReadOutcome> outcome =
          driver_->read(*packet, clock_.now_ns() + kSecond / 10, {});
      if (outcome && *outcome == ReadOutcome::kPacket) {
        index += packet->gap_before.samples;
        add(*packet, index);
        index += packet->count;
      } else if (!outcome && outcome.error().code == Code::kDisconnected) {
        ++reconnects;
        driver_->stop();
        gaps[kGapDevice] += driver_->tail_loss(0).samples;
        index += driver_->tail_loss(0).samples;
        driver_->close();
        connect();
      } else if (!outcome) {
        EXPECT_EQ(outcome.error().code, Code::kIo);
        ++io_errors;
      }
    }
  }

  void add(const Packet& packet, std::uint64_t index) {
    ++packets;
    delivered += packet.count;
    if (packet.gap_before.samples > 0) gaps[packet.gap_before.reasons] += packet.gap_before.samples;
    inexact += packet.gap_before.is_exact ? 0 : 1;
    stamps.push_back(packet.stamp);
    indices.push_back(index);
    counts.push_back(packet.count);
    for (std::uint32_t i = 0; i < packet.count; ++i) {
      std::uint32_t value = 0;
      std::memcpy(&value, packet.samples + i * sizeof(value), sizeof(value));
      wrong_values += value != static_cast<std::uint32_t>(index + i) ? 1 : 0;
    }
  }

  FakeClock clock_;
  std::filesystem::path truth_file_;
  std::unique_ptr<Driver> driver_;
  Params params_;
};

Table fault(std::string_view kind, Table more = {}) {
  more.insert({"kind", text(kind)});
  return more;
}

// made = delivered + lost, every sample is the one its index says, and truth's own sum is closed.
void expect_all_accounted(const Session& run) {
  const auto& truth = run.truth;
  EXPECT_EQ(run.wrong_values, 0U);
  EXPECT_EQ(truth["sent"].get<std::uint64_t>(), run.delivered);
  EXPECT_EQ(truth["made"].get<std::uint64_t>(), run.delivered + run.lost()) << truth.dump(1);
  std::uint64_t sum = truth["sent"].get<std::uint64_t>() +
                      truth["overflowed"].get<std::uint64_t>() + truth["left"].get<std::uint64_t>();
  for (const auto& [kind, samples] : truth["lost"].items()) sum += samples.get<std::uint64_t>();
  EXPECT_EQ(truth["made"].get<std::uint64_t>(), sum);
}

class AtBothPaces : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Pace, AtBothPaces, testing::Values("real", "fast"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(AtBothPaces, WithoutFaultsNothingIsLost) {
  const Session run(GetParam(), {}, 10 * kSecond);
  expect_all_accounted(run);
  EXPECT_TRUE(run.gaps.empty());
  EXPECT_GE(run.delivered, 990'000U);
}

TEST_P(AtBothPaces, LostRunsAreExactGapsOfTheDevice) {
  const Session run(GetParam(),
                    {fault("lost_run", {{"at", 0.5}, {"every", 1.0}, {"samples", 123.0}})},
                    10 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.gaps.at(kGapDevice), 10 * 123U);
  EXPECT_EQ(run.truly_lost("lost_run"), 10 * 123U);
}

TEST_P(AtBothPaces, BurstsAreManyShortGaps) {
  const Session run(GetParam(), {fault("burst", {{"at", 0.5}, {"samples", 11.0}, {"runs", 20.0}})},
                    2 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.gaps.at(kGapDevice), 220U);
  EXPECT_EQ(run.truth["times"]["burst"], 20);
}

TEST_P(AtBothPaces, GarbageIsNeverDeliveredAndItsLengthIsKnown) {
  const Session run(GetParam(),
                    {fault("garbage", {{"at", 0.1}, {"every", 0.25}, {"samples", 3000.0}})},
                    10 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.truly_lost("garbage"), 40 * 3000U);
}

TEST_P(AtBothPaces, UnplugIsDisconnectedThenAnExactGap) {
  const Session run(GetParam(), {fault("unplug", {{"at", 2.0}, {"duration", 1.5}})}, 10 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.reconnects, 1U);
  EXPECT_EQ(run.gaps.at(kGapReconnect), run.truly_lost("unplug"));
  EXPECT_GE(run.truly_lost("unplug"), 150'000U);
  EXPECT_EQ(run.truth["starts"], 1);
}

TEST_P(AtBothPaces, LossesBeforeAnUnplugAreNotForgotten) {
  const Session run(GetParam(),
                    {fault("lost_run", {{"at", 2.0}, {"samples", 77.0}}),
                     fault("unplug", {{"at", 2.0}, {"duration", 0.5}})},
                    5 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.gaps.at(kGapDevice), 77U);
}

TEST_P(AtBothPaces, AnInexactOverrunSaysThatItIsInexact) {
  const Session run(
      GetParam(),
      {fault("overrun_inexact", {{"at", 1.0}, {"every", 1.0}, {"count", 3.0}, {"samples", 50.0}})},
      5 * kSecond);
  EXPECT_EQ(run.inexact, 3U);
  EXPECT_EQ(run.truly_lost("overrun_inexact"), 150U);
  EXPECT_EQ(run.truth["made"].get<std::uint64_t>(), run.delivered + run.lost() + 150);
}

TEST_P(AtBothPaces, AnErrorFailsOneReadAndLosesNothing) {
  const Session run(GetParam(), {fault("error", {{"at", 0.5}, {"every", 0.5}, {"count", 5.0}})},
                    5 * kSecond);
  expect_all_accounted(run);
  EXPECT_EQ(run.io_errors, 5U);
  EXPECT_TRUE(run.gaps.empty());
}

TEST_P(AtBothPaces, ShortBlocksAreShortAndComplete) {
  const Session run(GetParam(), {fault("short_blocks", {{"at", 1.0}, {"samples", 500.0}})},
                    2 * kSecond);
  expect_all_accounted(run);
  EXPECT_TRUE(run.gaps.empty());
  std::uint64_t in_short_blocks = 0;
  for (std::size_t i = 0; i < run.counts.size(); ++i)
    if (run.indices[i] >= 100'000 && run.indices[i] < 100'500) {
      EXPECT_LE(run.counts[i], 16U);
      in_short_blocks += run.counts[i];
    }
  EXPECT_EQ(in_short_blocks, 500U);
}

TEST_P(AtBothPaces, RandomMixturesOfFaultsAreAccountedForEverySeed) {
  const List faults = {
      fault("lost_run", {{"every", 0.01}, {"samples", 40.0}, {"random", true}}),
      fault("burst", {{"every", 0.3}, {"samples", 9.0}, {"random", true}}),
      fault("garbage", {{"every", 0.05}, {"samples", 300.0}, {"random", true}}),
      fault("stall", {{"every", 0.5}, {"duration", 0.2}, {"random", true}}),
      fault("unplug", {{"at", 0.7}, {"every", 1.5}, {"duration", 0.3}, {"random", true}}),
      fault("clock_drift", {{"every", 0.4}, {"value", 1e-3}, {"duration", 0.1}}),
      fault("wrong_rate", {{"every", 0.9}, {"value", 1.7}, {"duration", 0.2}, {"random", true}}),
      fault("error", {{"every", 0.2}, {"random", true}}),
      fault("short_blocks", {{"every", 0.2}, {"samples", 100.0}, {"random", true}}),
  };
  for (double seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    const Session run(GetParam(), faults, 5 * kSecond, {{"seed", seed}, {"buffer", 0.15}});
    expect_all_accounted(run);
    for (const auto& [kind, times] : run.truth["times"].items()) {
      const bool is_meant = kind != "clock_jump" && kind != "overrun_inexact";
      EXPECT_EQ(times.get<int>() > 0, is_meant) << kind;
    }
  }
}

TEST_P(AtBothPaces, FaultsThatComeFasterThanTheyPassStillLetSamplesThrough) {
  const List faults = {fault("lost_run", {{"every", 1e-5}, {"samples", 1000.0}}),
                       fault("burst", {{"every", 1e-5}, {"samples", 1000.0}})};
  const Session run(GetParam(), faults, 60 * kSecond);
  expect_all_accounted(run);
  EXPECT_GT(run.delivered, 10U);
}

TEST(SimFaults, AStallIsSilenceThenLateDataButNoLoss) {
  const Session run("real", {fault("stall", {{"at", 1.0}, {"duration", 0.5}})}, 3 * kSecond);
  expect_all_accounted(run);
  EXPECT_TRUE(run.gaps.empty());
  std::int64_t latest_ns = 0;
  for (std::size_t i = 0; i < run.stamps.size(); ++i)
    latest_ns = std::max(latest_ns, run.stamps[i].host_rx_ns - run.stamps[i].t0_ticks);
  EXPECT_GE(latest_ns, kSecond / 2);
  EXPECT_LT(latest_ns, kSecond / 2 + kSecond / 50);
}

TEST(SimFaults, AStallLongerThanTheBufferCostsExactlyTheRest) {
  const Session run("real", {fault("stall", {{"at", 1.0}, {"duration", 2.0}})}, 5 * kSecond,
                    {{"buffer", 0.5}});
  expect_all_accounted(run);
  EXPECT_EQ(run.truth["overflowed"].get<std::uint64_t>(), run.gaps.at(kGapDevice));
  EXPECT_EQ(run.gaps.at(kGapDevice), 150'000U);
}

TEST(SimFaults, AWrongRateMakesFewerSamplesInTheSameTime) {
  const Session run("real", {fault("wrong_rate", {{"at", 1.0}, {"value", 0.5}})}, 5 * kSecond);
  expect_all_accounted(run);
  EXPECT_NEAR(static_cast<double>(run.delivered), 100'000 + 4 * 50'000, 2000);  // 2 packets
}

TEST(SimFaults, ClockDriftShowsBetweenStampAndArrival) {
  const Session run("real", {fault("clock_drift", {{"at", 1.0}, {"value", 100e-6}})},
                    101 * kSecond);
  expect_all_accounted(run);
  const auto lateness = [](const Stamp& stamp) { return stamp.host_rx_ns - stamp.t0_ticks; };
  // 100 s at 100 ppm fast: arrives 10 ms earlier than its stamp says; packets are 10 ms long
  EXPECT_NEAR(static_cast<double>(lateness(run.stamps.back()) - lateness(run.stamps[50])), -1e7,
              2e4);
}

TEST(SimFaults, ClockJumpMovesTheStampsAndNothingElse) {
  const Session run("real", {fault("clock_jump", {{"at", 1.0}, {"jump", -3.0}})}, 2 * kSecond);
  expect_all_accounted(run);
  EXPECT_TRUE(run.gaps.empty());
  for (std::size_t i = 0; i < run.stamps.size(); ++i) {
    const std::int64_t nominal_ns =
        kSecond + static_cast<std::int64_t>(run.indices[i]) * (kSecond / 100'000);
    EXPECT_EQ(run.stamps[i].t0_ticks, nominal_ns - (run.indices[i] < 100'000 ? 0 : 3 * kSecond));
  }
}

TEST(SimFaults, TheSameSeedGivesTheSameTruth) {
  const auto truth = [](double seed) {
    const Session run("fast", {fault("lost_run", {{"every", 0.01}, {"random", true}})}, 3 * kSecond,
                      {{"seed", seed}});
    return run.truth["lost"].dump();
  };
  EXPECT_EQ(truth(4), truth(4));
  EXPECT_NE(truth(4), truth(5));
}

TEST(SimFaults, EveryKindHasATestAbove) {
  EXPECT_EQ(sim::kFaultKinds, 11U);
}

}  // namespace
}  // namespace acq
