// Pattern and topic, split at the first line break: names and matching agree with naive versions.
#include <string>

#include "proto/topic.h"
#include "tests/fuzz/fuzz.h"

namespace {

bool naive_name(const std::string& text) {
  const std::string allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() < 65 && text.find_first_not_of(allowed) == std::string::npos;
}

bool naive_topic(const std::string& text) {
  for (const char* kind : {"d/", "s/", "e/"}) {
    if (text.rfind(kind, 0) != 0) continue;
    const std::string rest = text.substr(2);
    if (naive_name(rest)) return true;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == '/' && naive_name(rest.substr(0, i)) && naive_name(rest.substr(i + 1))) {
        return true;
      }
    }
  }
  return false;
}

bool naive_match(const std::string& pattern, const std::string& topic) {
  const bool is_prefix = pattern.empty() || pattern[pattern.size() - 1] == '/';
  if (topic.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != topic[i]) return false;
  }
  return is_prefix || topic.size() == pattern.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(acq::fuzz::text_of(data, size));
  const std::size_t cut = std::min(text.find('\n'), text.size());
  const std::string pattern = text.substr(0, cut);
  const std::string topic = cut < text.size() ? text.substr(cut + 1) : std::string();
  ACQ_CHECK(acq::topic_matches(pattern, topic) == naive_match(pattern, topic));
  ACQ_CHECK(acq::is_valid_topic(topic) == naive_topic(topic));
  ACQ_CHECK(acq::is_valid_name(pattern) == naive_name(pattern));
  // Topics are kept apart by their names alone.
  if (acq::is_valid_topic(pattern) && acq::is_valid_topic(topic)) {
    ACQ_CHECK(acq::topic_matches(pattern, topic) == (pattern == topic));
  }
  return 0;
}
