// What every block promises, whatever it computes: run for each of the registry, with its example.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/conformance/block_examples.h"
#include "tests/support/allocation_hook.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class EveryBlock : public ::testing::TestWithParam<std::string> {
 protected:
  const BlockEntry& entry = *find_block(GetParam());
  const Table example = entry.example();

  // A multiple of the least number of channels.
  [[nodiscard]] std::size_t channels(std::size_t times) const { return times * entry.min_channels; }
  [[nodiscard]] Signal input(std::size_t times, std::uint64_t seed = 1) const {
    return example_input(entry, channels(times), seed);
  }
};

void expect_same_channel(const Signal& a, const Signal& b, std::size_t channel_a,
                         std::size_t channel_b) {
  ASSERT_EQ(a.pieces.size(), b.pieces.size());
  for (std::size_t i = 0; i < a.pieces.size(); ++i) {
    const auto& x = a.pieces[i].samples.at(channel_a);
    const auto& y = b.pieces[i].samples.at(channel_b);
    ASSERT_EQ(x.size(), y.size());
    ASSERT_TRUE(x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0)
        << "piece " << i << ", channels " << channel_a << " and " << channel_b;
    const std::size_t results = a.info.results.size();
    for (std::size_t r = 0; r < results; ++r) {
      const ScalarResult& p = a.pieces[i].results.at(channel_a * results + r);
      const ScalarResult& q = b.pieces[i].results.at(channel_b * results + r);
      ASSERT_TRUE(same_bits(p.value, q.value)) << "piece " << i << ", " << a.info.results[r].name;
    }
  }
}

TEST_P(EveryBlock, GivesTheSameHoweverTheInputIsCut) {
  if (is_continuous(entry.input)) {
    expect_same_for_any_cut(entry.name, example, with_gap(input(2), 1777, 23), 6, 500);
  } else {  // records cannot be cut: the same again is the same
    expect_same(run(entry.name, example, input(2)), run(entry.name, example, input(2)));
  }
}

TEST_P(EveryBlock, DescribesWhatItGives) {
  const Signal in = input(3);
  const Signal out = run(entry.name, example, in);
  EXPECT_FALSE(out.pieces.empty()) << "the example gives nothing for 4000 samples";
  EXPECT_GE(out.info.max_count, out.info.kind == Kind::kScalars ? 0U : 1U);
  EXPECT_GT(out.info.rate_hz.num, 0U);
  EXPECT_GE(out.info.group_delay.value(), 0);
  EXPECT_LE(out.info.channels.size(), kMaxChannels);
  for (const Channel& channel : out.info.channels) {
    EXPECT_FALSE(channel.id.empty());
    EXPECT_FALSE(channel.unit.empty());
    EXPECT_EQ(channel.scale, 1);
    EXPECT_EQ(channel.offset, 0);
  }
}

TEST_P(EveryBlock, TakesSilenceWithoutNan) {
  for (const Piece& piece : run(entry.name, example, silence(entry, channels(2))).pieces) {
    for (const auto& plane : piece.samples) {
      for (const float value : plane) ASSERT_FALSE(std::isnan(value));
    }
    for (const ScalarResult& result : piece.results) {
      EXPECT_EQ(std::isfinite(result.value), *result.invalid_because == '\0');
    }
  }
}

TEST_P(EveryBlock, GivesAChannelTheSameAloneAndAmongMany) {
  // The first channel is the one that triggers; every channel carries its signal.
  Signal alone = input(1);
  for (std::size_t c = 1; c < channels(1); ++c) {
    for (Piece& piece : alone.pieces) piece.samples[c] = piece.samples[0];
  }
  const Signal narrow = run(entry.name, example, alone);
  const std::size_t results = std::max<std::size_t>(1, narrow.info.results.size());
  const std::size_t many = std::min<std::size_t>(kMaxChannels, 256 / results);  // 256 in all
  const std::size_t per_input = std::max<std::size_t>(1, narrow.info.channels.size() / channels(1));
  Signal wide = input(many / per_input / entry.min_channels);
  for (std::size_t c = 0; c < wide.info.channels.size(); ++c) {
    for (std::size_t i = 0; i < wide.pieces.size(); ++i) {
      wide.pieces[i].samples[c] = alone.pieces[i].samples[0];
    }
  }
  const Signal out = run(entry.name, example, wide);
  ASSERT_GT(out.info.channels.size(), 1U);
  for (std::size_t c = 0; c < out.info.channels.size(); ++c) {
    expect_same_channel(out, narrow, c, c % narrow.info.channels.size());
    if (HasFailure()) return;
  }
}

TEST_P(EveryBlock, NanStaysInItsChannelAndGoesAway) {
  const Signal clean = input(4);
  const std::size_t inputs = channels(4);
  const Signal expected = run(entry.name, example, clean);
  const std::size_t outputs = expected.info.channels.size();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const std::size_t broken : {std::size_t{1}, inputs - 1}) {
    Signal in = clean;
    poke(in, broken, 1000, {kNan, kInfinity, 1, kNan});
    const Signal out = run(entry.name, example, in);
    for (std::size_t c = 0; c < outputs; ++c) {
      if (!takes_part(broken, in.info, c, out.info)) expect_same_channel(out, expected, c, c);
      if (HasFailure()) return;
    }
    const Piece& last = out.pieces.back();
    for (const auto& plane : last.samples) {
      EXPECT_TRUE(plane.empty() || std::isfinite(plane.back())) << "NaN for ever";
    }
  }
}

TEST_P(EveryBlock, OtherChannelsDoNotMatter) {
  const Signal one = input(4);
  const Signal other = with_channel(one, 2, input(4, 99));
  const Signal a = run(entry.name, example, one);
  const Signal b = run(entry.name, example, other);
  for (std::size_t c = 0; c < a.info.channels.size(); ++c) {
    if (takes_part(2, one.info, c, a.info)) continue;
    expect_same_channel(a, b, c, c);
    if (HasFailure()) return;
  }
}

TEST_P(EveryBlock, SumsMarksAndGapsOfWhatItTakes) {
  Signal in = input(1);
  for (Piece& piece : in.pieces) piece.flags = kFlagReplayed;
  if (is_continuous(entry.input)) in = cut(with_gap(in, 1501, 700), {97});
  const Signal out = run(entry.name, example, in);
  std::uint64_t lost = 0;
  std::uint32_t reasons = 0;
  for (const Piece& piece : out.pieces) {
    EXPECT_TRUE(piece.flags & kFlagReplayed) << "a flag of the input is gone";
    lost += piece.gap_before.samples;
    reasons |= piece.gap_before.reasons;
  }
  if (!is_continuous(entry.input)) return;
  EXPECT_EQ(reasons, kGapDevice);
  const double ratio = is_continuous(out.info.kind) ? out.info.index_ratio.value() : 1;
  EXPECT_NEAR(static_cast<double>(lost) * ratio, 700, ratio);
}

TEST_P(EveryBlock, WorksFarFromIndexZero) {
  Signal in = input(1);
  constexpr std::uint64_t kFar = (std::uint64_t{1} << 53) + 12345;
  for (Piece& piece : in.pieces) piece.first_index += kFar;
  const Signal out = run(entry.name, example, in);
  ASSERT_FALSE(out.pieces.empty());
  const double ratio = is_continuous(out.info.kind) ? out.info.index_ratio.value() : 1;
  const double index = static_cast<double>(out.pieces[0].first_index) * ratio;
  EXPECT_GE(index + 1, static_cast<double>(kFar));
  EXPECT_LE(index, static_cast<double>(kFar + 4000));
}

// Delay of slow signals, from the first moment of the impulse response; of a decimator, the mean
// over impulses at each place between two outputs.
TEST_P(EveryBlock, DelaysAsDeclared) {
  const Signal zero = silence(entry, channels(1));
  const Signal still = run(entry.name, example, zero);
  if (!is_continuous(entry.input) || !is_continuous(still.info.kind)) return;
  const auto step = static_cast<std::size_t>(still.info.index_ratio.value());
  double sum = 0, moment = 0, second = 0, size = 0;
  bool is_kept = false;  // to the end: the response never dies
  for (std::size_t place = 0; place < step; ++place) {
    Signal in = zero;
    poke(in, 0, 1000 + place, {1.0F});
    const std::vector<float> response = joined(run(entry.name, example, in));
    const std::vector<float> rest = joined(still);
    for (std::size_t i = 0; i < response.size(); ++i) {
      const double h = static_cast<double>(response[i]) - static_cast<double>(rest[i]);
      sum += h;
      size += std::abs(h);
      const double behind = static_cast<double>(i * step) - static_cast<double>(1000 + place);
      moment += h * behind;
      second += h * behind * behind;
    }
    is_kept |= std::abs(response.back() - rest.back()) > 1e-6F;
  }
  if (size == 0) return;  // a median: one sample alone says nothing
  if (std::abs(sum) < 0.01 * size || is_kept) {
    // Passes no slow signal, or adds them all up: it has no such delay. A derivative has one.
    if (still.info.group_delay.num == 0) return;
    EXPECT_FALSE(is_kept);
    EXPECT_NEAR(still.info.group_delay.value(), second / (2 * moment), 1e-3);
    return;
  }
  EXPECT_NEAR(still.info.group_delay.value(), moment / sum, 1e-3);
}

Allocations before_process;
Allocations in_process;

TEST_P(EveryBlock, AllocatesNothingWhileItRuns) {
  Signal in = input(2);
  if (is_continuous(entry.input)) in = cut(with_gap(in, 1501, 70), {300, 1, 77});
  Rig rig(entry.name, example, in.info);
  ASSERT_EQ(rig.error().code, Code::kOk);
  in_process = {};
  rig.before_process = [] { before_process = allocations_of_this_thread(); };
  rig.after_process = [] {
    const Allocations made = allocations_of_this_thread() - before_process;
    in_process.made += made.made;
    in_process.freed += made.freed;
  };
  for (const Piece& piece : in.pieces) rig.push(piece);
  EXPECT_EQ(in_process, Allocations{});
  Rig next(entry.name, example, in.info);
  const AllocationCount during_adopt;
  next.adopt(rig);
  EXPECT_EQ(during_adopt.since(), Allocations{});
}

TEST_P(EveryBlock, WritesOverItsInputExactlyWhenItSaysSo) {
  const Signal in = input(2);
  Rig rig(entry.name, example, in.info);
  bool gave_samples = false;
  for (const Piece& piece : in.pieces) {
    for (const Piece& made : rig.push(piece)) gave_samples |= made.count() > 0;
  }
  // That a block which does not say so leaves its input alone, Rig checks at every step.
  if (entry.in_place) {
    EXPECT_TRUE(gave_samples && rig.wrote_over_input()) << "declared in_place for nothing";
  }
}

TEST_P(EveryBlock, AdoptWithTheSameParametersGoesOnAsIfNothingHadHappened) {
  Signal in = input(2);
  if (is_continuous(entry.input)) in = cut(in, {130});
  const Signal whole = run(entry.name, example, in);
  Signal changed{whole.info, {}};
  auto rig = std::make_unique<Rig>(entry.name, example, in.info);
  for (const Piece& piece : in.pieces) {
    auto next = std::make_unique<Rig>(entry.name, example, in.info);
    next->adopt(*rig);
    rig = std::move(next);
    for (Piece& made : rig->push(piece)) changed.pieces.push_back(std::move(made));
  }
  ASSERT_EQ(changed.pieces.size(), whole.pieces.size());
  for (std::size_t i = 0; i < whole.pieces.size(); ++i) {
    EXPECT_EQ(changed.pieces[i].first_index, whole.pieces[i].first_index);
    EXPECT_EQ(changed.pieces[i].gap_before, whole.pieces[i].gap_before);
    for (std::size_t c = 0; c < whole.pieces[i].samples.size(); ++c) {
      for (std::size_t k = 0; k < whole.pieces[i].count(); ++k) {
        // One rounding of float32: a state may be taken over with other roundings in float64.
        const float expected = whole.pieces[i].samples[c][k];
        ASSERT_NEAR(changed.pieces[i].samples[c][k], expected, 1e-6 * (1 + std::abs(expected)))
            << "piece " << i << ", channel " << c << ", value " << k;
      }
    }
  }
}

// To a block that does not say otherwise logic is a waveform of 0 and 1; what claims to be logic has
// no other values.
TEST_P(EveryBlock, GivesLogicOnlyWhenItSaysSoAndThenOnlyZerosAndOnes) {
  if (entry.input != Kind::kWaveform && entry.input != Kind::kLogic) return;
  BlockEntry as_logic = entry;
  as_logic.input = Kind::kLogic;
  const Signal in = example_input(as_logic, channels(2), 1);
  Table params = example;
  for (const char* name : {"level", "hysteresis"}) params.erase(name);  // which logic has not
  const Rig rig(entry.name, params, in.info);
  if (rig.error().code != Code::kOk) return;  // refused, and says why
  const Signal out = run(entry.name, params, in);
  EXPECT_TRUE(entry.takes_logic || !out.info.is_logic);
  EXPECT_TRUE(out.info.kind != Kind::kLogic || out.info.is_logic);
  if (!out.info.is_logic) return;
  for (const Piece& piece : out.pieces) {
    for (const auto& plane : piece.samples) {
      for (const float value : plane) ASSERT_TRUE(value == 0 || value == 1) << value;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryBlock, ::testing::ValuesIn(names_of_blocks()),
                         [](const auto& block) { return block.param; });

}  // namespace
}  // namespace acq::test
