// Joiner: samples of the same index side by side, gaps told, nothing doubled.
#include "dsp/join.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <tuple>
#include <vector>

#include "dsp/base/planes.h"
#include "tests/support/block_harness.h"

namespace acq {
namespace {

constexpr std::size_t kMost = 64;

SignalInfo wave(std::size_t channels, Rational rate = {1000, 1}) {
  SignalInfo info;
  info.rate_hz = rate;
  info.max_count = kMost;
  for (std::size_t c = 0; c < channels; ++c)
    info.channels.push_back(Channel{.id = std::to_string(c)});
  return info;
}

// A value that says which input, channel and index it is of.
float value_of(std::size_t input, std::size_t channel, std::uint64_t index) {
  return static_cast<float>(100000 * input + 10000 * channel + index % 10000);
}

// One input of a joiner, fed piece by piece with gaps where told.
struct Feeder {
  Feeder(std::size_t input_number, std::size_t channels)
      : input(input_number), planes(channels, kMost) {}

  void push(Joiner& joiner, std::uint32_t count, std::uint64_t gap, std::uint32_t reasons) {
    Chunk chunk;
    chunk.channels = static_cast<std::uint32_t>(planes.channels());
    chunk.count = count;
    chunk.first_index = next + gap;
    chunk.gap_before = {gap, reasons, true};
    planes.lend(chunk.planes);
    for (std::size_t c = 0; c < planes.channels(); ++c) {
      for (std::uint32_t i = 0; i < count; ++i)
        planes[c][i] = value_of(input, c, chunk.first_index + i);
    }
    next = chunk.first_index + count;
    joiner.push(input, chunk);
  }

  std::size_t input;
  Planes planes;
  std::uint64_t next = 0;
};

std::unique_ptr<Joiner> join_of(const std::vector<SignalInfo>& inputs) {
  auto joiner = Joiner::build(inputs);
  EXPECT_TRUE(joiner.has_value());
  return std::move(*joiner);
}

TEST(Joiner, PutsSamplesOfTheSameIndexSideBySideWithExactGaps) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto joiner = join_of({wave(2), wave(1)});
  Feeder a(0, 2);
  Feeder b(1, 1);
  std::uint64_t next = 0;
  std::uint64_t joined = 0;
  bool is_first = true;
  for (int round = 0; round < 5000; ++round) {
    // The one that is behind goes on, as two streams of one instrument do.
    Feeder& feeder = a.next <= b.next ? a : b;
    const auto count = static_cast<std::uint32_t>(1 + random() % kMost);
    const std::uint64_t gap = random() % 10 == 0 ? random() % 200 : 0;
    feeder.push(*joiner, count, gap, gap > 0 ? kGapDevice : kGapNone);
    Chunk out;
    while (joiner->next(out)) {
      ASSERT_EQ(out.channels, 3U);
      ASSERT_GE(out.count, 1U);
      ASSERT_LE(out.count, kMost);
      if (!is_first) {
        ASSERT_EQ(out.first_index, next + out.gap_before.samples);
      }
      if (out.gap_before.samples > 0) {
        ASSERT_NE(out.gap_before.reasons, kGapNone);
      }
      is_first = false;
      next = out.first_index + out.count;
      joined += out.count;
      for (std::uint32_t i = 0; i < out.count; ++i) {
        ASSERT_EQ(out.planes[0][i], value_of(0, 0, out.first_index + i));
        ASSERT_EQ(out.planes[1][i], value_of(0, 1, out.first_index + i));
        ASSERT_EQ(out.planes[2][i], value_of(1, 0, out.first_index + i));
      }
    }
  }
  EXPECT_GT(joined, 50000U);
}

// A replay is the same twice only if this holds: its streams come on rings, in any order.
TEST(Joiner, GivesTheSamePiecesWhicheverInputComesFirst) {
  struct Step {
    std::uint32_t count;
    std::uint64_t gap;
    std::uint32_t reasons;
  };
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::array<std::vector<Step>, 2> steps;
  for (auto& input : steps) {
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t gap = random() % 10 == 0 ? random() % 200 : 0;
      const bool is_new = random() % 10 == 0;
      input.push_back({static_cast<std::uint32_t>(1 + random() % kMost), gap,
                       (gap > 0 ? kGapDevice : kGapNone) | (is_new ? kGapNewRecord : kGapNone)});
    }
  }
  using Made = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, std::uint32_t>;
  // Whoever is behind goes on; the other one may be that far ahead.
  const auto pieces_with = [&](std::uint64_t lead_of_a) {
    const auto joiner = join_of({wave(1), wave(1)});
    Feeder a(0, 1);
    Feeder b(1, 1);
    std::array<std::size_t, 2> next{};
    std::vector<Made> pieces;
    while (next[0] < steps[0].size() && next[1] < steps[1].size()) {
      Feeder& feeder = a.next <= b.next + lead_of_a ? a : b;
      const Step& step = steps[feeder.input][next[feeder.input]++];
      feeder.push(*joiner, step.count, step.gap, step.reasons);
      Chunk out;
      while (joiner->next(out)) {
        pieces.emplace_back(out.first_index, out.count, out.gap_before.samples,
                            out.gap_before.reasons);
      }
    }
    return pieces;
  };
  const std::vector<Made> even = pieces_with(0);
  ASSERT_GT(even.size(), 200U);
  for (const std::uint64_t lead : {kMost / 2, 4 * kMost}) {
    std::vector<Made> other = pieces_with(lead);
    const std::size_t common = std::min(even.size(), other.size());
    ASSERT_GT(common, 200U);
    EXPECT_TRUE(std::equal(even.begin(), even.begin() + static_cast<std::ptrdiff_t>(common),
                           other.begin()));
  }
}

TEST(Joiner, TellsTheMarksOfEveryChunkThatAPieceHolds) {
  const auto joiner = join_of({wave(1), wave(1)});
  Planes planes(1, kMost);
  Chunk chunk;
  chunk.channels = 1;
  planes.lend(chunk.planes);
  const auto push = [&](std::size_t input, std::uint64_t first, std::uint32_t count,
                        std::uint64_t overrange) {
    chunk.first_index = first;
    chunk.count = count;
    chunk.overrange_high = overrange;
    joiner->push(input, chunk);
  };
  push(1, 0, 10, 0);
  push(1, 10, 10, 1);
  push(1, 20, 10, 0);
  push(0, 0, 15, 0);
  push(0, 15, 15, 0);
  Chunk out;
  std::vector<std::uint64_t> overrange;
  while (joiner->next(out)) overrange.push_back(out.overrange_high);
  EXPECT_EQ(overrange, (std::vector<std::uint64_t>{2, 2}));
}

TEST(Joiner, KeepsTheBorderBetweenTwoRecordsOfOneInput) {
  const auto joiner = join_of({wave(1), wave(1)});
  Feeder a(0, 1);
  Feeder b(1, 1);
  a.push(*joiner, 60, 0, kGapNone);
  b.push(*joiner, 40, 0, kGapNone);
  b.push(*joiner, 60, 0, kGapNewRecord);
  a.push(*joiner, 40, 0, kGapNone);
  Chunk out;
  std::vector<std::pair<std::uint64_t, Gap>> begins;
  std::uint64_t next = 0;
  while (joiner->next(out)) {
    EXPECT_EQ(out.first_index, next);
    next += out.count;
    if (out.gap_before.breaks()) begins.emplace_back(out.first_index, out.gap_before);
  }
  EXPECT_EQ(next, 100U);
  EXPECT_EQ(begins, (std::vector<std::pair<std::uint64_t, Gap>>{{40, {0, kGapNewRecord, true}}}));
}

TEST(Joiner, AnInputThatRunsAheadLosesItsOldestSamplesAndSaysLate) {
  const auto joiner = join_of({wave(1), wave(1)});
  Feeder a(0, 1);
  Feeder b(1, 1);
  for (int i = 0; i < 40; ++i) a.push(*joiner, kMost, 0, kGapNone);
  b.push(*joiner, 1, 0, kGapNone);
  Chunk out;
  EXPECT_FALSE(joiner->next(out));  // index 0 of the first input is gone
  while (b.next < a.next) {
    b.push(*joiner, kMost, 0, kGapNone);
    if (joiner->next(out)) break;
  }
  EXPECT_EQ(out.first_index, 24 * kMost);  // 16 chunks are held
  EXPECT_NE(out.gap_before.reasons | out.first_index, 0U);
}

// Pushes all pieces, the ones of the smallest index first, and collects what is joined.
std::vector<std::vector<float>> joined_of(Joiner& joiner, const std::vector<test::Signal>& inputs) {
  std::vector<std::vector<float>> all(joiner.output().channels.size());
  std::vector<std::size_t> next(inputs.size());
  for (;;) {
    std::size_t lowest = inputs.size();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (next[i] == inputs[i].pieces.size()) continue;
      const auto index = [&](std::size_t k) { return inputs[k].pieces[next[k]].first_index; };
      if (lowest == inputs.size() || index(i) < index(lowest)) lowest = i;
    }
    if (lowest == inputs.size()) return all;
    const test::Piece& piece = inputs[lowest].pieces[next[lowest]++];
    Planes planes(piece.samples.size(), piece.count());
    Chunk chunk;
    chunk.channels = static_cast<std::uint32_t>(piece.samples.size());
    chunk.count = static_cast<std::uint32_t>(piece.count());
    chunk.first_index = piece.first_index;
    planes.lend(chunk.planes);
    for (std::size_t c = 0; c < piece.samples.size(); ++c) {
      std::copy(piece.samples[c].begin(), piece.samples[c].end(), planes[c]);
    }
    joiner.push(lowest, chunk);
    Chunk out;
    while (joiner.next(out)) {
      for (std::size_t c = 0; c < all.size(); ++c) {
        all[c].insert(all[c].end(), out.planes[c], out.planes[c] + out.count);
      }
    }
  }
}

std::vector<float> sine(std::size_t count, double turns_per_sample) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = static_cast<float>(
        std::sin(2 * std::numbers::pi * turns_per_sample * static_cast<double>(i)));
  }
  return x;
}

TEST(Joiner, PutsAStreamThatWasResampledBesideOneOfItsRate) {
  // The same sine of 7 Hz, seen at 1000 and at 250 samples a second.
  const test::Signal fast = test::cut(test::waveform({sine(4000, 0.007)}, 1000), {100});
  const test::Signal slow = test::cut(test::waveform({sine(1000, 0.028)}, 250), {25});
  const test::Signal raised = test::run("resample", {{"up", 4.0}, {"down", 1.0}}, slow);
  for (const bool is_fast_first : {true, false}) {
    const std::vector<test::Signal> inputs =
        is_fast_first ? std::vector{fast, raised} : std::vector{raised, fast};
    const auto joiner = join_of({inputs[0].info, inputs[1].info});
    const auto joined = joined_of(*joiner, inputs);
    ASSERT_GT(joined[0].size(), 3800U);
    for (std::size_t i = 200; i < joined[0].size(); ++i) {
      ASSERT_NEAR(joined[0][i], joined[1][i], 2e-3) << i;
    }
  }
}

TEST(Joiner, PutsAFilteredStreamBesideItsOwnSamplesOfTheSameTime) {
  const test::Signal raw = test::cut(test::waveform({test::noise(3000, 1)}), {77});
  // Own taps that do nothing but come 20 samples late, as a filter of that group delay does.
  List taps(41, Value(0.0));
  taps[20] = 1.0;
  const test::Signal late = test::run("fir", {{"kind", "taps"}, {"taps", taps}}, raw);
  ASSERT_EQ(late.info.group_delay.value(), 20);
  for (const bool is_late_first : {true, false}) {
    const std::vector<test::Signal> inputs =
        is_late_first ? std::vector{late, raw} : std::vector{raw, late};
    const auto joiner = join_of({inputs[0].info, inputs[1].info});
    const auto joined = joined_of(*joiner, inputs);
    ASSERT_GE(joined[0].size(), 2900U);
    for (std::size_t i = is_late_first ? 20 : 0; i < joined[0].size(); ++i) {
      ASSERT_EQ(joined[0][i], joined[1][i]) << i;
    }
  }
}

TEST(Joiner, RefusesStreamsOfDifferentRate) {
  const auto joiner = Joiner::build({wave(1), wave(1, {999, 1})});
  ASSERT_FALSE(joiner.has_value());
  EXPECT_EQ(joiner.error().code, Code::kInvalid);
  EXPECT_EQ(joiner.error().where, "from[1]");
}

TEST(Joiner, RefusesWhatIsNoWaveform) {
  SignalInfo record = wave(1);
  record.kind = Kind::kRecord;
  const auto joiner = Joiner::build({wave(1), record});
  ASSERT_FALSE(joiner.has_value());
  EXPECT_EQ(joiner.error().where, "from[1]");
}

TEST(Joiner, RefusesMoreChannelsThanAChunkHolds) {
  const auto joiner = Joiner::build({wave(40), wave(40)});
  ASSERT_FALSE(joiner.has_value());
  EXPECT_EQ(joiner.error().allowed, "at most 64");
}

}  // namespace
}  // namespace acq
