#include "dsp/math/trigger_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/simd_targets.h"

// The rules once more, sample by sample as their definitions read.
namespace acq::test {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

double meet(double before, double now, double level) {
  const double part = (level - before) / (now - before);
  return part >= 0 && part <= 1 ? part : 1;
}

struct NaiveEdge {
  EdgeLimits limits;
  bool rise_armed = false, fall_armed = false;
  std::optional<TriggerHit> step(float before, float now) {
    const auto level = static_cast<float>(limits.level);
    const bool rises = rise_armed && now >= level, falls = fall_armed && now <= level;
    if (rises) rise_armed = false;
    if (falls) fall_armed = false;
    if (now < static_cast<float>(limits.level - limits.hysteresis)) rise_armed = true;
    if (now > static_cast<float>(limits.level + limits.hysteresis)) fall_armed = true;
    if (!(rises && limits.slope != Slope::kFalling) && !(falls && limits.slope != Slope::kRising)) {
      return std::nullopt;
    }
    return TriggerHit{meet(before, now, level), rises, limits.level};
  }
};

struct NaiveLevel {
  LevelLimits limits;
  std::optional<TriggerHit> step(float /*before*/, float now) const {
    if (!(limits.is_below ? now <= limits.level : now >= limits.level)) return std::nullopt;
    return TriggerHit{1, !limits.is_below, limits.level};
  }
};

struct NaiveWindow {
  WindowLimits limits;
  bool is_armed = false;
  std::optional<TriggerHit> step(float before, float now) {
    const auto& [low, high, hysteresis, on_entry] = limits;
    const bool is_inside = now >= low && now <= high, is_outside = now < low || now > high;
    if (is_armed && (on_entry ? is_inside : is_outside)) {
      is_armed = false;
      const bool is_upper = on_entry ? before > high : now > high;
      const float border = is_upper ? high : low;
      return TriggerHit{meet(before, now, border), is_upper != on_entry, border};
    }
    is_armed |= on_entry ? now < low - hysteresis || now > high + hysteresis
                         : now >= low + hysteresis && now <= high - hysteresis;
    return std::nullopt;
  }
};

struct NaivePulse {
  PulseWidthLimits limits;
  bool rise_armed = false, fall_armed = false;
  double since = kForever;  // samples since the pulse began
  std::optional<TriggerHit> step(float before, float now) {
    const float sign = limits.is_negative ? -1 : 1;
    const float a = sign * before, b = sign * now, edge = sign * limits.level;
    std::optional<TriggerHit> hit;
    since += 1;
    if (fall_armed && b <= edge) {
      fall_armed = false;
      const double width = since - 1 + meet(a, b, edge);
      if (since < kForever && width >= limits.shortest && width <= limits.longest) {
        hit = TriggerHit{meet(a, b, edge), limits.is_negative, limits.level};
      }
      since = kForever;
    } else if (b > edge + limits.hysteresis) {
      fall_armed = true;
    }
    if (rise_armed && b >= edge) {
      rise_armed = false;
      since = 1 - meet(a, b, edge);
    } else if (b < edge - limits.hysteresis) {
      rise_armed = true;
    }
    return hit;
  }
};

struct NaiveRunt {
  RuntLimits limits;
  enum class State { kUnseen, kBelow, kBetween } state = State::kUnseen;
  std::optional<TriggerHit> step(float before, float now) {
    const float near = limits.is_negative ? -limits.high : limits.low;
    const float far = limits.is_negative ? -limits.low : limits.high;
    const float a = limits.is_negative ? -before : before, b = limits.is_negative ? -now : now;
    if (b < near) {
      const bool was_runt = state == State::kBetween;
      state = State::kBelow;
      if (!was_runt) return std::nullopt;
      return TriggerHit{meet(a, b, near), limits.is_negative,
                        limits.is_negative ? limits.high : limits.low};
    }
    if (!(b < far)) {
      state = State::kUnseen;
    } else if (state == State::kBelow) {
      state = State::kBetween;
    }
    return std::nullopt;
  }
};

struct NaiveSlope {
  SlopeLimits limits;
  bool is_armed = false;
  double since = kForever;  // samples since the transition began
  std::optional<TriggerHit> step(float before, float now) {
    const float from = limits.is_falling ? -limits.high : limits.low;
    const float to = limits.is_falling ? -limits.low : limits.high;
    const float a = limits.is_falling ? -before : before, b = limits.is_falling ? -now : now;
    since += 1;
    if (!(b >= from)) {
      is_armed = b < from;
      since = kForever;
      return std::nullopt;
    }
    if (is_armed) since = 1 - meet(a, b, from);
    is_armed = false;
    if (since == kForever || b < to) return std::nullopt;
    const double time = since - 1 + meet(a, b, to);
    since = kForever;
    if (time < limits.shortest || time > limits.longest) return std::nullopt;
    return TriggerHit{meet(a, b, to), !limits.is_falling,
                      limits.is_falling ? limits.low : limits.high};
  }
};

// Steps of a quarter, so that samples lie on levels, some without a number.
std::vector<float> random_steps(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> x;
  float value = 0;
  while (x.size() < count) {
    value = std::clamp(value + 0.25F * static_cast<float>(static_cast<int>(random() % 5) - 2),
                       -1.5F, 1.5F);
    x.push_back(random() % 50 == 0 ? std::nanf("") : value);
    if (random() % 400 == 0) x.insert(x.end(), random() % 200, value);  // words without an event
  }
  x.resize(count);
  return x;
}

struct Seen {
  std::size_t index;
  TriggerHit hit;
};

template <typename Naive>
std::vector<Seen> one_by_one(Naive naive, const std::vector<float>& x) {
  std::vector<Seen> seen;
  float before = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (const auto hit = naive.step(before, x[i])) seen.push_back({i, *hit});
    before = x[i];
  }
  return seen;
}

template <typename Rule>
std::vector<Seen> in_pieces(Rule rule, const std::vector<float>& x, std::size_t longest,
                            std::size_t room) {
  std::mt19937 random(static_cast<unsigned>(longest + room));
  std::vector<Seen> seen;
  std::vector<TriggerFound> hits(room);
  float before = 0;
  for (std::size_t at = 0; at < x.size();) {
    const std::size_t end = std::min(x.size(), at + 1 + random() % longest);
    const std::size_t found = find_hits(rule, before, x.data(), at, end, hits);
    for (std::size_t k = 0; k < found; ++k) seen.push_back({hits[k].index, hits[k].hit});
    at = found == room ? hits.back().index + 1 : end;
  }
  return seen;
}

template <typename Rule, typename Naive, typename Limits>
void expect_same(const Limits& limits) {
  const std::vector<float> x = random_steps(20'000, 1);
  const std::vector<Seen> expected = one_by_one(Naive{limits}, x);
  ASSERT_GT(expected.size(), 20U);
  for (const auto& [longest, room] : {std::pair<std::size_t, std::size_t>{20'000, 20'000},
                                      {20'000, 1},
                                      {1, 1},
                                      {100, 3},
                                      {700, 64}}) {
    const std::vector<Seen> seen = in_pieces(Rule(limits), x, longest, room);
    ASSERT_EQ(seen.size(), expected.size()) << longest << ", " << room;
    for (std::size_t k = 0; k < seen.size(); ++k) {
      ASSERT_EQ(seen[k].index, expected[k].index) << longest << ", " << room;
      EXPECT_EQ(seen[k].hit.fraction, expected[k].hit.fraction);
      EXPECT_EQ(seen[k].hit.is_rising, expected[k].hit.is_rising);
      EXPECT_EQ(seen[k].hit.level, expected[k].hit.level);
    }
  }
}

TEST(TriggerRules, FindTheSameInWordsAsSampleBySample) {
  for_each_instruction_set([] {
    for (const double hysteresis : {0.0, 0.5}) {
      for (const Slope slope : {Slope::kRising, Slope::kFalling, Slope::kEither}) {
        expect_same<EdgeRule, NaiveEdge>(EdgeLimits{0.25, hysteresis, slope});
      }
      const auto narrow = static_cast<float>(hysteresis);
      for (const bool flag : {false, true}) {
        expect_same<WindowRule, NaiveWindow>(WindowLimits{-0.5F, 0.75F, narrow, flag});
        expect_same<PulseWidthRule, NaivePulse>(PulseWidthLimits{0.25F, narrow, flag, 2.5, 9});
      }
    }
    for (const bool flag : {false, true}) {
      expect_same<LevelRule, NaiveLevel>(LevelLimits{0.75F, flag});
      expect_same<RuntRule, NaiveRunt>(RuntLimits{-0.25F, 0.5F, flag});
      expect_same<SlopeRule, NaiveSlope>(SlopeLimits{-0.5F, 0.5F, flag, 1.5, 8});
    }
  });
}

TEST(Latch, FollowsSetAndResetThroughWords) {
  std::mt19937_64 random(2);
  bool in_words = false, one_by_one = false;
  for (int word = 0; word < 1000; ++word) {
    const std::uint64_t sets = random() & random() & random(),
                        keeps = random() | random() | random();
    const LatchWord latched = latch(sets, keeps, in_words);
    for (std::size_t i = 0; i < 64; ++i) {
      ASSERT_EQ(latched.is_on_at(i), one_by_one);
      one_by_one = (sets >> i & 1) != 0 || (one_by_one && (keeps >> i & 1) != 0);
    }
    in_words = latched.after;
    ASSERT_EQ(in_words, one_by_one);
  }
}

}  // namespace
}  // namespace acq::test
