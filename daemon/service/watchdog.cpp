#include "daemon/service/watchdog.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

namespace acq {
namespace {

constexpr std::int64_t kPatience_ns = 10'000'000'000;  // when the manager sets no watchdog
constexpr std::int64_t kPeriod_ns = 1'000'000'000;

}  // namespace

std::int64_t Watchdog::patience_ns(const Notify& notify) noexcept {
  const std::int64_t watchdog_ns = notify.watchdog_period_ns();
  return watchdog_ns > 0 ? watchdog_ns / 2 : kPatience_ns;
}

std::int64_t Watchdog::period_ns(const Notify& notify) noexcept {
  const std::int64_t watchdog_ns = notify.watchdog_period_ns();
  return watchdog_ns > 0 ? std::min(watchdog_ns / 4, kPeriod_ns) : kPeriod_ns;
}

std::string Watchdog::tick(std::string_view line) {
  const std::vector<Stall> stalls = health_.look();
  std::string shown(line);
  std::string guilty;
  for (const Stall& stall : stalls) {
    const double seconds = static_cast<double>(clock_.now_ns() - stall.since_ns) * 1e-9;
    if (guilty.empty()) shown = "stalled:";
    guilty += (guilty.empty() ? "" : ", ") + stall.stage;
    shown +=
        fmt::format("{} {} for {:.1f} s", shown.back() == ':' ? "" : ",", stall.stage, seconds);
  }
  if (guilty != guilty_) {
    if (!guilty.empty()) spdlog::error("no progress in {}: the watchdog is not fed", guilty);
    if (guilty.empty()) spdlog::warn("progress again in {}", guilty_);
    guilty_ = guilty;
  }
  Result<void> told = notify_.status(shown);
  if (stalls.empty()) {
    if (const auto fed = notify_.feed_watchdog(); !fed) told = fed;
  }
  const std::string why = told ? "" : told.error().sentence;
  if (why != unheard_ && !why.empty()) spdlog::warn("{}", why);  // once, not every second
  unheard_ = why;
  return shown;
}

}  // namespace acq
