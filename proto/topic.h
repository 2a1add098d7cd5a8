// Names and topics: "d/instrument/name" (data), "s/..." (status), "e/..." (events).
#pragma once

#include <string_view>

namespace acq {

// One segment: [a-z0-9_-]{1,64}. Names of instruments, streams, pipelines, taps, workers.
bool is_valid_name(std::string_view raw) noexcept;

// "d/", "s/" or "e/" and one or two names joined by a slash.
bool is_valid_topic(std::string_view raw) noexcept;

// Whether a subscription covers a topic. A pattern that ends with a slash is a prefix ("d/scope/"
// is every topic of that instrument, the empty pattern every topic); any other one is the whole
// topic, so that "d/scope/a" does not bring "d/scope/ab", which ZeroMQ's own prefix match would.
bool topic_matches(std::string_view pattern, std::string_view topic) noexcept;

}  // namespace acq
