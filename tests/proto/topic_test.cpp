#include "proto/topic.h"

#include <gtest/gtest.h>

#include <string>

namespace acq {
namespace {

TEST(Name, IsLowerCaseLettersDigitsDashesAndUnderscores) {
  EXPECT_TRUE(is_valid_name("a"));
  EXPECT_TRUE(is_valid_name("scope-1_b"));
  for (const char* name : {"", "A", "a b", "a/b", "a.b", "\xC2\xB5", "a\n"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
}

TEST(Name, HasAtMost64Characters) {
  EXPECT_TRUE(is_valid_name(std::string(64, 'x')));
  EXPECT_FALSE(is_valid_name(std::string(65, 'x')));
  EXPECT_FALSE(is_valid_name(std::string(100'000, 'x')));
}

TEST(Topic, IsAClassAndOneOrTwoNames) {
  for (const char* topic : {"d/scope/trace", "s/acqd", "e/scope", "d/a/b"}) {
    EXPECT_TRUE(is_valid_topic(topic)) << topic;
  }
  for (const char* topic : {"", "d", "d/", "x/a", "/a", "d//", "d/a/", "d//a", "d/a/b/c", "da/b",
                            "D/a", "d/A", "d/a b"}) {
    EXPECT_FALSE(is_valid_topic(topic)) << topic;
  }
}

TEST(TopicMatch, IsExactUnlessThePatternEndsWithASlash) {
  EXPECT_TRUE(topic_matches("d/scope/a", "d/scope/a"));
  EXPECT_FALSE(topic_matches("d/scope/a", "d/scope/ab"));
  EXPECT_TRUE(topic_matches("d/scope/", "d/scope/ab"));
  EXPECT_FALSE(topic_matches("d/scope/", "d/scope2/ab"));
  EXPECT_TRUE(topic_matches("", "s/acqd"));
  EXPECT_TRUE(topic_matches("d/", "d/scope/a"));
  EXPECT_FALSE(topic_matches("d/", "s/acqd"));
}

}  // namespace
}  // namespace acq
