// The log: lines to stderr, for the journal or for a person.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq {

inline constexpr std::string_view kLogLevels = "trace, debug, info, warn, error, off";

// Makes spdlog's default logger write to stderr: with the journal's priority prefix (<3> to <7>)
// where stderr is the journal, else with UTC time and level. Control characters in a line come out
// escaped, so that text from outside cannot forge a line. Call once, before other threads log.
void set_up_log();

// kInvalid: not one of kLogLevels. Any thread.
Result<void> set_log_level(std::string_view level);

// Replaces control characters by \n, \t or \xNN. What is already printable, UTF-8 included, stays.
std::string escape_controls(std::string_view text);

// Keeps a repeated event from flooding the log: the first line goes out at once, later ones at most
// one a second, and each says how many were hidden before it. One thread.
class LineLimit {
 public:
  // The number of lines hidden since the last one shown, when this one may be shown.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::int64_t now_ns) noexcept;
  // The same for lines that nothing followed: call now and then, show a line when it is not empty.
  [[nodiscard]] std::optional<std::uint64_t> take_hidden(std::int64_t now_ns) noexcept;

 private:
  std::optional<std::int64_t> shown_ns_;
  std::uint64_t hidden_ = 0;
};

}  // namespace acq
