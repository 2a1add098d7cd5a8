// Joiner: samples of the same index side by side, gaps told, nothing doubled.
#include "dsp/join.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "dsp/base/planes.h"

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
