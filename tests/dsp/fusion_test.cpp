// Blocks that share a pass over the samples give, bit for bit, what each of them gives alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dsp/pipeline.h"
#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

constexpr std::size_t kChannels = 3;
constexpr std::size_t kSamples = 5000;

struct ChainStep {
  std::string block;
  Table params;
};
using Chain = std::vector<ChainStep>;

// Keeps every chunk it is given, with all that is known about it.
class Collector final : public Outlet {
 public:
  explicit Collector(const SignalInfo& info) : signal{info, {}} {}
  void deliver(const Chunk& chunk) noexcept override {
    Piece& piece = signal.pieces.emplace_back();
    for (std::size_t c = 0; c < chunk.channels; ++c) {
      piece.samples.emplace_back(chunk.planes[c], chunk.planes[c] + chunk.count);
    }
    piece.first_index = chunk.first_index;
    piece.gap_before = chunk.gap_before;
    piece.epoch = chunk.epoch;
    piece.flags = chunk.flags;
    piece.overrange_low = chunk.overrange_low;
    piece.overrange_high = chunk.overrange_high;
    piece.stamp = chunk.stamp;
    piece.axis_start = chunk.axis_start;
    piece.triggers.assign(chunk.triggers.begin(), chunk.triggers.end());
  }
  [[nodiscard]] bool is_wanted() const noexcept override { return wants; }
  Signal signal;
  bool wants = true;
};

std::unique_ptr<Pipeline> build(const Chain& chain, const SignalInfo& in) {
  std::vector<Step> steps;
  for (const ChainStep& step : chain) {
    const BlockEntry* entry = find_block(step.block);
    steps.push_back({entry, *Params::check(entry->params, step.params, step.block), ""});
  }
  auto built = Pipeline::build({in}, std::move(steps));
  EXPECT_TRUE(built.has_value()) << to_string(built.error());
  return std::move(*built);
}

// A chain at work, with branches behind the blocks named in `points`.
class Bench {
 public:
  Bench(const Chain& chain, const SignalInfo& in, const std::vector<std::size_t>& points)
      : pipeline_(build(chain, in)), out_(pipeline_->output()), planes_(kChannels, in.max_count) {
    for (const std::size_t point : points) {
      const SignalInfo& signal = pipeline_->signal_at(point);
      branches_.push_back(build({}, signal));
      branch_outs_.push_back(std::make_unique<Collector>(signal));
      branches_.back()->connect(branch_outs_.back().get(), {});
      taps_.push_back({point, branches_.back().get(), 0});
    }
    pipeline_->connect(&out_, taps_);
  }

  void push(const Piece& piece) {
    Chunk chunk;
    chunk.channels = kChannels;
    chunk.count = static_cast<std::uint32_t>(piece.count());
    for (std::size_t c = 0; c < kChannels; ++c) {
      std::copy(piece.samples[c].begin(), piece.samples[c].end(), planes_[c]);
    }
    planes_.lend(chunk.planes);
    chunk.first_index = piece.first_index;
    chunk.gap_before = piece.gap_before;
    chunk.epoch = piece.epoch;
    chunk.flags = piece.flags;
    chunk.stamp = piece.stamp;
    chunk.triggers = piece.triggers;
    pipeline_->push(0, chunk);
    for (std::size_t c = 0; c < kChannels; ++c) {
      ASSERT_EQ(std::memcmp(planes_[c], piece.samples[c].data(), piece.count() * sizeof(float)), 0)
          << "the input was written over";
    }
  }

  // Goes on where `before` stopped, as the worker does.
  void adopt(Bench& before) {
    pipeline_->adopt(*before.pipeline_);
    out_.signal.pieces = std::move(before.out_.signal.pieces);
  }

  void want_branch(std::size_t branch, bool wants) { branch_outs_[branch]->wants = wants; }
  [[nodiscard]] const Signal& out() const { return out_.signal; }
  [[nodiscard]] const Signal& branch(std::size_t i) const { return branch_outs_[i]->signal; }
  [[nodiscard]] const Pipeline& pipeline() const { return *pipeline_; }

 private:
  std::unique_ptr<Pipeline> pipeline_;
  Collector out_;
  std::vector<std::unique_ptr<Pipeline>> branches_;
  std::vector<std::unique_ptr<Collector>> branch_outs_;
  std::vector<Pipeline::Tap> taps_;
  Planes planes_;
};

// What the blocks give one after the other, each alone.
Signal one_by_one(const Chain& chain, Signal signal) {
  for (const ChainStep& step : chain) signal = run(step.block, step.params, signal);
  return signal;
}

double number(std::mt19937_64& random, double from, double to) {
  return std::uniform_real_distribution<>(from, to)(random);
}

Table random_calibration(std::mt19937_64& random) {
  if (random() % 3 == 0) {
    List coefficients(2 + random() % 4);
    for (Value& c : coefficients) c = number(random, -1, 1);
    return {{"coefficients", coefficients}};
  }
  Table table{{"gain", number(random, -1.5, 1.5)}, {"offset", number(random, -1, 1)}};
  if (random() % 4 == 0) {
    table["channels"] = List{Table{{"id", std::string("ch2")}, {"gain", 0.5}}};
  }
  return table;
}

ChainStep random_pointwise(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return {"clip", {{"lower", number(random, -2, 0)}, {"upper", number(random, 0, 2)}}};
    case 1: {
      static const char* const kOps[] = {"abs", "sqrt", "log10", "exp", "inverse", "power"};
      return {"function", {{"op", std::string(kOps[random() % 6])}}};
    }
    case 2:
      return {"replace_non_finite",
              {{"method", "constant"}, {"constant", number(random, -1, 1)}, {"what", "all"}}};
    default: return {"calibrate", random_calibration(random)};
  }
}

// Mostly pointwise blocks, and some that are not and keep a state.
Chain random_chain(std::mt19937_64& random) {
  Chain chain(1 + random() % 9);
  for (ChainStep& step : chain) {
    const std::uint64_t dice = random() % 9;
    if (dice == 0) {
      step = {"moving_average", {{"length", 5.0}}};
    } else if (dice == 1) {
      step = {"dc_remove", {{"cutoff", 20.0}}};
    } else if (dice == 2) {
      step = {"replace_non_finite", {{"method", "hold"}}};  // not pointwise with this method
    } else {
      step = random_pointwise(random);
    }
  }
  return chain;
}

Signal input(std::mt19937_64& random) {
  std::vector<std::vector<float>> samples;
  for (std::size_t c = 0; c < kChannels; ++c) samples.push_back(noise(kSamples, random()));
  Signal whole = stamped(waveform(samples));
  whole.info.max_count = 1500;
  for (const double at : {17.5, 1400.0}) {
    whole.pieces[0].triggers.push_back({.position = at, .channel = 1, .level = 0.25});
  }
  return cut_randomly(with_gap(whole, 1777, 23), random, 1500);
}

TEST(Fusion, GivesWhatTheBlocksGiveOneByOneForAnyChainAndCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for_each_instruction_set([seed] {
    std::mt19937_64 random(seed);
    for (int round = 0; round < 12 && !::testing::Test::HasFailure(); ++round) {
      const Chain chain = random_chain(random);
      const Signal in = input(random);
      Bench bench(chain, in.info, {});
      for (const Piece& piece : in.pieces) bench.push(piece);
      expect_same(bench.out(), one_by_one(chain, in));
    }
  });
}

TEST(Fusion, ShowsEveryTapWhatFlowsThereAndGivesTheSameWithAndWithout) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 12 && !::testing::Test::HasFailure(); ++round) {
    const Chain chain = random_chain(random);
    const Signal in = input(random);
    std::vector<std::size_t> points;
    for (std::size_t point = 0; point <= chain.size(); ++point) {
      if (random() % 2 == 0) points.push_back(point);
    }
    Bench tapped(chain, in.info, points);
    // A tap that nobody wants does not part the blocks around it.
    std::vector<bool> wants;
    for (std::size_t i = 0; i < points.size(); ++i) {
      wants.push_back(random() % 3 != 0);
      tapped.want_branch(i, wants[i]);
    }
    for (const Piece& piece : in.pieces) tapped.push(piece);
    expect_same(tapped.out(), one_by_one(chain, in));
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Chain part(chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(points[i]));
      if (wants[i]) {
        expect_same(tapped.branch(i), one_by_one(part, in));
      } else {
        EXPECT_TRUE(tapped.branch(i).pieces.empty());
      }
    }
  }
}

// Every change replaces the pipeline by one with other parameters, blocks or taps, between two
// chunks; the other pipeline, which is tapped everywhere, never fuses anything.
TEST(Fusion, GivesTheSameWhileParametersBlocksAndTapsChange) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Signal in = input(random);
  std::unique_ptr<Bench> fused;
  std::unique_ptr<Bench> parted;
  for (int round = 0; round < 5; ++round) {
    for (const Piece& piece : in.pieces) {
      const Chain chain = random_chain(random);
      std::vector<std::size_t> everywhere;
      for (std::size_t point = 0; point <= chain.size(); ++point) everywhere.push_back(point);
      auto next_fused = std::make_unique<Bench>(
          chain, in.info, std::vector<std::size_t>(random() % 2, random() % (chain.size() + 1)));
      auto next_parted = std::make_unique<Bench>(chain, in.info, everywhere);
      if (fused) next_fused->adopt(*fused);
      if (parted) next_parted->adopt(*parted);
      fused = std::move(next_fused);
      parted = std::move(next_parted);
      fused->push(piece);
      parted->push(piece);
    }
  }
  EXPECT_EQ(fused->out().pieces.size(), 5 * in.pieces.size());
  expect_same(fused->out(), parted->out());
}

TEST(Fusion, EveryPointwiseBlockOfTheRegistryGivesTheSameTwiceInARow) {
  std::size_t found = 0;
  for (const BlockEntry* entry : block_registry()) {
    if (entry->make()->pointwise() == nullptr) continue;
    SCOPED_TRACE(std::string(entry->name));
    ++found;
    EXPECT_TRUE(entry->in_place) << "pointwise blocks may be given their output as their input";
    std::mt19937_64 random(1);
    const Signal in = input(random);
    const Chain chain(2, {std::string(entry->name), entry->example()});
    const Error refused =
        refusal(entry->name, entry->example(), run(chain[0].block, chain[0].params, in).info);
    if (refused.code != Code::kOk) continue;  // its output is no input for it
    Bench bench(chain, in.info, {});
    for (const Piece& piece : in.pieces) bench.push(piece);
    expect_same(bench.out(), one_by_one(chain, in));
  }
  EXPECT_GE(found, 4U);
}

TEST(Fusion, ChargesEveryBlockWithItsPartOfTheTime) {
  const Chain chain = {{"calibrate", {{"gain", 2.0}}},
                       {"calibrate", {{"coefficients", List{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}}}},
                       {"calibrate", {{"gain", 3.0}}}};
  std::mt19937_64 random(1);
  const Signal in = input(random);
  Bench bench(chain, in.info, {});
  for (const Piece& piece : in.pieces) bench.push(piece);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.pipeline().times(i).calls.get(), in.pieces.size());
    EXPECT_GT(bench.pipeline().times(i).busy.get(), 0U);
    EXPECT_LE(bench.pipeline().times(i).worst.get(), bench.pipeline().times(i).busy.get());
  }
  // The polynomial is declared to cost many times a multiply-add.
  EXPECT_GT(bench.pipeline().times(1).busy.get(), 5 * bench.pipeline().times(0).busy.get());
}

}  // namespace
}  // namespace acq::test
