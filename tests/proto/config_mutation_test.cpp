// Mutations of a good configuration: each is refused, with file, line, key and what is allowed for
// every problem, or accepted whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "proto/config.h"
#include "tests/proto/good_config.h"

namespace acq {
namespace {

std::vector<std::string> lines_of(std::string text) {
  std::vector<std::string> lines;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;) {
    lines.push_back(text.substr(0, end));
    text.erase(0, end + 1);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// "key = value" on one line, its value whole.
bool is_assignment(const std::string& line) {
  return line.find(" = ") != std::string::npos && line.front() != ' ' && line.back() != '[';
}

enum class Verdict { kAccepted, kRefused };

// Either whole, or refused with everything a person needs to find and mend it.
Verdict verdict_on(const std::string& text) {
  std::vector<Problem> problems;
  const ConfigText config = parse_config(text, "acqd.toml", problems);
  const auto line_count = std::count(text.begin(), text.end(), '\n') + 1;
  for (const Problem& problem : problems) {
    EXPECT_TRUE(problem.where.starts_with("acqd.toml:")) << to_string(problem);
    const int line = std::atoi(problem.where.c_str() + 10);
    EXPECT_TRUE(line >= 1 && line <= line_count) << to_string(problem);
    EXPECT_FALSE(problem.sentence.empty());
    if (problem.sentence.starts_with("this is not TOML")) continue;  // has no key
    EXPECT_FALSE(problem.field.empty()) << to_string(problem);
    EXPECT_FALSE(problem.allowed.empty()) << to_string(problem);
  }
  if (!problems.empty()) return Verdict::kRefused;
  std::vector<Problem> again;
  EXPECT_EQ(parse_config(to_toml(config.config), "", again).config, config.config);
  EXPECT_TRUE(again.empty());
  return Verdict::kAccepted;
}

class ConfigMutation : public ::testing::Test {
 protected:
  // The good configuration with one line changed by `change`.
  template <typename Change>
  void for_each_assignment(Change change) {
    const std::vector<std::string> good = lines_of(testing::kGoodConfig);
    for (std::size_t i = 0; i < good.size(); ++i) {
      if (!is_assignment(good[i])) continue;
      std::vector<std::string> lines = good;
      change(lines, i);
      ++mutants_;
      SCOPED_TRACE(lines[i]);
      verdicts_.push_back(verdict_on(joined(lines)));
    }
  }
  [[nodiscard]] std::size_t refused() const {
    return static_cast<std::size_t>(
        std::count(verdicts_.begin(), verdicts_.end(), Verdict::kRefused));
  }

  std::size_t mutants_ = 0;
  std::vector<Verdict> verdicts_;
};

TEST_F(ConfigMutation, WhatNoKeyMayHoldIsRefusedEverywhere) {
  for (const char* value : {"inf", "-nan", "1979-05-27", "07:32:00", "99999999999999999999",
                            "9007199254740993", "'a\tb'", "", "}", "[[[[[[[[[1]]]]]]]]]"}) {
    for_each_assignment([&](std::vector<std::string>& lines, std::size_t i) {
      lines[i] = lines[i].substr(0, lines[i].find(" = ") + 3) + value;
    });
  }
  EXPECT_GE(mutants_, 200U);
  EXPECT_EQ(refused(), mutants_);
}

TEST_F(ConfigMutation, OtherTypesAreRefusedOrAcceptedWhole) {
  for (const char* value : {"-1", "0", "1e300", "true", "'none of it'", "[]", "[1, 'a']", "{}",
                            "{ a = 1 }", "''", "'5 V'", "'1e999 s'"}) {
    for_each_assignment([&](std::vector<std::string>& lines, std::size_t i) {
      lines[i] = lines[i].substr(0, lines[i].find(" = ") + 3) + value;
    });
  }
  EXPECT_GE(mutants_, 250U);
  EXPECT_GE(refused(), mutants_ / 2);
  EXPECT_LT(refused(), mutants_);
}

TEST_F(ConfigMutation, AKeyGivenTwiceIsRefused) {
  for_each_assignment([](std::vector<std::string>& lines, std::size_t i) {
    lines.insert(lines.begin() + static_cast<long>(i), lines[i]);
  });
  EXPECT_EQ(refused(), mutants_);
}

TEST_F(ConfigMutation, AMisspelledKeyIsRefusedOrAParameter) {
  for_each_assignment(
      [](std::vector<std::string>& lines, std::size_t i) { lines[i] = "x" + lines[i]; });
  EXPECT_GE(refused(), 14U);  // each line of the tables that take no parameters
}

TEST_F(ConfigMutation, AMissingLineIsRefusedOrLeavesAWhole) {
  const std::vector<std::string> good = lines_of(testing::kGoodConfig);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::string> lines = good;
    lines.erase(lines.begin() + static_cast<long>(i));
    SCOPED_TRACE(good[i]);
    verdict_on(joined(lines));
  }
}

TEST_F(ConfigMutation, RandomEditsAreRefusedOrAcceptedWhole) {
  const std::string good = testing::kGoodConfig;
  constexpr const char* kBytes = "=[]{}\"'\\,.#\n -+0_aZ\xC2\xFF\x01";
  for (unsigned seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string text = good;
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % std::char_traits<char>::length(kBytes)];
      switch (random() % 3) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        default: text.erase(at, 1 + random() % 8); break;
      }
    }
    verdict_on(text);
  }
}

}  // namespace
}  // namespace acq
