// The check of a whole configuration: what is wrong, where, and what is allowed.
#include "daemon/graph.h"

#include <gtest/gtest.h>

#include "daemon/daemon.h"

namespace acq {
namespace {

constexpr const char* kInstrument = "[instrument.scope]\ndriver = \"sim\"\nchannels = 2\n";

std::vector<Problem> problems_of(const std::string& text) {
  std::vector<Problem> problems;
  const ConfigText config = parse_config(text, "lab.toml", problems);
  if (problems.empty()) problems = Daemon::check(config, system_clock());
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

TEST(Graph, ReportsEverythingThatIsWrongAtOnce) {
  const auto problems = problems_of(
      std::string(kInstrument) +
      "[pipeline.a]\nfrom = \"scope/wave\"\nblocks = [{ block = \"nope\" }]\n"
      "[pipeline.b]\nfrom = \"scope/wave\"\nblocks = [{ block = \"segment\", length = -3 }]\n"
      "[instrument.other]\ndriver = \"simm\"\n");
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].field, "instrument.other.driver");
  EXPECT_EQ(problems[1].field, "pipeline.a.blocks[0].block");
  EXPECT_EQ(problems[2].field, "pipeline.b.blocks[0].length");
}

TEST(Graph, TakesTapsBeforeTheyAreDefined) {
  EXPECT_TRUE(problems_of(std::string(kInstrument) +
                          "[pipeline.a]\nfrom = \"b.t\"\n[pipeline.b]\nfrom = \"scope/wave\"\n"
                          "blocks = [{ block = \"calibrate\", tap = \"t\" }]\n")
                  .empty());
}

}  // namespace
}  // namespace acq
