#include <gtest/gtest.h>

#include <random>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

using Indices = std::vector<std::uint64_t>;

Table params_of(const std::string& pattern, double pre = 0, double post = 1) {
  return {{"pattern", pattern}, {"pre", pre}, {"post", post}};
}

Indices events(const std::string& pattern, const Signal& in) {
  Indices all;
  for (const Piece& piece : run("pattern_trigger", params_of(pattern), in).pieces)
    all.push_back(piece.first_index);
  return all;
}

TEST(PatternTrigger, CutsARecordOfAllChannelsWhereLevelsComeToHold) {
  const Signal in = stamped(logic({"0011001100", "0101110111"}));
  const Signal out = run("pattern_trigger", params_of("ch1=1 ch2=1", 2, 2), in);
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_TRUE(out.info.is_logic);
  EXPECT_EQ(out.pieces[0].first_index, 1U);
  EXPECT_EQ(out.pieces[0].samples, (std::vector<std::vector<float>>{{0, 1, 1, 0}, {1, 0, 1, 1}}));
  EXPECT_EQ(out.pieces[1].first_index, 5U);
  EXPECT_TRUE(out.pieces[0].flags & kFlagTriggered);
  EXPECT_EQ(out.pieces[0].stamp.t0_ticks, 1);
  // The change was somewhere between two samples: x is 0 half way.
  ASSERT_EQ(out.pieces[0].triggers.size(), 1U);
  EXPECT_EQ(out.pieces[0].triggers[0].position, 1.5);
  EXPECT_EQ(out.pieces[0].axis_start, -1.5e-3);
}

TEST(PatternTrigger, LevelsThatHoldOnDoNotTriggerAgain) {
  EXPECT_EQ(events("ch1=1", logic({"0111101"})), (Indices{1, 6}));
  EXPECT_EQ(events("ch1=0", logic({"0111101"})), (Indices{5}));
}

TEST(PatternTrigger, WhatHoldsFromTheStartHasNotCome) {
  EXPECT_EQ(events("ch1=1", logic({"1111011"})), (Indices{5}));
  EXPECT_EQ(events("ch1=rising", logic({"1111011"})), (Indices{5}));
}

TEST(PatternTrigger, EdgesCountOnlyWhileTheLevelsHold) {
  const Signal in = logic({"01010101", "00011110", "11110000"});
  EXPECT_EQ(events("ch1=rising ch2=1", in), (Indices{3, 5}));
  EXPECT_EQ(events("ch1=falling ch2=1", in), (Indices{4, 6}));
  EXPECT_EQ(events("ch1=either ch3=1", in), (Indices{1, 2, 3}));
  EXPECT_EQ(events("ch2=falling ch1=rising", in), (Indices{7}));
}

TEST(PatternTrigger, TheMarkTellsTheDirectionOfTheFirstChannelNamed) {
  const Signal out = run("pattern_trigger", params_of("ch2=either ch1=0"), logic({"0000", "0110"}));
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.pieces[0].triggers[0].channel, 1U);
  EXPECT_TRUE(out.pieces[0].triggers[0].is_rising);
  EXPECT_FALSE(out.pieces[1].triggers[0].is_rising);
}

TEST(PatternTrigger, FindsAChannelByItsLabelToo) {
  Signal in = logic({"0011"});
  in.info.channels[0].label = "clk";
  EXPECT_EQ(events("clk=rising", in), (Indices{2}));
}

TEST(PatternTrigger, HoldOffSkipsEvents) {
  Table params = params_of("ch1=rising");
  params["hold_off"] = 4.0;
  const Signal out = run("pattern_trigger", params, logic({"0101010101010"}));
  Indices all;
  for (const Piece& piece : out.pieces) all.push_back(piece.first_index);
  EXPECT_EQ(all, (Indices{1, 5, 9}));
}

TEST(PatternTrigger, BehindAGapThePatternMustComeAgain) {
  const Signal in = with_gap(logic({"0000011110011"}), 3, 3);  // samples 3, 4 and 5
  const Signal out = run("pattern_trigger", params_of("ch1=1"), in);
  ASSERT_EQ(out.pieces.size(), 1U);
  EXPECT_EQ(out.pieces[0].first_index, 11U);
  EXPECT_EQ(out.pieces[0].gap_before.samples, 3U);
}

// The definition, sample by sample.
bool is_met(const std::vector<std::vector<float>>& x, const std::vector<char>& terms,
            std::size_t i) {
  bool has_edges = false, holds = true, held = true;
  for (std::size_t c = 0; c < terms.size(); ++c) {
    const float now = x[c][i], before = x[c][i - 1];
    if (terms[c] == '0' || terms[c] == '1') {
      holds = holds && now == static_cast<float>(terms[c] - '0');
      held = held && before == static_cast<float>(terms[c] - '0');
    } else if (terms[c] != '-') {
      has_edges = true;
      holds = holds && now != before && (terms[c] == 'e' || (terms[c] == 'r') == (now == 1));
    }
  }
  return holds && (has_edges || !held);
}

TEST(PatternTrigger, FindsWhatTheDefinitionSaysHoweverTheInputIsCut) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::pair<char, const char*>> words = {
      {'0', "0"}, {'1', "1"}, {'r', "rising"}, {'f', "falling"}, {'e', "either"}, {'-', ""}};
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> lines(3);
    for (std::string& line : lines) {
      for (int i = 0; i < 500; ++i)
        line +=
            random() % 4 == 0 || line.empty() ? static_cast<char>('0' + random() % 2) : line.back();
    }
    const Signal in = logic(lines);
    std::vector<char> terms;
    std::string pattern;
    for (int c = 0; c < 3; ++c) {
      const auto& [term, word] = words[random() % (c == 0 ? 5 : 6)];
      terms.push_back(term);
      if (term != '-') pattern += " ch" + std::to_string(c + 1) + "=" + word;
    }
    Indices expected;
    for (std::size_t i = 1; i < 500; ++i)
      if (is_met(in.pieces[0].samples, terms, i)) expected.push_back(i);
    EXPECT_EQ(events(pattern, in), expected) << pattern;
    EXPECT_EQ(events(pattern, cut_randomly(in, random, 90)), expected) << pattern;
  }
}

TEST(PatternTrigger, GivesTheSameRecordsHoweverTheInputIsCut) {
  std::string line;
  for (int i = 0; i < 900; ++i) line += i % 37 < 9 ? '1' : '0';
  expect_same_for_any_cut("pattern_trigger", params_of("ch1=falling", 11, 20),
                          with_gap(stamped(logic({line, line})), 400, 13), 20, 200);
}

TEST(PatternTrigger, AChangeOfTheLengthsKeepsWhatTheDetectorSaw) {
  Signal in = cut(logic({"0001000111"}), {4, 6});
  Rig before("pattern_trigger", params_of("ch1=0", 0, 1), in.info);
  before.push(in.pieces[0]);
  Rig after("pattern_trigger", params_of("ch1=0", 0, 2), in.info);
  after.adopt(before);
  const std::vector<Piece> made = after.push(in.pieces[1]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].first_index, 4U);
}

TEST(PatternTrigger, RefusesWhatItCannotDoAndSaysWhatIsAllowed) {
  const SignalInfo in = logic({"01", "01"}).info;
  const auto refused = [&](const std::string& pattern) {
    const Error error = refusal("pattern_trigger", params_of(pattern), in);
    EXPECT_EQ(error.code, Code::kInvalid) << pattern;
    EXPECT_EQ(error.where, "pattern") << pattern;
    return error;
  };
  EXPECT_NE(refused("").allowed.find("rising"), std::string::npos);
  EXPECT_EQ(refused("ch9=1").allowed, "ch1, ch2");
  EXPECT_NE(refused("ch1").allowed.find("CHANNEL=WHAT"), std::string::npos);
  EXPECT_NE(refused("ch1=2").allowed.find("CHANNEL=WHAT"), std::string::npos);
  EXPECT_EQ(refused("ch1=1 ch1=0").allowed, "one term a channel");
  EXPECT_EQ(refusal("pattern_trigger", params_of("ch1=1"), waveform({{0, 1}}).info).sentence,
            "pattern_trigger needs logic, not a waveform");
}

}  // namespace
}  // namespace acq::test
