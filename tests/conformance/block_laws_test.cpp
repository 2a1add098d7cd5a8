// What every block promises, with parameters, signals and cuts made at random. RapidCheck prints its
// seed; RC_PARAMS="seed=... max_success=1000" looks again, or longer.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "tests/conformance/block_examples.h"
#include "tests/conformance/likely_params.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

// Each case runs a block over thousands of samples several times.
[[maybe_unused]] const int kFewCases = setenv("RC_PARAMS", "max_success=6", 0);

class EveryBlockAtRandom : public ::testing::TestWithParam<std::string> {
 protected:
  const BlockEntry& entry = *find_block(GetParam());

  // Runs `law(params, random)` with other parameters each time.
  template <typename Law>
  void expect_law(const char* name, Law law) {
    EXPECT_TRUE(rc::check(name, [&] {
      std::mt19937_64 random(
          *rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>())));
      const Signal in = input(random());
      const Table params = likely_params(entry, in.info, random);
      SCOPED_TRACE(std::string(entry.name) + " " + to_text(Value(params)));
      law(in, params, random);
      RC_ASSERT_FALSE(HasFailure());
    }));
  }

  [[nodiscard]] Signal input(std::uint64_t seed) const {
    Signal in = example_input(entry, 2 * entry.min_channels, seed % 1'000'000);
    in.info.max_count = std::max<std::size_t>(in.info.max_count, 1);
    return stamped(in);
  }
};

Signal merged_if_continuous(Signal out) {
  return is_continuous(out.info.kind) ? merged(out) : out;
}

TEST_P(EveryBlockAtRandom, GivesTheSameHoweverTheInputIsCut) {
  expect_law("any cut equals the whole", [&](const Signal& in, const Table& params, auto& random) {
    if (!is_continuous(entry.input)) return;
    const Signal whole = with_gap(in, 500 + random() % 2500, 1 + random() % 200);
    const Signal a = merged_if_continuous(run(entry.name, params, stamped(whole)));
    const Signal parts = stamped(cut_randomly(whole, random, 1 + random() % 600));
    expect_same(merged_if_continuous(run(entry.name, params, parts)), a);
  });
}

// As a change of another block's parameters does it.
TEST_P(EveryBlockAtRandom, GoesOnWhenItIsReplacedByItsLike) {
  expect_law("state survives adopt()", [&](const Signal& in, const Table& params, auto& random) {
    const Signal parts =
        is_continuous(entry.input) ? cut_randomly(in, random, 1 + random() % 600) : in;
    auto rig = std::make_unique<Rig>(entry.name, params, parts.info);
    Signal changed{rig->info(), {}};
    for (const Piece& piece : parts.pieces) {
      if (random() % 3 == 0) {
        auto next = std::make_unique<Rig>(entry.name, params, parts.info);
        next->adopt(*rig);
        rig = std::move(next);
      }
      for (Piece& made : rig->push(piece)) changed.pieces.push_back(std::move(made));
    }
    const Signal whole = run(entry.name, params, parts);
    ASSERT_EQ(changed.pieces.size(), whole.pieces.size());
    for (std::size_t i = 0; i < whole.pieces.size(); ++i) {
      ASSERT_EQ(changed.pieces[i].first_index, whole.pieces[i].first_index);
      for (std::size_t c = 0; c < whole.pieces[i].samples.size(); ++c) {
        for (std::size_t k = 0; k < whole.pieces[i].count(); ++k) {
          const float a = changed.pieces[i].samples[c][k], b = whole.pieces[i].samples[c][k];
          // A state may be taken over with another rounding in float64.
          ASSERT_TRUE(same_bits(a, b) || std::abs(a - b) <= 1e-5F * (1 + std::abs(b)))
              << "piece " << i << ", channel " << c << ", value " << k << ": " << a << " and " << b;
        }
      }
    }
  });
}

// The past of another epoch, or of the other side of a gap that starts it anew, leaves no trace.
TEST_P(EveryBlockAtRandom, BeginsAnewWithAnEpochAndWhereAGapResetsIt) {
  if (!is_continuous(entry.input) || entry.name == "allan")
    return;  // allan sums over all it has seen
  const auto has_policy = std::any_of(entry.params.begin(), entry.params.end(),
                                      [](const ParamSpec& spec) { return spec.name == "on_gap"; });
  expect_law("the past is forgotten", [&](const Signal& in, const Table& given, auto& random) {
    Table params = given;
    if (has_policy) params.insert_or_assign("on_gap", std::string("reset"));
    if (refusal(entry.name, params, in.info).code != Code::kOk) return;
    const bool by_gap = has_policy && random() % 2 == 0;
    Signal broken = stamped(cut(in, {1000 + random() % 1000, 5000}));
    Piece& second = broken.pieces.at(1);
    if (by_gap) {
      second = stamped(with_gap(in, second.first_index, 1 + random() % 50)).pieces.at(1);
    } else {
      second.epoch = 1;
    }
    Rig used(entry.name, params, in.info);
    used.push(broken.pieces[0]);
    Signal behind{used.info(), used.push(second)};
    Piece first = second;
    first.gap_before = {};
    Rig fresh(entry.name, params, in.info);
    Signal alone{fresh.info(), fresh.push(first)};
    // What the end of the epoch before made of its own is not compared.
    std::erase_if(behind.pieces, [&](const Piece& piece) { return piece.epoch != second.epoch; });
    if (!behind.pieces.empty() && by_gap) {
      std::erase_if(behind.pieces, [&](const Piece& piece) {
        return static_cast<double>(piece.first_index) * behind.info.index_ratio.value() + 1 <
               static_cast<double>(second.first_index);
      });
    }
    if (!behind.pieces.empty()) behind.pieces[0].gap_before = {};
    expect_same(behind, alone);
  });
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryBlockAtRandom, ::testing::ValuesIn(names_of_blocks()),
                         [](const auto& block) { return block.param; });

}  // namespace
}  // namespace acq::test
