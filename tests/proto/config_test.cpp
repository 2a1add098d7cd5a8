#include "proto/config.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "proto/limits.h"
#include "proto/text.h"
#include "tests/proto/good_config.h"

namespace acq {
namespace {

using testing::kGoodConfig;

std::string all_of(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += to_string(problem) + "\n";
  return out;
}

Config parsed(std::string_view text) {
  std::vector<Problem> problems;
  const ConfigText config = parse_config(text, "acqd.toml", problems);
  EXPECT_EQ(all_of(problems), "");
  return config.config;
}

// What a text is refused for, one line a problem.
std::string refusal(std::string_view text) {
  std::vector<Problem> problems;
  parse_config(text, "acqd.toml", problems);
  return all_of(problems);
}

TEST(Config, ReadsEveryKey) {
  const Config config = parsed(kGoodConfig);
  EXPECT_EQ(config.publish_bind,
            (std::vector<std::string>{"ipc:///run/acqd/data", "tcp://127.0.0.1:5550"}));
  EXPECT_EQ(config.publish_budget_bytes, 8U << 20);
  EXPECT_EQ(config.heartbeat_ms, 1000);
  EXPECT_TRUE(config.has_checksum);
  EXPECT_EQ(config.control_bind, std::vector<std::string>{"ipc:///run/acqd/control"});
  EXPECT_EQ(config.status_period_ms, 500);
  EXPECT_EQ(config.prometheus, "127.0.0.1:9464");
  EXPECT_TRUE(config.asks_realtime);
  EXPECT_FALSE(config.locks_memory);
  EXPECT_EQ(config.log_level, "debug");

  ASSERT_EQ(config.instruments.size(), 2U);
  const InstrumentConfig& scope = config.instruments.at("scope");
  EXPECT_EQ(scope.driver, "sim");
  EXPECT_TRUE(scope.is_enabled);
  EXPECT_FALSE(scope.waits);
  EXPECT_EQ(scope.packet_bytes, 32768U);
  EXPECT_EQ(scope.packets, 64U);
  EXPECT_EQ(scope.params,
            (Table{{"rate", std::string("1 MHz")},
                   {"channels", 4.0},
                   {"signals", List{Table{{"shape", std::string("sine")},
                                          {"frequency", std::string("1 kHz")},
                                          {"amplitude", std::string("0.5 V")}},
                                    Table{{"shape", std::string("square")}, {"duty", 0.25}}}}}));

  const PipelineConfig& trace = config.pipelines.at("trace");
  EXPECT_EQ(trace.from, std::vector<std::string>{"scope/ch"});
  EXPECT_EQ(trace.publish, Publish::kOnDemand);
  EXPECT_EQ(trace.worker, "fast");
  EXPECT_EQ(trace.frame_samples, 4096U);
  ASSERT_EQ(trace.blocks.size(), 2U);
  EXPECT_EQ(trace.blocks[0].block, "edge_trigger");
  EXPECT_EQ(trace.blocks[1].tap, "view");
  EXPECT_EQ(trace.blocks[1].params, (Table{{"columns", 500.0}}));
  EXPECT_EQ(config.pipelines.at("psd").publish, Publish::kAlways);
  EXPECT_EQ(config.pipelines.at("psd").blocks[0].params, (Table{{"taps", List{0.25, 0.5, 0.25}}}));
}

TEST(Config, ABareNumberIsInTheUnitOfItsKey) {
  std::vector<Problem> problems;
  const Config config = parse_config(
                            "[publish]\nbudget = 131072\nheartbeat = 0.5\n"
                            "[status]\nperiod = 2\n",
                            "acqd.toml", problems)
                            .config;
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(config.publish_budget_bytes, 131072U);
  EXPECT_EQ(config.heartbeat_ms, 500);
  EXPECT_EQ(config.status_period_ms, 2000);
}

TEST(Config, AnEmptyTextHasTheDefaults) {
  EXPECT_EQ(parsed(""), Config{});
}

TEST(Config, ATextStandsForAListOfOne) {
  EXPECT_EQ(parsed("[pipeline.a]\nfrom = 'x/y'").pipelines.at("a").from,
            std::vector<std::string>{"x/y"});
}

// "acqd.toml:LINE" of the first line of the good configuration that holds `words`.
std::string place_of(std::string_view words) {
  const std::string_view text = kGoodConfig;
  const std::size_t at = text.find(words);
  EXPECT_NE(at, std::string_view::npos) << words;
  return "acqd.toml:" +
         std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
}

TEST(Config, KnowsTheLineOfEveryKey) {
  std::vector<Problem> problems;
  const ConfigText text = parse_config(kGoodConfig, "acqd.toml", problems);
  EXPECT_EQ(text.where("publish.budget"), "acqd.toml:3");
  EXPECT_EQ(text.where("publish.budget"), place_of("budget"));
  EXPECT_EQ(text.where("instrument.scope"), place_of("[instrument.scope]"));
  EXPECT_EQ(text.where("instrument.scope.rate"), place_of("rate = "));
  EXPECT_EQ(text.where("instrument.scope.signals[1].duty"), place_of("duty"));
  EXPECT_EQ(text.where("pipeline.trace.blocks[0].level"), place_of("edge_trigger"));
  EXPECT_EQ(text.where("pipeline.trace.blocks[1].columns"), place_of("minmax_view"));
  EXPECT_EQ(text.where("pipeline.psd.blocks[1].size"), place_of("size = "));
}

TEST(Config, FindsTheNearestParentOfAFieldThatIsNotThere) {
  std::vector<Problem> problems;
  const ConfigText text = parse_config(kGoodConfig, "acqd.toml", problems);
  EXPECT_EQ(text.where("pipeline.trace.blocks[1].missing"), place_of("minmax_view"));
  EXPECT_EQ(text.where("instrument.scope.signals[7].shape[3]"), place_of("signals"));
  EXPECT_EQ(text.where("nothing"), "acqd.toml");
  EXPECT_EQ(text.where(""), "acqd.toml");
  const ConfigText wire = parse_config(kGoodConfig, "", problems);
  EXPECT_EQ(wire.where("publish.budget"), "line 3");
  EXPECT_EQ(wire.where("nothing"), "");
}

TEST(Config, ReportsEverythingThatIsWrongInTheOrderOfTheLines) {
  EXPECT_EQ(refusal(R"([publish]
budget = "1 s"
chekcsum = true
[instrument.Scope]
driver = "sim"
[instrument.b]
packets = 1
[pipeline.a]
from = 5
publish = "sometimes"
[[pipeline.a.blocks]]
tap = "A B"
x = inf
)"),
            "acqd.toml:2: publish.budget: 's' cannot be converted to B (allowed: 64 KiB to 4 GiB)\n"
            "acqd.toml:3: publish.chekcsum: 'chekcsum' is not a key here (allowed: bind, budget, "
            "heartbeat, checksum)\n"
            "acqd.toml:4: instrument.Scope: 'Scope' is not a name (allowed: 1 to 64 of a-z, 0-9, _ "
            "and -)\n"
            "acqd.toml:6: instrument.b.driver: an instrument must name its driver (allowed: driver "
            "= \"NAME\")\n"
            "acqd.toml:7: instrument.b.packets: 1 is out of range (allowed: 2 to 1048576)\n"
            "acqd.toml:9: pipeline.a.from: must be a list, not a number (allowed: a list)\n"
            "acqd.toml:10: pipeline.a.publish: 'sometimes' is not one of the choices (allowed: "
            "on_demand, always, never)\n"
            "acqd.toml:11: pipeline.a.blocks[0].block: a block must have its name (allowed: block "
            "= \"NAME\")\n"
            "acqd.toml:12: pipeline.a.blocks[0].tap: 'A B' is not a name (allowed: 1 to 64 of a-z, "
            "0-9, _ and -)\n"
            "acqd.toml:13: pipeline.a.blocks[0].x: is not finite (allowed: a finite number; whole "
            "ones from -2^53 to 2^53)\n");
}

// One wrong line each: the place, the key and what is allowed.
TEST(Config, EachRuleHasItsSentence) {
  const std::pair<const char*, const char*> cases[] = {
      {"[publish]\nheartbeat = '100.5 ms'",
       "acqd.toml:2: publish.heartbeat: '100.5 ms' is not in whole milliseconds (allowed: 100 ms "
       "to "
       "60 s)\n"},
      {"[publish]\nheartbeat = 61",
       "acqd.toml:2: publish.heartbeat: '61' is out of range (allowed: 100 ms to 60 s)\n"},
      {"[publish]\nheartbeat = true",
       "acqd.toml:2: publish.heartbeat: must be text, not a flag (allowed: text)\n"},
      {"[instrument.'My scope']",
       "acqd.toml:1: instrument: 'My scope' is not a name (allowed: 1 to 64 of a-z, 0-9, _ and "
       "-)\n"},
      {"[publish]\nheartbeat = '61 s'",
       "acqd.toml:2: publish.heartbeat: '61 s' is out of range (allowed: 100 ms to 60 s)\n"},
      {"[publish]\nbudget = '64 kB'",
       "acqd.toml:2: publish.budget: '64 kB' is out of range (allowed: 64 KiB to 4 GiB)\n"},
      {"[publish]\nbind = 'ipc://a'\n[control]\nbind = ['ipc://b', 'ipc://a']",
       "acqd.toml:4: control.bind[1]: 'ipc://a' is bound twice (allowed: each address once)\n"},
      {"[status]\nprometheus = 'localhost:9464'",
       "acqd.toml:2: status.prometheus: 'localhost:9464' is not an address of this machine in "
       "numbers (allowed: 127.0.0.1:PORT, [::1]:PORT, or empty for none)\n"},
      {"[service]\nlog_level = 'loud'",
       "acqd.toml:2: service.log_level: 'loud' is not a log level (allowed: trace, debug, info, "
       "warn, error, off)\n"},
      {"[instrument]\na = 5",
       "acqd.toml:2: instrument.a: must be a table, not a number (allowed: a table)\n"},
      {"instrument = 5",
       "acqd.toml:1: instrument: must be a table, [instrument.NAME], not a number (allowed: a "
       "table, "
       "[instrument.NAME])\n"},
      {"[instrument.a]\ndriver = 'x'\n'a b' = 1",
       "acqd.toml:3: instrument.a: 'a b' is not a name (allowed: 1 to 64 letters, digits, _ and "
       "-)\n"},
      {"[instrument.a]\ndriver = 'x'\np = { 'k.l' = 1 }",
       "acqd.toml:3: instrument.a.p: 'k.l' is not a name (allowed: 1 to 64 letters, digits, _ and "
       "-)\n"},
      {"[pipeline.a]\nframe_samples = 'many'",
       "acqd.toml:2: pipeline.a.frame_samples: must be a whole number, not text (allowed: 1 to "
       "16777216)\n"},
      {"[pipeline.a]\npublish = true",
       "acqd.toml:2: pipeline.a.publish: must be text, not a flag (allowed: on_demand, always, "
       "never)\n"},
      {"[pipeline.a]\nblocks = [5]",
       "acqd.toml:2: pipeline.a.blocks[0]: must be a table, not a number (allowed: a table)\n"},
      {"[pipeline.a]\nworker = 'A'",
       "acqd.toml:2: pipeline.a.worker: 'A' is not a name (allowed: 1 to 64 of a-z, 0-9, _ and "
       "-)\n"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(refusal(text), expected);
}

TEST(Config, AnErrorOfSyntaxHasItsLine) {
  EXPECT_EQ(refusal("a = 1\nb = = 2\n").substr(0, 32), "acqd.toml:2: this is not TOML: E");
}

TEST(Config, ADuplicateIsAnErrorOfSyntax) {
  for (const char* text : {"[publish]\nbudget = '1 MiB'\nbudget = '2 MiB'\n",
                           "[instrument.a]\ndriver = 'x'\n[instrument.a]\ndriver = 'y'\n"}) {
    EXPECT_EQ(refusal(text).substr(0, 31), "acqd.toml:3: this is not TOML: ") << refusal(text);
  }
}

TEST(Config, IsTakenUpTo256KiB) {
  const std::string text = kGoodConfig;
  const auto padded = [&](std::size_t size) {
    return text + "#" + std::string(size - text.size() - 1, ' ');
  };
  EXPECT_EQ(refusal(padded(limits::kConfigBytes)), "");
  EXPECT_EQ(refusal(padded(limits::kConfigBytes + 1)),
            "acqd.toml: the configuration has 262145 bytes (allowed: at most 262144 bytes)\n");
  EXPECT_NE(refusal(padded(10 * limits::kConfigBytes)), "");
}

TEST(Config, NestingOfParametersIsLimited) {
  const auto nested = [](int depth) {
    return "[instrument.a]\ndriver = 'x'\np = " +
           std::string(static_cast<std::size_t>(depth), '[') + "1" +
           std::string(static_cast<std::size_t>(depth), ']') + "\n";
  };
  EXPECT_EQ(refusal(nested(limits::kNesting - 1)), "");
  EXPECT_NE(refusal(nested(limits::kNesting)).find("at most 8 levels"), std::string::npos);
  EXPECT_NE(refusal(nested(100)), "");
  EXPECT_NE(refusal(nested(10000)), "");
}

// Items of each list and table: taken at the limit, refused one above and far above.
TEST(Config, CountsAreLimited) {
  struct Counted {
    const char* field;
    std::size_t most;
    std::string (*text)(std::size_t);
  };
  const auto listed = [](const std::string& head, const std::string& item, std::size_t n) {
    std::string out = head + " = [";
    for (std::size_t i = 0; i < n; ++i) {
      std::string one = item;
      if (const std::size_t at = one.find('%'); at != std::string::npos) {
        one.replace(at, 1, std::to_string(i));
      }
      out += one + ",";
    }
    return out + "]\n";
  };
  static const auto& list = listed;
  const Counted cases[] = {
      {"instrument", limits::kInstruments,
       [](std::size_t n) {
         std::string out;
         for (std::size_t i = 0; i < n; ++i) {
           out += "[instrument.i" + std::to_string(i) + "]\ndriver = 'x'\n";
         }
         return out;
       }},
      {"pipeline", limits::kPipelines,
       [](std::size_t n) {
         std::string out;
         for (std::size_t i = 0; i < n; ++i) {
           out += "[pipeline.p" + std::to_string(i) + "]\nfrom = 'x/y'\n";
         }
         return out;
       }},
      {"pipeline.a.blocks", limits::kBlocks,
       [](std::size_t n) { return list("[pipeline.a]\nblocks", "{ block = 'fir' }", n); }},
      {"pipeline.a.from", limits::kSources,
       [](std::size_t n) { return list("[pipeline.a]\nfrom", "'x/y'", n); }},
      {"publish.bind", limits::kEndpoints,
       [](std::size_t n) { return list("[publish]\nbind", "'ipc:///run/%'", n); }},
      {"control.bind", limits::kEndpoints,
       [](std::size_t n) { return list("[control]\nbind", "'ipc:///run/%'", n); }},
  };
  for (const Counted& counted : cases) {
    EXPECT_EQ(refusal(counted.text(counted.most)), "") << counted.field;
    for (const std::size_t count : {counted.most + 1, 10 * counted.most}) {
      const std::string refused = refusal(counted.text(count));
      EXPECT_NE(refused.find(std::string(counted.field) + ": has " + std::to_string(count) +
                             " items (allowed: at most " + std::to_string(counted.most) + ")"),
                std::string::npos)
          << refused;
    }
  }
}

TEST(Config, TextsOf256BytesAreTaken) {
  const auto with = [](std::size_t size) {
    return "[instrument.a]\ndriver = 'x'\np = '" + std::string(size, 'p') + "'\n";
  };
  EXPECT_EQ(refusal(with(limits::kStringBytes)), "");
  EXPECT_NE(
      refusal(with(limits::kStringBytes + 1)).find("acqd.toml:3: instrument.a.p: is too long"),
      std::string::npos);
}

TEST(ConfigToml, ComesBackAsTheSameConfiguration) {
  const Config config = parsed(kGoodConfig);
  EXPECT_EQ(parsed(to_toml(config)), config);
  EXPECT_EQ(parsed(to_toml(Config{})), Config{});
}

rc::Gen<std::string> clean_text() {
  return rc::gen::suchThat(
      rc::gen::map(rc::gen::container<std::string>(rc::gen::oneOf(
                       rc::gen::inRange<char>(' ', '~'), rc::gen::element('\'', '"', '\\', '#'))),
                   [](std::string text) { return text + "\xC2\xB5"; }),
      [](const std::string& text) { return text.size() <= limits::kStringBytes; });
}

Value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 5 : 3)) {
    case 0: return *rc::gen::arbitrary<bool>();
    case 1:
      return *rc::gen::suchThat(rc::gen::arbitrary<double>(),
                                [](double x) { return std::isfinite(x); });
    case 2: return *clean_text();
    case 3: {
      List list;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(any_value(depth - 1));
      return list;
    }
    default: {
      Table table;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        table["k" + std::to_string(*rc::gen::inRange(0, 99))] = any_value(depth - 1);
      }
      return table;
    }
  }
}

RC_GTEST_PROP(ConfigToml, GivesBackEveryParameterBitForBit, ()) {
  Config config;
  config.instruments["a"] = {.driver = "x", .params = {{"p", any_value(4)}}};
  config.pipelines["b"] = {.from = {"a/s"},
                           .blocks = {{.block = "y", .params = {{"q", any_value(4)}}}}};
  config.publish_budget_bytes = *rc::gen::inRange<std::uint64_t>(65536, std::uint64_t{1} << 32);
  config.heartbeat_ms = *rc::gen::inRange(100, 60000);
  std::vector<Problem> problems;
  const Config back = parse_config(to_toml(config), "", problems).config;
  RC_ASSERT(problems.empty());
  RC_ASSERT(back == config);
}

Config merged(const std::string& base, const std::string& patch) {
  const auto text = merge_config_text(base, patch);
  EXPECT_TRUE(text) << to_string(text.error());
  return parsed(*text);
}

TEST(ConfigPatch, ReplacesKeysAndMergesTables) {
  const Config before = parsed(kGoodConfig);
  const Config after = merged(kGoodConfig, R"(
[publish]
budget = "4 MiB"
[instrument.scope]
rate = "2 MHz"
[pipeline.psd]
blocks = [{ block = "welch_psd", size = 2048 }]
)");
  Config expected = before;
  expected.publish_budget_bytes = 4 << 20;
  expected.instruments["scope"].params["rate"] = std::string("2 MHz");
  expected.pipelines["psd"].blocks = {{"welch_psd", "", {{"size", 2048.0}}}};
  EXPECT_EQ(after, expected);
}

TEST(ConfigPatch, NoneRemoves) {
  const Config after = merged(kGoodConfig, R"(
instrument.file-1 = "none"
pipeline.psd = "none"
instrument.scope.rate = "none"
status.prometheus = "none"
)");
  EXPECT_FALSE(after.instruments.contains("file-1"));
  EXPECT_FALSE(after.pipelines.contains("psd"));
  EXPECT_FALSE(after.instruments.at("scope").params.contains("rate"));
  EXPECT_EQ(after.prometheus, "");
}

TEST(ConfigPatch, AddsWhatWasNotThere) {
  const Config after = merged("", "[instrument.new]\ndriver = 'sim'\n");
  EXPECT_EQ(after.instruments.at("new").driver, "sim");
}

TEST(ConfigPatch, RemovingWhatIsNotThereIsRefused) {
  for (const char* patch : {"pipeline.psdd = 'none'", "[instrument.new]\nrate = 'none'"}) {
    const auto refused = merge_config_text(kGoodConfig, patch);
    ASSERT_FALSE(refused) << patch;
    EXPECT_EQ(refused.error().code, Code::kNotFound);
  }
  EXPECT_EQ(merge_config_text(kGoodConfig, "pipeline.psdd = 'none'").error().where,
            "pipeline.psdd");
}

TEST(ConfigPatch, SaysWhereItIsNotToml) {
  const auto refused = merge_config_text(kGoodConfig, "a = 1\nb =\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "patch, line 2");
  const auto too_long = merge_config_text("", std::string(limits::kConfigBytes + 1, ' '));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Code::kOverflow);
}

}  // namespace
}  // namespace acq
