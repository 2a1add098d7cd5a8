#include "dsp/math/trigger_rules.h"

#include <algorithm>
#include <bit>

namespace acq {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Where the straight line from `before` to `now` meets the level.
double meet(float before, float now, float level) noexcept {
  const double part = (static_cast<double>(level) - static_cast<double>(before)) /
                      (static_cast<double>(now) - static_cast<double>(before));
  return part >= 0 && part <= 1 ? part : 1;
}

bool has(std::uint64_t bits, std::size_t at) noexcept {
  return (bits >> at & 1) != 0;
}

}  // namespace

SideLevels EdgeRule::levels() const noexcept {
  const auto level = static_cast<float>(limits_.level);
  return {.below = static_cast<float>(limits_.level - limits_.hysteresis),
          .above = static_cast<float>(limits_.level + limits_.hysteresis),
          .from = level,
          .to = level};
}

std::uint64_t EdgeRule::open(const SideBits& bits) noexcept {
  rise_armed_ = latch(bits.below, ~bits.from, seen_.rise_armed);
  fall_armed_ = latch(bits.above, ~bits.to, seen_.fall_armed);
  rises_ = limits_.slope != Slope::kFalling ? rise_armed_.before & bits.from : 0;
  return limits_.slope != Slope::kRising ? rises_ | (fall_armed_.before & bits.to) : rises_;
}

std::optional<TriggerHit> EdgeRule::fire(std::size_t at, float before, float now) noexcept {
  return TriggerHit{meet(before, now, static_cast<float>(limits_.level)), has(rises_, at),
                    limits_.level};
}

void EdgeRule::close(std::size_t count) noexcept {
  seen_ = {rise_armed_.is_on_at(count), fall_armed_.is_on_at(count)};
}

SideLevels LevelRule::levels() const noexcept {
  return {.from = limits_.level, .to = limits_.level};
}

std::uint64_t LevelRule::open(const SideBits& bits) noexcept {
  return limits_.is_below ? bits.to : bits.from;
}

std::optional<TriggerHit> LevelRule::fire(std::size_t /*at*/, float /*before*/,
                                          float /*now*/) noexcept {
  return TriggerHit{1, !limits_.is_below, limits_.level};
}

SideLevels WindowRule::levels() const noexcept {
  const auto& [low, high, hysteresis, fires_on_entry] = limits_;
  return fires_on_entry ? SideLevels{low - hysteresis, high + hysteresis, low, high}
                        : SideLevels{low, high, low + hysteresis, high - hysteresis};
}

std::uint64_t WindowRule::open(const SideBits& bits) noexcept {
  const std::uint64_t outside = bits.below | bits.above, inside = bits.from & bits.to;
  const std::uint64_t fires = limits_.fires_on_entry ? inside : outside;
  armed_ = latch(limits_.fires_on_entry ? outside : inside, ~fires, seen_.is_armed);
  return armed_.before & fires;
}

std::optional<TriggerHit> WindowRule::fire(std::size_t /*at*/, float before, float now) noexcept {
  const bool is_upper = limits_.fires_on_entry ? before > limits_.high : now > limits_.high;
  const float border = is_upper ? limits_.high : limits_.low;
  return TriggerHit{meet(before, now, border), is_upper != limits_.fires_on_entry, border};
}

void WindowRule::close(std::size_t count) noexcept {
  seen_.is_armed = armed_.is_on_at(count);
}

SideLevels PulseWidthRule::levels() const noexcept {
  const float edge = limits_.is_negative ? -limits_.level : limits_.level;
  return {edge - limits_.hysteresis, edge + limits_.hysteresis, edge, edge};
}

std::uint64_t PulseWidthRule::open(const SideBits& bits) noexcept {
  rise_armed_ = latch(bits.below, ~bits.from, seen_.rise_armed);
  fall_armed_ = latch(bits.above, ~bits.to, seen_.fall_armed);
  rises_ = rise_armed_.before & bits.from;
  falls_ = fall_armed_.before & bits.to;
  return rises_ | falls_;
}

std::optional<TriggerHit> PulseWidthRule::fire(std::size_t at, float before, float now) noexcept {
  const double part = meet(before, now, limits_.level);
  std::optional<TriggerHit> hit;
  if (has(falls_, at)) {
    const double width = seen_.start.until(at, part);
    if (seen_.is_high && width >= limits_.shortest && width <= limits_.longest) {
      hit = TriggerHit{part, limits_.is_negative, limits_.level};
    }
    seen_.is_high = false;
  }
  if (has(rises_, at)) {
    seen_.is_high = true;
    seen_.start.set(at, part);
  }
  return hit;
}

void PulseWidthRule::close(std::size_t count) noexcept {
  seen_.rise_armed = rise_armed_.is_on_at(count);
  seen_.fall_armed = fall_armed_.is_on_at(count);
  seen_.start.samples_ago += static_cast<std::int64_t>(count);
}

SideLevels RuntRule::levels() const noexcept {
  return limits_.is_negative ? SideLevels{.below = -limits_.low, .from = -limits_.high}
                             : SideLevels{.below = limits_.high, .from = limits_.low};
}

std::uint64_t RuntRule::open(const SideBits& bits) noexcept {
  const std::uint64_t below = bits.below & ~bits.from, between = bits.below & bits.from;
  below_ = latch(below, 0, seen_.was_below);
  between_ = latch(between & below_.before, between, seen_.is_between);
  return between_.before & below;
}

std::optional<TriggerHit> RuntRule::fire(std::size_t /*at*/, float before, float now) noexcept {
  const float near = limits_.is_negative ? limits_.high : limits_.low;
  return TriggerHit{meet(before, now, near), limits_.is_negative, near};
}

void RuntRule::close(std::size_t count) noexcept {
  seen_ = {below_.is_on_at(count), between_.is_on_at(count)};
}

SideLevels SlopeRule::levels() const noexcept {
  return limits_.is_falling
             ? SideLevels{.below = -limits_.high, .from = -limits_.low, .to = kInfinity}
             : SideLevels{.below = limits_.low, .from = limits_.high, .to = kInfinity};
}

std::uint64_t SlopeRule::open(const SideBits& bits) noexcept {
  const std::uint64_t begun = bits.to & ~bits.below;  // a number, and not before the first level
  armed_ = latch(bits.below, 0, seen_.is_armed);
  starts_ = begun & armed_.before;
  under_way_ = latch(starts_ & ~bits.from, begun & ~bits.from, seen_.is_under_way);
  ends_ = bits.from & (starts_ | under_way_.before);
  return starts_ | ends_;
}

std::optional<TriggerHit> SlopeRule::fire(std::size_t at, float before, float now) noexcept {
  const float first = limits_.is_falling ? limits_.high : limits_.low;
  const float last = limits_.is_falling ? limits_.low : limits_.high;
  if (has(starts_, at)) seen_.start.set(at, meet(before, now, first));
  if (!has(ends_, at)) return std::nullopt;
  const double part = meet(before, now, last);
  const double time = seen_.start.until(at, part);
  if (time < limits_.shortest || time > limits_.longest) return std::nullopt;
  return TriggerHit{part, !limits_.is_falling, last};
}

void SlopeRule::close(std::size_t count) noexcept {
  seen_.is_armed = armed_.is_on_at(count);
  seen_.is_under_way = under_way_.is_on_at(count);
  seen_.start.samples_ago += static_cast<std::int64_t>(count);
}

// Here, where the compiler sees what a rule does.
template <typename Rule>
std::size_t find_hits(Rule& rule, float& before, const float* x, std::size_t from, std::size_t to,
                      std::span<TriggerFound> hits) noexcept {
  const SideLevels levels = rule.levels();
  SideBits bits[kSideWords];
  std::size_t found = 0;
  for (std::size_t start = from; start < to; start += kSideWords * kWordSamples) {
    const std::size_t end = std::min(to, start + kSideWords * kWordSamples);
    side_bits(x + start, end - start, levels, rule.is_mirrored(), bits);
    for (std::size_t first = start, w = 0; first < end; first += kWordSamples, ++w) {
      for (std::uint64_t events = rule.open(bits[w]); events != 0; events &= events - 1) {
        const auto at = static_cast<std::size_t>(std::countr_zero(events));
        const std::size_t i = first + at;
        const auto hit = rule.fire(at, i > from ? x[i - 1] : before, x[i]);
        if (!hit) continue;
        hits[found++] = {i, *hit};
        if (found < hits.size()) continue;
        rule.close(at + 1);
        before = x[i];
        return found;
      }
      rule.close(std::min(kWordSamples, end - first));
    }
  }
  if (from < to) before = x[to - 1];
  return found;
}

template std::size_t find_hits(EdgeRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;
template std::size_t find_hits(LevelRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;
template std::size_t find_hits(WindowRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;
template std::size_t find_hits(PulseWidthRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;
template std::size_t find_hits(RuntRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;
template std::size_t find_hits(SlopeRule&, float&, const float*, std::size_t, std::size_t,
                               std::span<TriggerFound>) noexcept;

}  // namespace acq
