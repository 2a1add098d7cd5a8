#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/drivers/replay/support.h"
#include "tests/support/paths.h"

namespace acq {
namespace {

constexpr std::int64_t kForever = std::int64_t{1} << 60;
constexpr std::int64_t kSecond = 1'000'000'000;

std::string text(const char* s) {
  return s;
}

struct Bench {
  explicit Bench(const Table& given, std::size_t packet_bytes = 4096) : pool(1, packet_bytes) {
    driver = entry->make(clock);
    const Result<InstrumentInfo> opened = driver->open(params(given));
    EXPECT_TRUE(opened) << to_string(opened.error());
    if (opened) info = *opened;
    EXPECT_TRUE(driver->start());
    packet = pool.take();
  }
  static Params params(const Table& given) {
    Result<Params> checked = Params::check(entry->params, given, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    return *checked;
  }
  ReadOutcome read(std::int64_t deadline_ns = kForever) {
    const Result<ReadOutcome> outcome = driver->read(*packet, deadline_ns, {});
    EXPECT_TRUE(outcome) << to_string(outcome.error());
    return outcome ? *outcome : ReadOutcome::kEnd;
  }
  // Reads until the end or `most` samples.
  std::vector<std::int16_t> read_all(std::size_t most = 1'000'000) {
    std::vector<std::int16_t> all;
    while (all.size() < most && read() == ReadOutcome::kPacket) {
      const std::size_t before = all.size();
      all.resize(before + packet->count);
      std::memcpy(all.data() + before, packet->samples, packet->count * sizeof(std::int16_t));
    }
    return all;
  }

  static inline const DriverEntry* entry = find_driver("replay");
  FakeClock clock;
  PacketPool pool;
  std::unique_ptr<Driver> driver;
  InstrumentInfo info;
  Packet* packet = nullptr;
};

// 10000 samples at 1 kHz whose values are their numbers.
struct Counting {
  Counting() {
    std::iota(samples.begin(), samples.end(), std::int16_t{0});
    path = folder.write("a.wav", replay::wav({.rate_hz = 1000}, replay::bytes_of(samples)));
  }
  replay::TempFolder folder;
  std::vector<std::int16_t> samples = std::vector<std::int16_t>(10000);
  std::string path;
};

TEST(Replay, FastPaceDeliversEverySampleOnceThenEnds) {
  const Counting file;
  Bench bench({{"file", file.path}, {"pace", text("fast")}});
  EXPECT_TRUE(bench.info.can_wait);
  EXPECT_EQ(bench.read_all(), file.samples);
  EXPECT_EQ(bench.read(), ReadOutcome::kEnd);
  EXPECT_EQ(bench.driver->tail_loss(0), Gap{});
}

TEST(Replay, RealPaceFollowsTheClockTimesTheSpeed) {
  const Counting file;
  Bench bench({{"file", file.path}, {"speed", 4.0}, {"latency", text("5 ms")}});
  const std::int64_t start_ns = bench.clock.now_ns();
  std::uint64_t delivered = 0;
  while (bench.read() == ReadOutcome::kPacket) {
    EXPECT_EQ(bench.packet->count, 20U);
    EXPECT_EQ(bench.packet->stamp.t0_ticks, static_cast<std::int64_t>(delivered));
    EXPECT_EQ(bench.packet->stamp.tick_s, (Rational{1, 1000}));
    delivered += bench.packet->count;
    EXPECT_EQ(bench.clock.now_ns() - start_ns,
              static_cast<std::int64_t>(delivered) * kSecond / 4000);
  }
  EXPECT_EQ(delivered, 10000U);
}

TEST(Replay, WhatIsReadLateIsDeliveredLate) {
  const Counting file;
  Bench bench({{"file", file.path}});
  bench.clock.advance(100 * kSecond);
  EXPECT_EQ(bench.read_all(), file.samples);
}

TEST(Replay, ReturnsNothingAtTheDeadline) {
  const Counting file;
  Bench bench({{"file", file.path}, {"latency", text("1 s")}});
  const std::int64_t deadline_ns = bench.clock.now_ns() + kSecond / 2;
  EXPECT_EQ(bench.read(deadline_ns), ReadOutcome::kNothing);
  EXPECT_EQ(bench.clock.now_ns(), deadline_ns);
}

// Eight samples at 1 kHz, of which 100 are missing before the third and 1000 before the last.
struct Holed {
  Holed() {
    folder.write("a.sigmf-data",
                 replay::bytes_of(std::vector<std::int16_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    path = folder.write("a.sigmf-meta", R"({"global": {"core:version": "1.2.0",
        "core:datatype": "ri16_le", "core:sample_rate": 1000},
        "captures": [{"core:sample_start": 0, "core:global_index": 0},
                     {"core:sample_start": 2, "core:global_index": 102},
                     {"core:sample_start": 7, "core:global_index": 1107}], "annotations": []})");
  }
  replay::TempFolder folder;
  std::string path;
};

TEST(Replay, WhatTheRecordingLostIsAGapBeforeThePacketBehindIt) {
  const Holed file;
  for (const std::size_t room : {std::size_t{4}, std::size_t{4096}}) {
    Bench bench({{"file", file.path}, {"pace", text("fast")}, {"loop", true}}, room);
    EXPECT_EQ(bench.info.loss_report, LossReport::kExact);
    std::int64_t index = 0;  // of the next sample, lost ones included
    std::vector<std::int16_t> samples;
    std::vector<std::pair<std::size_t, std::uint64_t>> gaps;
    while (samples.size() < 16 && bench.read() == ReadOutcome::kPacket) {
      const Gap& gap = bench.packet->gap_before;
      if (gap.samples > 0) gaps.emplace_back(samples.size(), gap.samples);
      index += static_cast<std::int64_t>(gap.samples);
      EXPECT_EQ(bench.packet->stamp.t0_ticks, index);
      index += bench.packet->count;
      const auto* first = reinterpret_cast<const std::int16_t*>(bench.packet->samples);
      samples.insert(samples.end(), first, first + bench.packet->count);
    }
    for (std::size_t i = 0; i < samples.size(); ++i)
      EXPECT_EQ(samples[i], static_cast<std::int16_t>(i % 8));
    const std::vector<std::pair<std::size_t, std::uint64_t>> expected{
        {2, 100}, {7, 1000}, {10, 100}, {15, 1000}};
    EXPECT_EQ(gaps, expected);
  }
}

TEST(Replay, AtRealPaceAGapLastsAsLongAsItDid) {
  const Holed file;
  Bench bench({{"file", file.path}});
  const std::int64_t start_ns = bench.clock.now_ns();
  EXPECT_EQ(bench.read_all().size(), 8U);
  EXPECT_EQ(bench.clock.now_ns() - start_ns, 1108 * kSecond / 1000);
}

TEST(Replay, LoopsWithTimeGoingOnUntilToldToFinish) {
  const Counting file;
  const Table looped{{"file", file.path}, {"pace", text("fast")}, {"loop", true}};
  Bench bench(looped);
  const std::vector<std::int16_t> all = bench.read_all(25000);
  for (std::size_t i = 0; i < all.size(); ++i)
    ASSERT_EQ(all[i], static_cast<std::int16_t>(i % 10000));
  EXPECT_EQ(bench.packet->stamp.t0_ticks + bench.packet->count,
            static_cast<std::int64_t>(all.size()));
  Table once = looped;
  once["loop"] = false;
  ASSERT_TRUE(bench.driver->set(Bench::params(once)));
  EXPECT_EQ(all.size() + bench.read_all().size(), 30000U);
}

TEST(Replay, StartBeginsAtTheFirstSampleAgain) {
  const Counting file;
  Bench bench({{"file", file.path}, {"pace", text("fast")}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.driver->stop();
  ASSERT_TRUE(bench.driver->start());
  EXPECT_EQ(bench.read_all(), file.samples);
}

TEST(Replay, TheUserMayGiveUnitScaleAndOffset) {
  const Counting file;
  Table given{{"file", file.path}, {"unit", text("Pa")}, {"scale", 2.0}, {"offset", List{-1.0}}};
  Bench bench(given);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->info->channels[0].unit, "Pa");
  EXPECT_EQ(bench.packet->info->channels[0].scale, 2);
  EXPECT_EQ(bench.packet->info->channels[0].offset, -1);
  given["scale"] = List{1.0, 2.0};
  EXPECT_EQ(bench.driver->set(Bench::params(given)).error().where, "scale");
  given["scale"] = 3.0;
  ASSERT_TRUE(bench.driver->set(Bench::params(given)));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->info->channels[0].scale, 3);
}

TEST(Replay, ASpeedSetWhileRunningContinuesFromHere) {
  const Counting file;
  Table given{{"file", file.path}, {"latency", text("100 ms")}};
  Bench bench(given);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  given["speed"] = 10.0;
  ASSERT_TRUE(bench.driver->set(Bench::params(given)));
  const std::int64_t before_ns = bench.clock.now_ns();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->stamp.t0_ticks, 100);
  EXPECT_EQ(bench.packet->count, 1000U);
  EXPECT_EQ(bench.clock.now_ns() - before_ns, kSecond / 10);
}

TEST(Replay, NeedsARateFromTheFileOrTheUser) {
  const replay::TempFolder folder;
  const std::string path = folder.write("a.csv", "1\n2\n");
  FakeClock clock;
  const auto driver = Bench::entry->make(clock);
  EXPECT_EQ(driver->open(Bench::params({{"file", path}})).error().where, "rate");
  const auto info = driver->open(Bench::params({{"file", path}, {"rate", text("44.1 kHz")}}));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->streams[0]->rate_hz, (Rational{44100, 1}));
}

TEST(Replay, AFileThatShrinksGivesOneErrorThenTheEnd) {
  const Counting file;
  Bench bench({{"file", file.path}, {"pace", text("fast")}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  ASSERT_EQ(truncate(file.path.c_str(), 100), 0);
  const Result<ReadOutcome> failed = bench.driver->read(*bench.packet, kForever, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kIo);
  EXPECT_EQ(bench.read(), ReadOutcome::kEnd);
}

TEST(Replay, StampsAreUtcWhereTheFileSaysWhen) {
  const replay::TempFolder folder;
  folder.write("a.sigmf-data", std::string(4000, '\0'));
  const std::string path =
      folder.write("a.sigmf-meta",
                   R"({"global": {"core:datatype": "ri16_le", "core:sample_rate": 1000},
          "captures": [{"core:sample_start": 0, "core:datetime": "2024-05-01T12:00:00.000Z"}]})");
  Bench bench({{"file", path}, {"pace", text("fast")}}, 1000);
  for (std::int64_t packet = 0; packet < 4; ++packet) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.packet->flags, kFlagReplayed);
    EXPECT_EQ(bench.packet->stamp.scale, TimeScale::kUtc);
    EXPECT_EQ(bench.packet->stamp.t0_ticks, 1'714'564'800 * kSecond + packet * kSecond / 2);
    EXPECT_NEAR(bench.packet->stamp.sigma_ns, 1e6 / std::sqrt(12), 1);
  }
}

// The figures are those of SciPy: scipy.misc.electrocardiogram() has mean -0.16510875 mV and
// standard deviation 0.5992473991177294 mV (its documentation), and begins -0.245, -0.215, -0.185.
TEST(Replay, PlaysTheElectrocardiogramInMillivolts) {
  Bench bench({{"file", ACQ_TEST_DATA "/ecg.sigmf-meta"}, {"pace", text("fast")}});
  const std::vector<std::int16_t> counts = bench.read_all();
  const Channel& channel = bench.info.streams[0]->channels[0];
  ASSERT_EQ(counts.size(), 108000U);
  EXPECT_EQ(bench.info.streams[0]->rate_hz, (Rational{360, 1}));
  EXPECT_EQ(channel.unit, "mV");
  double sum = 0, squares = 0;
  for (const std::int16_t count : counts) {
    const double mv = count * channel.scale + channel.offset;
    sum += mv, squares += mv * mv;
  }
  const double mean = sum / 108000;
  EXPECT_NEAR(mean, -0.16510875, 1e-8);
  EXPECT_NEAR(std::sqrt(squares / 108000 - mean * mean), 0.5992473991177294, 1e-10);
  EXPECT_NEAR(counts[0] * channel.scale + channel.offset, -0.245, 1e-12);
  EXPECT_NEAR(counts[2] * channel.scale + channel.offset, -0.185, 1e-12);
}

}  // namespace
}  // namespace acq
