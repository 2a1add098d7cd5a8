#include "clients/tools/acqctl/recording_time.h"

#include <cmath>
#include <cstdio>
#include <ctime>

#include "dsp/base/units.h"
#include "recording/journal_cursor.h"

namespace acq::tool {

std::string utc_text(std::int64_t utc_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::time_t seconds = utc_ns / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s.%03d UTC", date,
                static_cast<int>(utc_ns % kSecond / 1'000'000));
  return text;
}

Result<std::int64_t> time_in(const Journal& journal, const std::string& raw_text) {
  if (const auto seconds = parse_quantity(raw_text, "s")) {
    constexpr double kLongest_s = 1e9;
    if (!(std::abs(*seconds) < kLongest_s))
      return fail(Code::kInvalid, quote(raw_text) + " is out of range", "time");
    return journal.start_ns() + std::llround(*seconds * 1e9);
  }
  JournalFilter filter;
  filter.has_events = true;
  JournalCursor cursor(journal, filter);
  std::string marks;
  while (true) {
    const auto item = cursor.next();
    if (!item) return tl::unexpected(item.error());
    if (*item == nullptr) break;
    if ((*item)->event.what != "mark") continue;
    if ((*item)->event.sentence == raw_text) return (*item)->time_ns;
    marks += (marks.empty() ? "" : ", ") + quote((*item)->event.sentence);
  }
  return fail(Code::kNotFound, quote(raw_text) + " is neither a time nor a mark", "time",
              "seconds from the start" + (marks.empty() ? "" : ", or " + marks));
}

}  // namespace acq::tool
