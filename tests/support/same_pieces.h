// Compares what two runs of a block gave, bit for bit.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/block_harness.h"

namespace acq::test {

// Gives every piece the stamp of its first index, one tick a sample: then the stamp of any output
// that starts at an input sample equals its first_index, however the input is cut.
inline Signal stamped(Signal signal) {
  for (Piece& piece : signal.pieces) {
    piece.stamp.t0_ticks = static_cast<std::int64_t>(piece.first_index);
    piece.stamp.tick_s = {signal.info.rate_hz.den, signal.info.rate_hz.num};
  }
  return signal;
}

inline bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

inline void expect_same(const Piece& a, const Piece& b) {
  EXPECT_EQ(a.first_index, b.first_index);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.gap_before, b.gap_before);
  EXPECT_EQ(a.overrange_low, b.overrange_low);
  EXPECT_EQ(a.overrange_high, b.overrange_high);
  EXPECT_EQ(a.stamp.t0_ticks, b.stamp.t0_ticks);
  EXPECT_EQ(a.axis_start.has_value(), b.axis_start.has_value());
  EXPECT_TRUE(same_bits(a.axis_start.value_or(0), b.axis_start.value_or(0)))
      << a.axis_start.value_or(0) << " " << b.axis_start.value_or(0);
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (std::size_t c = 0; c < a.samples.size(); ++c) {
    ASSERT_EQ(a.samples[c].size(), b.samples[c].size());
    EXPECT_EQ(
        std::memcmp(a.samples[c].data(), b.samples[c].data(), a.samples[c].size() * sizeof(float)),
        0)
        << "channel " << c;
  }
  ASSERT_EQ(a.triggers.size(), b.triggers.size());
  for (std::size_t i = 0; i < a.triggers.size(); ++i) {
    EXPECT_TRUE(same_bits(a.triggers[i].position, b.triggers[i].position));
    EXPECT_EQ(a.triggers[i].is_rising, b.triggers[i].is_rising);
  }
  ASSERT_EQ(a.results.size(), b.results.size());
  for (std::size_t i = 0; i < a.results.size(); ++i) {
    EXPECT_TRUE(same_bits(a.results[i].value, b.results[i].value)) << "result " << i;
    EXPECT_TRUE(same_bits(a.results[i].uncertainty, b.results[i].uncertainty)) << "result " << i;
    EXPECT_STREQ(a.results[i].invalid_because, b.results[i].invalid_because) << "result " << i;
  }
}

inline void expect_same(const Signal& a, const Signal& b) {
  ASSERT_EQ(a.pieces.size(), b.pieces.size());
  for (std::size_t i = 0; i < a.pieces.size(); ++i) {
    SCOPED_TRACE("output " + std::to_string(i));
    expect_same(a.pieces[i], b.pieces[i]);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// The waveform in as few pieces as there are unbroken stretches.
inline Signal merged(const Signal& signal) {
  Signal out{signal.info, {}};
  for (const Piece& piece : signal.pieces) {
    const bool goes_on =
        !out.pieces.empty() && piece.gap_before == Gap{} && piece.epoch == out.pieces.back().epoch;
    if (!goes_on) {
      out.pieces.push_back(piece);
      continue;
    }
    Piece& last = out.pieces.back();
    for (TriggerMark mark : piece.triggers) {
      mark.position += static_cast<double>(last.count());
      last.triggers.push_back(mark);
    }
    for (std::size_t c = 0; c < piece.samples.size(); ++c) {
      last.samples[c].insert(last.samples[c].end(), piece.samples[c].begin(),
                             piece.samples[c].end());
    }
    last.flags |= piece.flags;
    last.overrange_low |= piece.overrange_low;
    last.overrange_high |= piece.overrange_high;
  }
  return out;
}

// Runs the block over `whole` in one piece and in random cuts, and expects the same of both: the
// same records or spectra, or the same waveform wherever it is cut.
inline void expect_same_for_any_cut(std::string_view block, const Table& params,
                                    const Signal& whole, int cuts = 8, std::size_t longest = 300) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto comparable = [](Signal out) {
    return is_continuous(out.info.kind) ? merged(out) : out;
  };
  const Signal expected = comparable(run(block, params, stamped(whole)));
  EXPECT_FALSE(expected.pieces.empty()) << "the comparison is empty";
  for (int i = 0; i < cuts && !::testing::Test::HasFailure(); ++i) {
    const std::size_t most = 1 + random() % longest;
    const Signal out = run(block, params, stamped(cut_randomly(whole, random, most)));
    expect_same(comparable(out), expected);
  }
}

}  // namespace acq::test
