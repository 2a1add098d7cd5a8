// Joiner, by time: streams of several instruments, each with a clock of its own, side by side by their
// stamps.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <tuple>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/join.h"

namespace acq {
namespace {

constexpr std::size_t kMost = 64;
constexpr double kRate_hz = 1000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kCycle = 1'000'000;  // a float tells so many apart

SignalInfo wave(double group_delay = 0) {
  SignalInfo info;
  info.rate_hz = {1000, 1};
  info.max_count = kMost;
  info.channels = {Channel{.id = "x"}};
  info.group_delay = rational_from(group_delay);
  return info;
}

// An instrument: its samples are their own index (modulo kCycle), its stamps tell its clock's time as the world sees
// it.
struct Instrument {
  std::size_t input = 0;
  std::int64_t start_ns = 0;
  double rate_hz = kRate_hz;  // in truth
  double sigma_ns = 1;
  TimeScale scale = TimeScale::kMonotonic;
  std::function<double()> jitter_ns = [] { return 0.0; };
  std::uint64_t next = 0;
  std::uint32_t epoch = 0;
  Planes planes{1, kMost};

  [[nodiscard]] std::int64_t time_of(std::uint64_t index) const {
    return start_ns + std::llround(static_cast<double>(index) / rate_hz * 1e9);
  }
  void push(Joiner& joiner, std::uint32_t count, Gap gap = {}) {
    Chunk chunk;
    chunk.channels = 1;
    chunk.count = count;
    chunk.first_index = next + gap.samples;
    chunk.gap_before = gap;
    chunk.epoch = epoch;
    chunk.stamp = {.t0_ticks = time_of(chunk.first_index) + std::llround(jitter_ns()),
                   .scale = scale,
                   .sigma_ns = sigma_ns};
    planes.lend(chunk.planes);
    for (std::uint32_t i = 0; i < count; ++i)
      planes[0][i] = static_cast<float>((chunk.first_index + i) % kCycle);
    next = chunk.first_index + count;
    joiner.push(input, chunk);
  }
};

struct Piece {
  std::uint64_t first = 0;
  Gap gap;
  std::vector<std::uint64_t> a, b;  // the samples: the instruments' own indices
  bool operator==(const Piece&) const = default;
};

std::vector<Piece> take(Joiner& joiner) {
  std::vector<Piece> pieces;
  Chunk out;
  while (joiner.next(out)) {
    Piece piece{out.first_index, out.gap_before, {}, {}};
    for (std::uint32_t i = 0; i < out.count; ++i) {
      piece.a.push_back(static_cast<std::uint64_t>(out.planes[0][i]));
      piece.b.push_back(static_cast<std::uint64_t>(out.planes[1][i]));
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::unique_ptr<Joiner> by_time(const std::vector<SignalInfo>& inputs = {wave(), wave()}) {
  auto joiner = Joiner::build(inputs, JoinBy::kTime);
  EXPECT_TRUE(joiner);
  return std::move(*joiner);
}

// Whoever is behind in time goes on.
std::vector<Piece> run(Joiner& joiner, Instrument& a, Instrument& b, std::uint64_t samples,
                       std::uint32_t count_b = 50) {
  std::vector<Piece> pieces;
  while (a.next < samples) {
    if (a.time_of(a.next) <= b.time_of(b.next)) {
      a.push(joiner, 50);
    } else {
      b.push(joiner, count_b);
    }
    for (Piece& piece : take(joiner)) pieces.push_back(std::move(piece));
  }
  return pieces;
}

TEST(JoinByTime, PutsSamplesOfTheSameTimeSideBySideWhenOneStartsLater) {
  for (const std::int64_t later_ns : {250'000'000, -250'000'000, 250'400'000, 249'600'000}) {
    const auto joiner = by_time();
    Instrument a{.input = 0, .start_ns = 100 * kSecond};
    Instrument b{.input = 1, .start_ns = 100 * kSecond + later_ns};
    const auto pieces = run(*joiner, a, b, 2000);
    const std::int64_t apart = later_ns > 0 ? 250 : -250;
    std::size_t joined = 0;
    for (const Piece& piece : pieces) {
      EXPECT_FALSE(piece.gap.breaks());
      for (std::size_t i = 0; i < piece.a.size(); ++i) {
        ASSERT_EQ(piece.a[i], piece.first + i);
        ASSERT_EQ(static_cast<std::int64_t>(piece.a[i] - piece.b[i]), apart);
      }
      joined += piece.a.size();
    }
    EXPECT_GE(joined, 1700U);
  }
}

TEST(JoinByTime, HoursOfDifferenceInTheCountsOfTwoEpochsDoNotMatter) {
  const auto joiner = by_time();
  Instrument a{.input = 0, .start_ns = 1'700'000'000 * kSecond, .next = 40'000'000, .epoch = 3};
  Instrument b{.input = 1, .start_ns = 1'700'040'000 * kSecond - 7'000'000, .next = 0};
  const auto pieces = run(*joiner, a, b, 40'001'000);
  ASSERT_FALSE(pieces.empty());
  for (const Piece& piece : pieces)
    for (std::size_t i = 0; i < piece.a.size(); ++i) ASSERT_EQ(piece.a[i] + 7, piece.b[i]);
}

// 100 ppm: a sample each 10 s. Nothing is resampled: the one that is too much is left out and told.
TEST(JoinByTime, AClockThatDriftsIsMovedByWholeSamplesAndThatIsToldAsABreak) {
  for (const auto& [true_hz, chunk] :
       {std::pair(1000.1, 50), std::pair(999.9, 50), std::pair(1000.1, 1), std::pair(999.9, 1)}) {
    const auto joiner = by_time();
    Instrument a{.input = 0};
    Instrument b{.input = 1, .rate_hz = true_hz};
    const auto pieces = run(*joiner, a, b, 100'000, static_cast<std::uint32_t>(chunk));
    std::size_t moves = 0;
    std::uint64_t next = 0;
    for (const Piece& piece : pieces) {
      ASSERT_EQ(piece.first, next + piece.gap.samples);
      if (piece.gap.breaks()) {
        ++moves;
        EXPECT_EQ(piece.gap.reasons, kGapLate | kGapNewRecord);
        EXPECT_EQ(piece.gap.samples, true_hz > kRate_hz ? 0U : 1U);
      }
      for (std::size_t i = 0; i < piece.a.size(); ++i) {
        const auto apart_ns = static_cast<double>(a.time_of(piece.a[i]) - b.time_of(piece.b[i]));
        ASSERT_LE(std::abs(apart_ns), 1.1e6);
      }
      next = piece.first + piece.a.size();
    }
    EXPECT_GE(moves, 8U);
    EXPECT_LE(moves, 11U);
  }
}

TEST(JoinByTime, StampsThatAreUncertainMoveNothingWhileTheyAgreeWithinIt) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 3e6);     // three samples
  for (const double told_ns : {3e6, std::nan("")}) {  // not told: a packet
    const auto joiner = by_time();
    Instrument a{.input = 0, .sigma_ns = told_ns, .jitter_ns = [&] { return noise(random); }};
    Instrument b{.input = 1, .sigma_ns = told_ns, .jitter_ns = [&] { return noise(random); }};
    const auto pieces = run(*joiner, a, b, 100'000);
    std::size_t joined = 0;
    for (const Piece& piece : pieces) {
      EXPECT_FALSE(piece.gap.breaks());
      joined += piece.a.size();
    }
    EXPECT_GE(joined, 99'000U);
  }
}

TEST(JoinByTime, AGapThatItsCountTellsExactlyMovesNothingAndOneThatIsGuessedIsMeasuredAnew) {
  for (const bool is_exact : {true, false}) {
    const auto joiner = by_time();
    // Not told how uncertain: less than a packet moves nothing without need.
    Instrument a{.input = 0, .sigma_ns = std::nan("")};
    Instrument b{.input = 1, .sigma_ns = std::nan("")};
    run(*joiner, a, b, 1000);
    // The count says 100; by the clock it was 130.
    if (!is_exact) b.start_ns += 30'000'000;
    b.push(*joiner, 50, {100, kGapDevice, is_exact});
    const auto pieces = run(*joiner, a, b, 2000);
    std::uint64_t gap = 0;
    for (const Piece& piece : pieces) {
      gap += piece.gap.samples;
      if (piece.gap.samples > 0) {
        EXPECT_EQ(piece.gap.reasons & kGapDevice, kGapDevice);
        EXPECT_EQ(piece.gap.is_exact, is_exact);
      }
    }
    EXPECT_EQ(gap, is_exact ? 100U : 130U);
    EXPECT_EQ(pieces.back().a.back() - pieces.back().b.back(), is_exact ? 0U : 30U);
  }
}

// The count claims 100 were lost; by the clock it was 65, and 35 of what follows were there before.
TEST(JoinByTime, SamplesOfATimeThatIsTakenAlreadyAreLeftOutAndThatIsTold) {
  for (const std::uint32_t chunk : {10U, 35U, 50U}) {
    const auto joiner = by_time();
    Instrument a{.input = 0};
    Instrument b{.input = 1};
    run(*joiner, a, b, 1000, chunk);
    b.start_ns -= 135'000'000;
    b.push(*joiner, chunk, {100, kGapDevice, false});
    const auto pieces = run(*joiner, a, b, 2000, chunk);
    std::size_t breaks = 0;
    for (const Piece& piece : pieces) {
      if (piece.gap.breaks()) {
        ++breaks;
        EXPECT_EQ(piece.gap.samples, 0U);
        EXPECT_EQ(piece.gap.reasons, kGapDevice | kGapLate | kGapNewRecord);
      }
      for (std::size_t i = 0; i < piece.a.size(); ++i)
        ASSERT_EQ(piece.b[i], piece.a[i] + (breaks > 0 ? 135 : 0));
    }
    EXPECT_EQ(breaks, 1U);
  }
}

TEST(JoinByTime, WhatAFilterDelaysIsTakenThatMuchEarlier) {
  const auto joiner = by_time({wave(), wave(20)});
  Instrument a{.input = 0, .start_ns = kSecond};
  Instrument b{.input = 1, .start_ns = kSecond + 5'000'000};
  const auto pieces = run(*joiner, a, b, 1000);
  ASSERT_FALSE(pieces.empty());
  for (const Piece& piece : pieces)
    for (std::size_t i = 0; i < piece.a.size(); ++i) ASSERT_EQ(piece.a[i] + 15, piece.b[i]);
}

TEST(JoinByTime, StreamsWithoutATimeScaleInCommonAreNeverTogetherAndThatIsCounted) {
  const std::pair<TimeScale, TimeScale> pairs[] = {
      {TimeScale::kMonotonic, TimeScale::kUtc},
      {TimeScale::kFreeRunning, TimeScale::kFreeRunning},
      {TimeScale::kUnspecified, TimeScale::kUnspecified}};
  for (const auto& [first, second] : pairs) {
    const auto joiner = by_time();
    Instrument a{.input = 0, .scale = first};
    Instrument b{.input = 1, .scale = second};
    EXPECT_TRUE(run(*joiner, a, b, 5000).empty());
    EXPECT_GT(joiner->without_common_time(), 0U);
  }
}

TEST(JoinByTime, StampsOfAnyTickOnOneScaleCanBeCompared) {
  const auto joiner = by_time();
  Chunk chunk;
  chunk.channels = 1;
  chunk.count = 10;
  Planes planes(1, kMost);
  planes.lend(chunk.planes);
  const auto push = [&](std::size_t input, Stamp stamp) {
    for (std::uint32_t i = 0; i < chunk.count; ++i) planes[0][i] = static_cast<float>(i);
    chunk.stamp = stamp;
    chunk.stamp.scale = TimeScale::kTai;
    joiner->push(input, chunk);
  };
  // 1.7e9 s and 3 ms on clocks of 1 ns, of 1 ms and of 3 MHz.
  push(0, {.t0_ticks = 1'700'000'000'003'000'000, .tick_s = {1, 1'000'000'000}});
  push(1, {.t0_ticks = 1'700'000'000'001, .tick_s = {1, 1000}});
  const auto first = take(*joiner);
  ASSERT_EQ(first.size(), 0U);  // whether the second goes on is not known
  chunk.first_index = 10;
  push(1, {.t0_ticks = 3'000'000 * std::int64_t{1'700'000'000} + 33'000, .tick_s = {1, 3'000'000}});
  chunk.first_index = 10;
  push(0, {.t0_ticks = 1'700'000'000'013'000'000, .tick_s = {1, 1'000'000'000}});
  const auto pieces = take(*joiner);
  ASSERT_FALSE(pieces.empty());
  EXPECT_EQ(pieces[0].a[0], 0U);
  EXPECT_EQ(pieces[0].b[0], 2U);
  EXPECT_FALSE(pieces[0].gap.breaks());
}

// A replay is the same twice only if this holds.
TEST(JoinByTime, GivesTheSamePiecesWhicheverInputComesFirst) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  struct Step {
    std::uint32_t count;
    Gap gap;
    double jitter_ns;
    std::int64_t jump_ns;  // of its clock, if it is the second's
  };
  constexpr std::int64_t kJump_ns = 300'000'000;
  std::array<std::vector<Step>, 2> steps;
  std::normal_distribution<double> noise(0, 2e5);
  for (auto& input : steps) {
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t gap = random() % 20 == 0 ? random() % 200 : 0;
      input.push_back({static_cast<std::uint32_t>(1 + random() % kMost),
                       {gap, gap > 0 ? kGapDevice : kGapNone, random() % 2 == 0},
                       noise(random),
                       random() % 100 == 0 ? static_cast<std::int64_t>(random() % kJump_ns) : 0});
    }
  }
  const auto pieces_with = [&](std::int64_t lead_of_a_ns) {
    const auto joiner = by_time();
    double jitter_ns = 0;
    const auto jitter = [&] { return jitter_ns; };
    Instrument a{.input = 0, .sigma_ns = 2e5, .jitter_ns = jitter};
    Instrument b{.input = 1,
                 .start_ns = 33'300'000,
                 .rate_hz = 1000.5,
                 .sigma_ns = 2e5,
                 .jitter_ns = jitter};
    std::array<std::size_t, 2> next{};
    std::vector<Piece> pieces;
    while (next[0] < steps[0].size() && next[1] < steps[1].size()) {
      Instrument& one = a.time_of(a.next) <= b.time_of(b.next) + lead_of_a_ns ? a : b;
      const Step& step = steps[one.input][next[one.input]++];
      jitter_ns = step.jitter_ns;
      if (one.input == 1) one.start_ns += step.jump_ns;
      one.push(*joiner, step.count, step.gap);
      for (Piece& piece : take(*joiner)) pieces.push_back(std::move(piece));
    }
    return pieces;
  };
  const std::vector<Piece> even = pieces_with(0);
  ASSERT_GT(even.size(), 500U);
  for (const std::int64_t lead_ns : {-300'000'000, -20'000'000, 20'000'000, 300'000'000}) {
    const std::vector<Piece> other = pieces_with(lead_ns);
    const auto common = static_cast<std::ptrdiff_t>(std::min(even.size(), other.size()));
    ASSERT_GT(common, 500);
    EXPECT_TRUE(std::equal(even.begin(), even.begin() + common, other.begin())) << lead_ns;
  }
}

TEST(JoinByTime, HasRoomUntilOneMoreChunkWouldCostTheOldestSamples) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1};
  std::size_t chunks = 0;
  for (; joiner->has_room(1); ++chunks) b.push(*joiner, kMost);
  EXPECT_EQ(chunks, 16U);
  EXPECT_TRUE(joiner->has_room(0));
  a.push(*joiner, kMost);
  a.push(*joiner, kMost);
  EXPECT_EQ(take(*joiner).front().first, 0U);
  EXPECT_TRUE(joiner->has_room(1));
}

// Pieces end where its packets do: added to each other they would depend on how far it was ahead.
TEST(JoinByTime, HasNoRoomForMorePacketsOfTheFirstInputThanAreKeptApart) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1};
  std::size_t packets = 0;
  for (; joiner->has_room(0); ++packets) a.push(*joiner, 3);
  EXPECT_EQ(packets, 256U);
  while (b.next < a.next) b.push(*joiner, kMost);
  const auto pieces = take(*joiner);
  EXPECT_EQ(pieces.size(), packets);
  for (const Piece& piece : pieces) EXPECT_EQ(piece.a.size(), 3U);
  EXPECT_TRUE(joiner->has_room(0));
}

TEST(JoinByTime, KeepsNothingOfTheFirstInputFromBeforeAnotherBegan) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1, .start_ns = 3 * kSecond};
  b.push(*joiner, kMost);
  std::vector<Piece> pieces;
  for (int i = 0; i < 3050; ++i) {
    ASSERT_TRUE(joiner->has_room(0)) << i;
    a.push(*joiner, 1);
    for (Piece& piece : take(*joiner)) pieces.push_back(std::move(piece));
  }
  ASSERT_EQ(pieces.size(), 50U);
  EXPECT_EQ(pieces.front().first, 3000U);
  EXPECT_EQ(pieces.front().b.front(), 0U);
}

TEST(JoinByTime, GoesOnBehindAGapThatIsLongerThanItsMemory) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1};
  b.push(*joiner, 50);
  b.push(*joiner, 50, Gap{5000, kGapUsb, true});
  std::vector<Piece> pieces;
  while (a.next < 5100) {
    ASSERT_TRUE(joiner->has_room(0)) << a.next;
    a.push(*joiner, 60);
    for (Piece& piece : take(*joiner)) pieces.push_back(std::move(piece));
  }
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].a.size(), 50U);
  EXPECT_EQ(pieces[1].first, 5050U);
  EXPECT_EQ(pieces[1].gap.samples, 5000U);
  EXPECT_EQ(pieces[1].gap.reasons, kGapUsb);
  EXPECT_EQ(pieces[1].a.front(), pieces[1].b.front());
}

// As two replays do, each of which waits while there is no room for it. Their packets end at different places.
TEST(JoinByTime, AClockThatJumpsAheadWithinAnUnbrokenStreamHoldsNobody) {
  for (const std::size_t jumper : {0U, 1U}) {
    const auto joiner = by_time();
    Instrument inputs[] = {{.input = 0}, {.input = 1}};
    std::vector<Piece> pieces;
    while (inputs[1 - jumper].next < 10'000) {
      bool is_held = true;
      for (Instrument& one : inputs) {
        if (!joiner->has_room(one.input)) continue;
        is_held = false;
        const std::uint32_t count = one.input == 0 ? 50 : 40;
        if (one.input == jumper && one.next / count == 26) one.start_ns = 5 * kSecond;
        one.push(*joiner, count);
        for (Piece& piece : take(*joiner)) pieces.push_back(std::move(piece));
      }
      ASSERT_FALSE(is_held) << "both wait at " << inputs[0].next << " and " << inputs[1].next;
    }
    std::size_t joined = 0, breaks = 0;
    for (const Piece& piece : pieces) {
      const auto apart = static_cast<std::int64_t>(piece.a[0] - piece.b[0]);
      EXPECT_EQ(apart, breaks + (piece.gap.breaks() ? 1 : 0) == 0 ? 0 : jumper == 0 ? -5000 : 5000);
      joined += piece.a.size();
      if (!piece.gap.breaks()) continue;
      ++breaks;
      EXPECT_EQ(piece.gap.reasons, kGapLate | kGapNewRecord);
      EXPECT_EQ(piece.gap.samples, jumper == 0 ? 0U : 5000U);
    }
    EXPECT_EQ(breaks, 1U);
    EXPECT_GT(joined, 4500U);
  }
}

// However many packets they come in: more than are kept apart.
TEST(JoinByTime, HasRoomForSamplesThatComeOneByOneUntilTheOtherInputHasAWholePacket) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1};
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(joiner->has_room(1)) << i;
    b.push(*joiner, 1);
  }
  std::size_t joined = 0;
  for (int i = 0; i < 8; ++i) {
    a.push(*joiner, kMost);
    for (const Piece& piece : take(*joiner)) {
      EXPECT_FALSE(piece.gap.breaks());
      EXPECT_EQ(piece.a, piece.b);
      joined += piece.a.size();
    }
  }
  EXPECT_EQ(joined, 8 * kMost);
}

TEST(JoinByTime, OneThatRunsAheadLosesItsOldestSamplesAndSaysLate) {
  const auto joiner = by_time();
  Instrument a{.input = 0};
  Instrument b{.input = 1};
  for (int i = 0; i < 400; ++i) b.push(*joiner, 50);
  const auto pieces = run(*joiner, a, b, 30'000);
  ASSERT_FALSE(pieces.empty());
  for (const Piece& piece : pieces)
    for (std::size_t i = 0; i < piece.a.size(); ++i) ASSERT_EQ(piece.a[i], piece.b[i]);
  EXPECT_GT(pieces.front().first, 18'000U);
}

}  // namespace
}  // namespace acq
