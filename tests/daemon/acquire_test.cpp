// The account of the acquire stage against what the simulated instrument knows it did.
#include "daemon/acquire.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kRateHz = 500'000;

std::string text(std::string_view s) {
  return std::string(s);
}

// An instrument at work with one consumer on its only stream.
struct Bench {
  explicit Bench(List faults) {
    truth_file = std::filesystem::temp_directory_path() /
                 ("acquire-" + std::to_string(getpid()) + ".truth.json");
    config.params = {{"channels", 1.0},
                     {"dtype", text("i32")},
                     {"rate", static_cast<double>(kRateHz)},
                     {"truth_file", truth_file.string()},
                     {"signal", List{Table{{"kind", text("counter")}}}},
                     {"faults", std::move(faults)}};
    const DriverEntry* entry = find_driver("sim");
    const Result<Params> params = Params::check(entry->params, config.params, "");
    EXPECT_TRUE(params);
    acquire =
        std::make_unique<Acquire>("dut", config, *params, *entry, system_clock(), health, events);
    EXPECT_TRUE(acquire->open());
    feed = acquire->make_feed(bell);
    acquire->set_feeds({{feed}});
  }
  ~Bench() { std::filesystem::remove(truth_file); }

  // Takes packets until `samples` are delivered, checking each sample against its index; a minute is
  // far more than it takes.
  void consume(std::uint64_t samples) {
    const std::int64_t end_ns = system_clock().now_ns() + 60 * kSecond;
    while (feed->delivered.get() < samples && system_clock().now_ns() < end_ns) {
      bell->arm();
      if (feed->ring.front() == nullptr) bell->wait_until(system_clock().now_ns() + kSecond / 10);
      bell->disarm();
      take_all();
    }
  }
  void take_all() {
    for (PacketRef* ref = feed->ring.front(); ref != nullptr; ref = feed->ring.front()) {
      const Packet& packet = *ref->packet;
      next_index += ref->lost.samples + packet.gap_before.samples;
      wrong += packet.first_index != next_index ? 1 : 0;
      for (std::uint32_t i = 0; i < packet.count; ++i) {
        std::uint32_t value = 0;
        std::memcpy(&value, packet.samples + i * sizeof(value), sizeof(value));
        wrong += value != static_cast<std::uint32_t>(next_index + i) ? 1 : 0;
      }
      next_index += packet.count;
      feed->delivered.add(packet.count);
      feed->pool->release(ref->packet);
      feed->ring.pop();
    }
  }
  [[nodiscard]] nlohmann::json truth() const {
    std::ifstream file(truth_file);
    return nlohmann::json::parse(file);
  }

  InstrumentConfig config{.driver = "sim", .is_enabled = true, .params = {}};
  std::filesystem::path truth_file;
  Health health{system_clock(), 10 * kSecond};
  EventLog events;
  std::unique_ptr<Acquire> acquire;
  std::shared_ptr<Doorbell> bell = std::make_shared<Doorbell>();
  std::shared_ptr<Feed> feed;
  std::uint64_t next_index = 0;
  std::uint64_t wrong = 0;
};

Table fault(std::string_view kind, Table more) {
  more.insert({"kind", text(kind)});
  return more;
}

TEST(Acquire, AccountsForEverySampleWhateverTheInstrumentDoes) {
  Bench bench({fault("lost_run", {{"every", 0.007}, {"samples", 90.0}, {"random", true}}),
               fault("garbage", {{"every", 0.03}, {"samples", 700.0}, {"random", true}}),
               fault("lost_run", {{"at", 0.2}, {"every", 0.2}, {"samples", 11.0}}),
               fault("unplug", {{"at", 0.2}, {"every", 0.2}, {"duration", 0.03}}),
               fault("stall", {{"every", 0.25}, {"duration", 0.05}, {"random", true}}),
               fault("error", {{"at", 0.05}, {"every", 0.3}})});
  ASSERT_TRUE(bench.acquire->start());
  bench.consume(kRateHz);
  bench.acquire->stop();
  bench.take_all();
  const auto truth = bench.truth();
  const Feed& feed = *bench.feed;
  EXPECT_EQ(bench.wrong, 0U);
  EXPECT_GT(truth["times"]["unplug"], 2);
  // It may be away when it is stopped.
  EXPECT_LE(truth["times"]["unplug"].get<std::uint64_t>() - bench.acquire->reconnects(), 1U);
  EXPECT_EQ(bench.acquire->counters()[0]->made.get(), truth["made"].get<std::uint64_t>()) << truth;
  EXPECT_EQ(feed.made.get(), truth["made"].get<std::uint64_t>());
  EXPECT_EQ(feed.made.get(), feed.delivered.get() + feed.lost_total());
}

TEST(Acquire, AFailedTransferIsPassedWhenDataComeAgain) {
  Bench bench({fault("error", {{"at", 0.05}, {"every", 0.05}, {"count", 3.0}})});
  ASSERT_TRUE(bench.acquire->start());
  bench.consume(kRateHz / 4);
  EXPECT_EQ(bench.acquire->state(), InstrumentState::kAcquiring);
  EXPECT_FALSE(bench.acquire->last_error().empty());
  bench.acquire->stop();
  EXPECT_EQ(bench.truth()["times"]["error"], 3);
}

TEST(Acquire, IsSeenAcquiringInANewEpochByWhomeverWasToldThatItStarted) {
  Bench bench(List{});
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    ASSERT_TRUE(bench.acquire->start());
    EXPECT_EQ(bench.acquire->state(), InstrumentState::kAcquiring);
    EXPECT_EQ(bench.acquire->epoch(), epoch);
    bench.acquire->stop();
    EXPECT_EQ(bench.acquire->state(), InstrumentState::kReady);
  }
}

}  // namespace
}  // namespace acq
