// Laws that follow from units, over the registry: what is told in V doubles when the input does, what is
// told in s halves when everything is twice as fast, whatever the block. And superposition, which holds
// for the blocks that are linear and for no other.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cctype>
#include <cmath>
#include <set>

#include "tests/conformance/block_examples.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

// The power of a symbol in a unit: of V in V2/Hz it is 2, of Hz -1.
int power_of(std::string_view symbol, std::string_view unit) {
  int sum = 0, sign = 1;
  for (std::size_t at = 0; at < unit.size();) {
    if (unit[at] == '/' || unit[at] == '.') {
      sign = unit[at++] == '/' ? -1 : 1;
      continue;
    }
    int inner = 0;
    const std::size_t from = at;
    if (unit[at] == '(') {
      for (int depth = 0; at < unit.size();) {
        depth += unit[at] == '(' ? 1 : unit[at] == ')' ? -1 : 0;
        ++at;
        if (depth == 0) break;
      }
      inner = power_of(symbol, unit.substr(from + 1, at - from - 2));
    } else {
      while (at < unit.size() && unit[at] != '/' && unit[at] != '.' && !std::isdigit(unit[at]))
        ++at;
      inner = unit.substr(from, at - from) == symbol ? 1 : 0;
    }
    int exponent = 0;
    while (at < unit.size() && std::isdigit(unit[at]))
      exponent = 10 * exponent + (unit[at++] - '0');
    sum += sign * inner * std::max(exponent, 1);
    sign = 1;
    if (at == from) ++at;
  }
  return sum;
}

TEST(PowerOf, ReadsTheUnitsThatBlocksMake) {
  EXPECT_EQ(power_of("V", "V2/Hz"), 2);
  EXPECT_EQ(power_of("Hz", "V2/Hz"), -1);
  EXPECT_EQ(power_of("V", "/V"), -1);
  EXPECT_EQ(power_of("V", "(V)3"), 3);
  EXPECT_EQ(power_of("s", "(m/s)2"), -2);
  EXPECT_EQ(power_of("s", "V.s"), 1);
  EXPECT_EQ(power_of("V", "1"), 0);
}

// What is multiplied by what: values in V, and times.
struct Change {
  double volts = 1;
  double seconds = 1;
  [[nodiscard]] double factor(std::string_view unit) const {
    return std::pow(volts, power_of("V", unit)) *
           std::pow(seconds, power_of("s", unit) - power_of("Hz", unit));
  }
};

Table example_of(const BlockEntry& entry) {
  // A function of numbers, and a unit that is not made of the input's.
  if (entry.name == "function") return {{"op", "power"}, {"exponent", 3.0}};
  if (entry.name == "calibrate") return {{"gain", 2.5}, {"offset", -1.0}};
  return entry.example();
}

// The unit of a parameter; that of some only the input knows.
std::string unit_of(const BlockEntry& entry, const ParamSpec& spec, const SignalInfo& in) {
  if (entry.name == "value_at" && spec.name == "x") return in.axis.unit;
  if (entry.name == "offset_correction") return in.axis.unit;
  if (entry.name == "sine_fit" && spec.name == "frequency") return "/" + in.axis.unit;
  if (entry.name == "deconvolution" && spec.name == "strength") return in.channels[0].unit + "2";
  return spec.in_signal_unit ? in.channels[0].unit : std::string(spec.unit);
}

Table changed(const BlockEntry& entry, const Change& by, const SignalInfo& in) {
  Table params = Params::check(entry.params, example_of(entry), entry.name)->values();
  for (const ParamSpec& spec : entry.params) {
    const auto found = params.find(spec.name);
    if (found == params.end()) continue;
    const double factor = by.factor(unit_of(entry, spec, in));
    if (auto* number = std::get_if<double>(&found->second)) *number *= factor;
    if (auto* list = std::get_if<List>(&found->second)) {
      for (Value& value : *list) {
        if (auto* number = std::get_if<double>(&value)) *number *= factor;
      }
    }
  }
  return params;
}

Signal changed(Signal signal, const Change& by) {
  const double rate = signal.info.rate_hz.value() / by.seconds;
  signal.info.rate_hz = {static_cast<std::uint64_t>(rate), 1};
  signal.info.axis.start *= by.factor(signal.info.axis.unit);
  signal.info.axis.step *= by.factor(signal.info.axis.unit);
  for (Channel& channel : signal.info.channels) {
    channel.range_min *= by.volts;
    channel.range_max *= by.volts;
  }
  for (Piece& piece : signal.pieces) {
    for (auto& plane : piece.samples) {
      for (float& value : plane) value *= static_cast<float>(by.volts);
    }
  }
  return signal;
}

class Comparison {
 public:
  Comparison(const Signal& before, const Signal& after, const Change& by)
      : before_(before), after_(after), by_(by) {}

  void run() {
    ASSERT_EQ(before_.pieces.size(), after_.pieces.size());
    axis(before_.info.axis, after_.info.axis);
    for (std::size_t i = 0; i < before_.pieces.size(); ++i) {
      SCOPED_TRACE("output " + std::to_string(i));
      samples(before_.pieces[i], after_.pieces[i]);
      results(before_.pieces[i], after_.pieces[i]);
      const auto &a = before_.pieces[i].axis_start, &b = after_.pieces[i].axis_start;
      ASSERT_EQ(a.has_value(), b.has_value());
      if (a) same(*a * by_.factor(before_.info.axis.unit), *b, "axis_start");
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  static void same(double expected, double got, const std::string& what, double slack = 0) {
    if (std::isnan(expected) && std::isnan(got)) return;
    ASSERT_NEAR(got, expected, 2e-5 * std::abs(expected) + slack) << what;
  }

  void axis(const Axis& a, const Axis& b) {
    const double factor = by_.factor(a.unit);
    same(a.start * factor, b.start, "start of the axis", 1e-12);
    same(a.rule == AxisRule::kLinear ? a.step * factor : a.step, b.step, "step of the axis");
    for (std::size_t i = 0; i < a.values.size(); ++i)
      same(a.values[i] * factor, b.values[i], "axis");
  }

  void samples(const Piece& a, const Piece& b) {
    for (std::size_t c = 0; c < a.samples.size(); ++c) {
      const Channel& channel = before_.info.channels[c];
      const double factor = by_.factor(channel.unit);
      // "level re 1 V2": a power of the unit it is told against.
      constexpr std::string_view kRe = "level re 1 ";
      const double level = channel.quantity.starts_with(kRe)
                               ? 10 * std::log10(by_.factor(channel.quantity.substr(kRe.size())))
                               : 0;
      float largest = 0;
      for (const float x : a.samples[c]) largest = std::max(largest, std::abs(x));
      for (std::size_t k = 0; k < a.count(); ++k) {
        same(static_cast<double>(a.samples[c][k]) * factor + level, b.samples[c][k],
             "value " + std::to_string(k) + " in " + channel.unit, 2e-6 * largest * factor);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }

  void results(const Piece& a, const Piece& b) {
    ASSERT_EQ(a.results.size(), b.results.size());
    for (std::size_t i = 0; i < a.results.size(); ++i) {
      const ResultSpec& spec = before_.info.results[i % before_.info.results.size()];
      const double factor = by_.factor(spec.unit);
      ASSERT_STREQ(a.results[i].invalid_because, b.results[i].invalid_because) << spec.name;
      same(a.results[i].value * factor, b.results[i].value, spec.name + " in " + spec.unit,
           1e-9 * factor);
      same(a.results[i].uncertainty * factor, b.results[i].uncertainty,
           "sigma of " + spec.name + " in " + spec.unit, 1e-9 * factor);
    }
  }

  const Signal& before_;
  const Signal& after_;
  Change by_;
};

class EveryBlocksUnits : public ::testing::TestWithParam<std::string> {
 protected:
  const BlockEntry& entry = *find_block(GetParam());

  void expect_law(const char* name, double volts, double seconds) {
    EXPECT_TRUE(rc::check(name, [&] {
      const auto seed =
          *rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
      const int power = *rc::gen::inRange(1, 5);
      const Change by{std::pow(volts, power), std::pow(seconds, power)};
      SCOPED_TRACE(std::string(entry.name) + ", power " + std::to_string(power));
      Signal in = example_input(entry, 2 * entry.min_channels, seed);
      if (entry.input == Kind::kLogic) in.info.channels[0].unit = "1";
      const Signal before = run(entry.name, changed(entry, {}, in.info), in);
      const Signal after = run(entry.name, changed(entry, by, in.info), changed(in, by));
      Comparison(before, after, by).run();
      RC_ASSERT_FALSE(HasFailure());
    }));
  }
};

TEST_P(EveryBlocksUnits, ValuesFollowTheirUnitWhenTheInputIsLarger) {
  if (entry.input == Kind::kLogic) return;  // is 0 or 1
  if (entry.name == "cepstrum") return;     // tells a logarithm
  expect_law("volts", 2, 1);
}

TEST_P(EveryBlocksUnits, TimesAndFrequenciesFollowTheRate) {
  if (entry.name == "octave_bands") return;  // the standard's frequencies are no powers of 2
  expect_law("seconds", 1, 0.5);
}

// Every channel calibrated, the second half by `second`.
Signal calibrated(Signal in, const char* second) {
  const std::size_t half = in.info.channels.size() / 2;
  for (std::size_t c = 0; c < in.info.channels.size(); ++c)
    in.info.channels[c].calibration.id = c < half ? "K-1" : second;
  return in;
}

// The block's example, and it with each choice of each parameter that it takes then.
std::vector<Table> with_every_choice(const BlockEntry& entry, const SignalInfo& in) {
  std::vector<Table> all = {example_of(entry)};
  for (const ParamSpec& spec : entry.params) {
    for (const std::string_view choice : spec.choices) {
      Table params = example_of(entry);
      params.insert_or_assign(std::string(spec.name), std::string(choice));
      if (refusal(entry.name, params, in).code != Code::kOk) params.erase("exponent");
      if (refusal(entry.name, params, in).code == Code::kOk) all.push_back(std::move(params));
    }
  }
  return all;
}

TEST_P(EveryBlocksUnits, ACalibrationInVoltsPassesOnlyToWhatIsToldInThem) {
  if (entry.input == Kind::kLogic || entry.name == "calibrate") return;  // 0 or 1; calibrates anew
  const Signal in = calibrated(example_input(entry, 2 * entry.min_channels, 1), "K-1");
  for (const Table& params : with_every_choice(entry, in.info)) {
    for (const Channel& channel : run(entry.name, params, in).info.channels) {
      // A level says which unit it is relative to.
      if (power_of("V", channel.unit) != 0 || channel.quantity.starts_with("level re")) continue;
      EXPECT_EQ(channel.calibration.id, "") << channel.quantity << " in " << channel.unit;
    }
  }
}

TEST_P(EveryBlocksUnits, WhatIsMadeOfTwoCalibrationsHasNone) {
  if (entry.input == Kind::kLogic || entry.name == "calibrate") return;
  if (entry.name == "xy") return;   // tells the values of one signal in places of the other
  if (entry.name == "fft") return;  // of one channel each, whose imaginary parts stand behind all
  const Signal in = calibrated(example_input(entry, 2 * entry.min_channels, 1), "K-2");
  for (const Table& params : with_every_choice(entry, in.info)) {
    const SignalInfo out = run(entry.name, params, in).info;
    for (std::size_t to = 0; to < out.channels.size(); ++to) {
      std::set<std::string> ids;
      for (std::size_t from = 0; from < in.info.channels.size(); ++from) {
        if (takes_part(from, in.info, to, out)) ids.insert(in.info.channels[from].calibration.id);
      }
      const Channel& channel = out.channels[to];
      const std::string& told = channel.calibration.id;
      EXPECT_TRUE(told.empty() || (ids.size() == 1 && ids.contains(told)))
          << channel.id << ' ' << channel.quantity << " by " << told;
    }
  }
}

const std::set<std::string, std::less<>> kLinear = {"complex_from",
                                                    "fir",
                                                    "iir",
                                                    "notch",
                                                    "comb",
                                                    "decimate",
                                                    "resample",
                                                    "mix",
                                                    "dc_remove",
                                                    "moving_average",
                                                    "gaussian",
                                                    "math",
                                                    "derivative",
                                                    "savitzky_golay",
                                                    "integral",
                                                    "segment",
                                                    "detrend",
                                                    "zero_phase",
                                                    "offset_correction",
                                                    "brickwall",
                                                    "interpolate",
                                                    "average",
                                                    "inverse_fft",
                                                    "octave_bands",
                                                    "replace_non_finite"};

// The largest departure from f(a x + b y) = a f(x) + b f(y), as a part of the largest value; negative
// when the outputs are not even alike in number.
double departure(const BlockEntry& entry, const Signal& x, const Signal& y, float a, float b) {
  Signal sum = x;
  for (std::size_t i = 0; i < x.pieces.size(); ++i) {
    for (std::size_t c = 0; c < x.pieces[i].samples.size(); ++c) {
      for (std::size_t k = 0; k < x.pieces[i].count(); ++k) {
        float& to = sum.pieces[i].samples[c][k];
        to = a * x.pieces[i].samples[c][k] + b * y.pieces[i].samples[c][k];
      }
    }
  }
  const Table params = entry.example();
  const Signal of_sum = run(entry.name, params, sum), of_x = run(entry.name, params, x),
               of_y = run(entry.name, params, y);
  if (of_sum.pieces.size() != of_x.pieces.size() || of_sum.pieces.size() != of_y.pieces.size()) {
    return -1;
  }
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < of_sum.pieces.size(); ++i) {
    for (std::size_t c = 0; c < of_sum.pieces[i].samples.size(); ++c) {
      for (std::size_t k = 0; k < of_sum.pieces[i].count(); ++k) {
        const double expected = static_cast<double>(a) * of_x.pieces[i].samples[c][k] +
                                static_cast<double>(b) * of_y.pieces[i].samples[c][k];
        worst = std::max(worst, std::abs(of_sum.pieces[i].samples[c][k] - expected));
        largest = std::max({largest, std::abs(expected),
                            std::abs(static_cast<double>(of_x.pieces[i].samples[c][k]))});
      }
    }
  }
  return worst / largest;
}

TEST_P(EveryBlocksUnits, SuperpositionHoldsForTheLinearBlocksAndNoOther) {
  const bool is_linear = kLinear.contains(GetParam());
  EXPECT_TRUE(rc::check("superposition", [&] {
    std::mt19937 random(
        *rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>())));
    const std::size_t channels = 2 * entry.min_channels;
    const Signal x = example_input(entry, channels, random()),
                 y = example_input(entry, channels, random());
    if (entry.input == Kind::kLogic ||
        run(entry.name, entry.example(), x).pieces.at(0).count() == 0) {
      RC_ASSERT(!is_linear);  // no samples to add, in or out
      return;
    }
    const float a = 0.75F, b = -1.5F;
    const double found = departure(entry, x, y, a, b);
    RC_LOG() << "departure " << found << "\n";
    RC_ASSERT(is_linear == (found >= 0 && found < 1e-5));
  }));
}

TEST(LinearBlocks, AreAllInTheRegistry) {
  for (const std::string& name : kLinear) EXPECT_NE(find_block(name), nullptr) << name;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryBlocksUnits, ::testing::ValuesIn(names_of_blocks()),
                         [](const auto& block) { return block.param; });

}  // namespace
}  // namespace acq::test
