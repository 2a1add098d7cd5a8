#include "recording/calibrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace acq {
namespace {

std::string day_of(std::int64_t utc_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(utc_ns)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace

void Calibrations::take(const JournalItem& item) {
  Use& use = use_of(item);
  const bool is_packet = item.kind == JournalKind::kPackets;
  const std::uint32_t flags = is_packet ? item.packet.flags | item.info->flags : item.header.flags;
  use.is_called_calibrated = use.is_called_calibrated || (flags & kFlagCalibrated) != 0;
  use.first_ns = std::min(use.first_ns, item.time_ns);
  use.last_ns = std::max(use.last_ns, item.time_ns);
}

Calibrations::Use& Calibrations::use_of(const JournalItem& item) {
  const bool is_packet = item.kind == JournalKind::kPackets;
  const void* const described_by = is_packet ? static_cast<const void*>(item.info.get())
                                             : static_cast<const void*>(item.description);
  if (const auto found = known_.find(described_by); found != known_.end())
    return uses_[found->second];
  Use use{.name = is_packet ? journal_.streams()[item.number].name
                            : journal_.topics()[item.number].topic,
          .channels = is_packet ? item.info->channels : journal::channels_of(*item.description),
          .first_ns = item.time_ns,
          .last_ns = item.time_ns};
  // Each segment describes its streams again.
  const auto same = std::find_if(uses_.begin(), uses_.end(), [&](const Use& other) {
    return other.name == use.name && other.channels == use.channels;
  });
  known_.emplace(described_by, static_cast<std::size_t>(same - uses_.begin()));
  return same == uses_.end() ? uses_.emplace_back(std::move(use)) : *same;
}

std::vector<std::string> Calibrations::notes() const {
  std::vector<std::string> notes;
  for (const Use& use : uses_) {
    // The date as text is in the order of time.
    const std::string first = day_of(use.first_ns);
    const std::string last = day_of(use.last_ns);
    std::map<std::string, std::string> channels;  // by what is to be said of them
    const auto say = [&](const Channel& channel, const std::string& what) {
      std::string& ids = channels[what];
      ids += (ids.empty() ? "" : ", ") + channel.id;
    };
    for (const Channel& channel : use.channels) {
      const Calibration& calibration = channel.calibration;
      const std::string name = calibration.id.empty() ? "its calibration" : calibration.id;
      if (!calibration.due.empty() && last > calibration.due)
        say(channel,
            fmt::format("{} was due on {}, and was used on {}", name, calibration.due, last));
      if (!calibration.date.empty() && first < calibration.date) {
        say(channel, fmt::format("{} is dated {}, and was used before, on {}", name,
                                 calibration.date, first));
      }
      if (!use.is_called_calibrated || !calibration.id.empty()) continue;
      say(channel, calibration == Calibration{} ? "called calibrated, and carries no calibration"
                                                : "called calibrated, without a certificate");
    }
    for (const auto& [what, ids] : channels)
      notes.push_back(fmt::format("{}, {}: {}", use.name, ids, what));
  }
  return notes;
}

}  // namespace acq
