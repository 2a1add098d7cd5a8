#include "drivers/scpi/program.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace acq::scpi {
namespace {

TEST(Program, CountsCommandsAndQueries) {
  const struct {
    const char* message;
    std::size_t units, queries;
  } kMessages[] = {
      {"*IDN?", 1, 1},
      {":CHAN1:SCAL 0.5", 1, 0},
      {":WAV:FORM BYTE;:WAV:DATA? 1,2;*OPC", 3, 1},
      {"DISP:TEXT \"what? yes; no\"", 1, 0},
      {"DISP:TEXT 'it''s?;'; *OPC?", 2, 1},
      {"DATA #15a;?\n\",1;X?", 2, 1},
      {"REG #HFF", 1, 0},
      {"C1:WF? DAT2;", 1, 1},
      {"DATA #0any\nthing;?", 1, 0},
  };
  for (const auto& [message, units, queries] : kMessages) {
    const Result<Program> program = check_program(message);
    ASSERT_TRUE(program.has_value()) << message << ": " << to_string(program.error());
    EXPECT_EQ(program->units, units) << message;
    EXPECT_EQ(program->queries, queries) << message;
  }
}

TEST(Program, RefusesWhatIsNotOneMessageAndSaysWhere) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"", "byte 0"},         {"  ", "byte 2"},
      {";*IDN?", "byte 0"},   {"*RST;;*IDN?", "byte 5"},
      {"*IDN?\n", "byte 5"},  {"A 1\nB 2", "byte 3"},
      {"A \"open", "byte 7"}, {"A 'x\ny'", "byte 4"},
      {"A \x7f", "byte 2"},   {"A \xc3\xa9", "byte 2"},
      {"A #15abc", "byte 2"}, {"A #2x", "byte 2"},
      {"A #4", "byte 2"},
  };
  for (const auto& [message, where] : kWrong) {
    const Result<Program> program = check_program(message);
    ASSERT_FALSE(program.has_value()) << message;
    EXPECT_EQ(program.error().code, Code::kInvalid) << message;
    EXPECT_EQ(program.error().where, where) << message;
    EXPECT_FALSE(program.error().allowed.empty()) << message;
  }
  EXPECT_EQ(check_program(std::string(kLongestCommand_bytes + 1, 'A')).error().code,
            Code::kOverflow);
}

TEST(Program, NeverHoldsANewlineOutsideOfABlock) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr std::string_view kBytes = "*A?: ;,#\"'\n\t15";
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string message;
    for (std::size_t i = 0; i < 1 + random() % 10; ++i) message += kBytes[random() % kBytes.size()];
    const Result<Program> program = check_program(message);
    if (!program) continue;
    ++accepted;
    ASSERT_GE(program->units, program->queries) << message;
    if (message.find('#') == std::string::npos) {
      ASSERT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace acq::scpi
