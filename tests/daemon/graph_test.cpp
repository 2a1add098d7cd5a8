// The check of a whole configuration: what is wrong, where, and what is allowed.
#include "daemon/graph.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "daemon/daemon.h"

namespace acq {
namespace {

constexpr const char* kInstrument = "[instrument.scope]\ndriver = \"sim\"\nchannels = 2\n";

std::vector<Problem> problems_of(const std::string& text) {
  std::vector<Problem> problems;
  const ConfigText config = parse_config(text, "lab.toml", problems);
  Daemon::check(config, system_clock(), problems);
  return problems;
}

struct Case {
  const char* name;
  const char* text;     // behind the instrument
  const char* field;    // of the first problem
  const char* where;    // file and line
  const char* says;     // a part of its sentence
  const char* allowed;  // a part of what is allowed
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, WithFieldLineSentenceAndWhatIsAllowed) {
  const Case& c = GetParam();
  const auto problems = problems_of(std::string(kInstrument) + c.text);
  ASSERT_FALSE(problems.empty());
  const Problem& problem = problems.front();
  EXPECT_EQ(problem.field, c.field);
  EXPECT_EQ(problem.where, c.where);
  EXPECT_NE(problem.sentence.find(c.says), std::string::npos) << problem.sentence;
  EXPECT_NE(problem.allowed.find(c.allowed), std::string::npos) << problem.allowed;
}

const Case kCases[] = {
    {"UnknownBlock", "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"firr\" }]\n",
     "pipeline.a.blocks[0].block", "lab.toml:6", "no block 'firr'", "calibrate"},
    {"UnknownInstrument", "[pipeline.a]\nfrom = \"skope/wave\"\n", "pipeline.a.from", "lab.toml:5",
     "no instrument 'skope'", "scope"},
    {"UnknownStream", "[pipeline.a]\nfrom = \"scope/x\"\n", "pipeline.a.from", "lab.toml:5",
     "no stream 'x'", "scope/wave"},
    {"UnknownPipeline", "[pipeline.a]\nfrom = \"b\"\n", "pipeline.a.from", "lab.toml:5",
     "no pipeline 'b'", "a"},
    {"UnknownTap",
     "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"calibrate\", tap = \"t\" }]\n"
     "[pipeline.b]\nfrom = \"a.u\"\n",
     "pipeline.b.from", "lab.toml:8", "no tap 'u'", "t"},
    {"Cycle", "[pipeline.a]\nfrom = \"b\"\n[pipeline.b]\nfrom = \"a\"\n", "pipeline.a.from",
     "lab.toml:5", "starts from itself", "a tree"},
    {"FromNothing", "[pipeline.a]\nfrom = []\n", "pipeline.a.from", "lab.toml:5",
     "must start from something", "instrument/stream"},
    {"UnknownParameter",
     "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"calibrate\", gian = 2 }]\n",
     "pipeline.a.blocks[0].gian", "lab.toml:6", "not a parameter", "gain"},
    {"OutOfRange",
     "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"segment\", length = 0 }]\n",
     "pipeline.a.blocks[0].length", "lab.toml:6", "out of range", "1"},
    {"DoesNotSuitTheSignal",
     "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [\n{ block = \"calibrate\" },\n{ block = "
     "\"fir\", cutoff = "
     "\"600 kHz\" }]\n",
     "pipeline.a.blocks[1].cutoff", "lab.toml:8", "", "500 kHz"},
    {"WorkerOfATap",
     "[pipeline.a]\nfrom = \"scope/wave\"\n[pipeline.b]\nfrom = \"a\"\nworker = \"other\"\n",
     "pipeline.b.worker", "lab.toml:8", "runs on its worker", "scope"},
    {"FrameBeyondTheBudget", "[pipeline.a]\nfrom = \"scope/wave\"\nframe_samples = 10000000\n",
     "pipeline.a", "lab.toml:4", "do not fit the budget", "publish.budget"},
    {"ScalarsCannotBeGathered",
     "[pipeline.a]\nfrom = \"scope/wave\"\nframe_samples = 100\nblocks = [{ block = "
     "\"statistics\", length = "
     "100 }]\n",
     "pipeline.a.frame_samples", "lab.toml:6", "continuous waveform", "0"},
};

INSTANTIATE_TEST_SUITE_P(Graph, Refused, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.name; });

std::vector<std::string> fields_of(const std::vector<Problem>& problems) {
  std::vector<std::string> fields;
  for (const Problem& problem : problems) fields.push_back(problem.field);
  return fields;
}
using Fields = std::vector<std::string>;

TEST(Graph, ReportsEverythingThatIsWrongAtOnceInTheOrderOfTheLines) {
  const auto problems = problems_of(
      std::string(kInstrument) +
      "[pipeline.d]\nfrom = \"scope/wave\"\nblocks = [{ block = \"nope\" }]\n"
      "[pipeline.b]\nfrom = \"scope/wave\"\nblocks = [{ block = \"segment\", length = -3 }]\n"
      "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"fir\", cutoff = \"1 GHz\" }]\n"
      "[instrument.other]\ndriver = \"simm\"\n"
      "[instrument.ecg]\ndriver = \"replay\"\nfile = \"nowhere.wav\"\n");
  EXPECT_EQ(
      fields_of(problems),
      (Fields{"pipeline.d.blocks[0].block", "pipeline.b.blocks[0].length",
              "pipeline.a.blocks[0].cutoff", "instrument.other.driver", "instrument.ecg.file"}));
  EXPECT_EQ(problems.back().where, "lab.toml:17");
}

// What points to something that could not be read is not blamed for it.
TEST(Graph, ReportsParametersBesideWhatCouldNotBeRead) {
  const auto problems = problems_of(
      "[instrument.scope]\ndriver = \"sim\"\nchannels = \"two\"\nenabled = 1\n"
      "[instrument.Other]\ndriver = \"sim\"\n[instrument.none]\n"
      "[pipeline.a]\nfrom = \"none/wave\"\npublish = \"now\"\n"
      "blocks = [{ block = \"fft\", window = \"square\" }, {}]\n");
  EXPECT_EQ(fields_of(problems),
            (Fields{"instrument.scope.channels", "instrument.scope.enabled", "instrument.Other",
                    "instrument.none.driver", "pipeline.a.publish", "pipeline.a.blocks[0].window",
                    "pipeline.a.blocks[1].block"}));
}

TEST(Graph, NamesTheParameterThatADriverRefuses) {
  const std::string file = std::string(testing::TempDir()) + "acq-bad-rows.csv";
  std::ofstream(file) << "a,b\n1,2\n3,x\n";
  const auto problems = problems_of(
      "[instrument.a]\ndriver = \"replay\"\nfile = \"nowhere.wav\"\n"
      "[instrument.b]\ndriver = \"replay\"\nrate = \"1 kHz\"\nfile = \"" +
      file + "\"\n");
  std::remove(file.c_str());
  ASSERT_EQ(fields_of(problems), (Fields{"instrument.a.file", "instrument.b.file"}));
  EXPECT_EQ(problems[0].where, "lab.toml:3");
  EXPECT_NE(problems[0].sentence.find("cannot open nowhere.wav"), std::string::npos);
  EXPECT_EQ(problems[1].where, "lab.toml:7");
  EXPECT_NE(problems[1].sentence.find("column 2 is 'x'"), std::string::npos);
  EXPECT_NE(problems[1].sentence.find(file + ", line 3"), std::string::npos);
  EXPECT_EQ(problems[1].allowed, "a number");
}

TEST(Graph, NamesWhatADriverWouldRefuseBeforeItLooksForTheInstrument) {
  const struct {
    const char* driver;
    const char* parameters;
    const char* field;
    const char* allowed;
  } wrong[] = {
      {"scope", "address = \"tcp://\"", "address", ""},
      {"scope", "address = \"gpib://3\"", "address", "tcp:// serial:// hislip:// vxi11:// usb://"},
      {"scope", "address = \"tcp://a:5025\"\nprofile = \"nope\"", "profile", "rigol-ds1000z"},
      {"scope", "address = \"tcp://a:5025\"\nprofiles = \"/nowhere\"", "profiles", ""},
      {"scpi_meter", "address = \"hislip://\"", "address", ""},
      {"scpi_supply", "address = \"usb://x\"", "address", ""},
      {"scpi_supply", "address = \"tcp://a\"\nout2_on = true", "out2_on", "outputs = 2 or more"},
      {"scpi_counter", "address = \"tcp://a\"\nfamily = \"pendulum\"\nfunction = \"totalize\"",
       "function", "frequency period_time time_interval"},
      {"scpi_generator", "address = \"x\"", "address", ""},
      {"fx2lafw", "usb = \"zz:yy\"", "usb", ""},
      {"fx2lafw", "channels = 9", "channels", "8 or 16"},
      {"rtl_tcp", "rate = \"500 kHz\"", "rate", "900.001 kHz to 3.2 MHz"},
      {"modbus", "registers = [{ name = \"a\", address = 1, type = \"u17\" }]", "registers", ""},
  };
  for (const auto& one : wrong) {
    SCOPED_TRACE(std::string(one.driver) + " " + one.parameters);
    const auto problems = problems_of("[instrument.a]\ndriver = \"" + std::string(one.driver) +
                                      "\"\n" + one.parameters + "\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].field.rfind(std::string("instrument.a.") + one.field, 0), 0U)
        << problems[0].field;
    EXPECT_NE(problems[0].allowed.find(one.allowed), std::string::npos) << problems[0].allowed;
  }
}

TEST(Graph, TakesTapsBeforeTheyAreDefined) {
  EXPECT_TRUE(problems_of(std::string(kInstrument) +
                          "[pipeline.a]\nfrom = \"b.t\"\n[pipeline.b]\nfrom = \"scope/wave\"\n"
                          "blocks = [{ block = \"calibrate\", tap = \"t\" }]\n")
                  .empty());
}

// A pipeline that runs on two channels in V, and the same with another value of one parameter.
struct Rewritten {
  const char* block;
  const char* before;
  const char* after;
  bool is_same;
};

TEST(Graph, TellsEqualQuantitiesFromOthersHoweverTheyAreWritten) {
  const Rewritten cases[] = {
      {"edge_trigger", "post = 9, level = 0.5", "post = 9, level = \"0.5 V\"", true},
      {"edge_trigger", "post = 9, level = \"500 mV\"", "post = 9, level = 0.5", true},
      {"edge_trigger", "post = 9, level = \"500 mV\"", "post = 9, level = \"0.5 V\"", true},
      {"edge_trigger", "post = 9, level = 0.5", "post = 9, level = \"0.5 mV\"", false},
      {"edge_trigger", "post = 9, level = 0.5", "post = 9, level = \"0.6 V\"", false},
      {"edge_trigger", "post = 9", "post = 9, hysteresis = \"0 V\"", true},
      {"calibrate", "unit = \"N\", offset = 2", "unit = \"N\", offset = \"2 N\"", true},
      {"calibrate", "unit = \"N\", offset = 2", "unit = \"N\", offset = \"2 kN\"", false},
  };
  for (const Rewritten& c : cases) {
    const auto with = [&](const char* parameter) {
      std::vector<Problem> problems;
      const std::string comma = *parameter != '\0' ? ", " : "";
      return parse_config(std::string(kInstrument) +
                              "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"" +
                              c.block + "\"" + comma + parameter + " }]\n",
                          "lab.toml", problems);
    };
    const ConfigText before = with(c.before);
    const ConfigText after = with(c.after);
    std::vector<Problem> problems;
    const Graph graph = make_graph(before, problems);
    ASSERT_TRUE(problems.empty()) << c.before;
    SignalInfo volts;
    volts.rate_hz = {1000, 1};
    volts.channels = {{.id = "ch1", .unit = "V"}, {.id = "ch2", .unit = "V"}};
    const auto built = Pipeline::build({volts}, graph.nodes[0].steps);
    ASSERT_TRUE(built) << to_string(built.error());
    EXPECT_EQ(
        same_meaning(before.config.pipelines.at("a"), after.config.pipelines.at("a"), built->get()),
        c.is_same)
        << c.before << " and " << c.after;
  }
}

}  // namespace
}  // namespace acq
