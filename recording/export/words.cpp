// Names, times and reasons as the formats write them.
#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "recording/export/formats.h"

namespace acq::exports {

std::string iso_time(std::int64_t utc_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t part = utc_ns % kSecond;
  std::int64_t whole = utc_ns / kSecond;
  if (part < 0) {
    part += kSecond;
    --whole;
  }
  const std::time_t seconds = whole;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s.%09dZ", date, static_cast<int>(part));
  return text;
}

const std::string& name_of(const Channel& channel) noexcept {
  return channel.label.empty() ? channel.id : channel.label;
}

std::string_view unit_of(const Channel& channel) noexcept {
  return channel.unit == "1" ? std::string_view() : channel.unit;
}

Gap joined(const Gap& first, const Gap& second) noexcept {
  Gap out = first;
  out.samples += second.samples;
  out.frames += second.frames;
  out.reasons |= second.reasons;
  out.is_exact = first.is_exact && second.is_exact;
  out.is_new_epoch = first.is_new_epoch || second.is_new_epoch;
  out.end_utc_ns = second.end_utc_ns;
  return out;
}

std::string reasons_text(std::uint32_t reasons) {
  std::string text;
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    if ((reasons >> bit & 1U) != 0)
      text += (text.empty() ? "" : ", ") + std::string(gap_reason_name(bit));
  }
  return text;
}

double seconds_of(std::uint64_t row, Rational rate_hz) noexcept {
  return static_cast<double>(row) * static_cast<double>(rate_hz.den) /
         static_cast<double>(rate_hz.num);
}

void row_times(const Description& description, const Piece& piece, std::vector<double>& seconds) {
  seconds.assign(piece.count, description.seconds_to(piece.utc_ns));
  if (!description.is_continuous()) return;
  for (std::size_t i = 0; i < piece.count; ++i) {
    seconds[i] = seconds_of(piece.position + i, description.rate_hz);
  }
}

std::string gap_text(const Gap& gap) {
  std::string text = gap.is_exact ? "" : "about";
  const auto add = [&](const std::string& word) {
    if (!word.empty()) text += (text.empty() ? "" : ", ") + word;
  };
  add(reasons_text(gap.reasons));
  if (gap.is_new_epoch) add("new epoch");
  return text;
}

std::string break_text(const Gap& gap) {
  const bool has_lost = gap.samples > 0 || !gap.is_exact;
  return has_lost ? fmt::format("{} samples lost ({})", gap.samples, gap_text(gap))
                  : fmt::format("begins anew ({})", gap_text(gap));
}

}  // namespace acq::exports
