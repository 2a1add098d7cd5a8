#include "proto/topic.h"

#include <algorithm>

#include "proto/limits.h"

namespace acq {

bool is_valid_name(std::string_view raw) noexcept {
  return !raw.empty() && raw.size() <= limits::kNameBytes &&
         std::all_of(raw.begin(), raw.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

bool is_valid_topic(std::string_view raw) noexcept {
  if (raw.size() < 3 || raw[1] != '/') return false;
  if (raw[0] != 'd' && raw[0] != 's' && raw[0] != 'e') return false;
  raw.remove_prefix(2);
  const std::size_t slash = raw.find('/');
  if (slash == std::string_view::npos) return is_valid_name(raw);
  return is_valid_name(raw.substr(0, slash)) && is_valid_name(raw.substr(slash + 1));
}

bool topic_matches(std::string_view pattern, std::string_view topic) noexcept {
  if (pattern.empty() || pattern.ends_with('/')) return topic.starts_with(pattern);
  return pattern == topic;
}

}  // namespace acq
