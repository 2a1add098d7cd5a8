#include "dsp/math/trigger_rules.h"

namespace acq {
namespace {

// Where the straight line from `before` to `now` meets the level.
double meet(float before, float now, float level) noexcept {
  const double part = (static_cast<double>(level) - static_cast<double>(before)) /
                      (static_cast<double>(now) - static_cast<double>(before));
  return part >= 0 && part <= 1 ? part : 1;
}

}  // namespace

std::optional<TriggerHit> LevelRule::step(float /*before*/, float now) noexcept {
  if (!(limits_.is_below ? now <= limits_.level : now >= limits_.level)) return std::nullopt;
  return TriggerHit{1, !limits_.is_below, limits_.level};
}

std::optional<TriggerHit> WindowRule::step(float before, float now) noexcept {
  const auto& [low, high, hysteresis, fires_on_entry] = limits_;
  const bool is_inside = now >= low && now <= high;
  const bool is_outside = now < low || now > high;
  if (seen_.is_armed && (fires_on_entry ? is_inside : is_outside)) {
    seen_.is_armed = false;
    const bool is_upper = fires_on_entry ? before > high : now > high;
    const float border = is_upper ? high : low;
    return TriggerHit{meet(before, now, border), is_upper != fires_on_entry, border};
  }
  const bool arms = fires_on_entry ? now < low - hysteresis || now > high + hysteresis
                                   : now >= low + hysteresis && now <= high - hysteresis;
  seen_.is_armed = seen_.is_armed || arms;
  return std::nullopt;
}

std::optional<TriggerHit> PulseWidthRule::step(float before, float now) noexcept {
  const float sign = limits_.is_negative ? -1.0F : 1.0F;
  const float a = sign * before, b = sign * now, edge = sign * limits_.level;
  std::optional<TriggerHit> hit;
  seen_.since_start += 1;
  if (seen_.fall_armed && b <= edge) {
    seen_.fall_armed = false;
    const double part = meet(a, b, edge);
    const double width = seen_.since_start - 1 + part;
    if (seen_.is_high && width >= limits_.shortest && width <= limits_.longest) {
      hit = TriggerHit{part, limits_.is_negative, limits_.level};
    }
    seen_.is_high = false;
  } else if (b > edge + limits_.hysteresis) {
    seen_.fall_armed = true;
  }
  if (seen_.rise_armed && b >= edge) {
    seen_.rise_armed = false;
    seen_.is_high = true;
    seen_.since_start = 1 - meet(a, b, edge);
  } else if (b < edge - limits_.hysteresis) {
    seen_.rise_armed = true;
  }
  return hit;
}

std::optional<TriggerHit> RuntRule::step(float before, float now) noexcept {
  using State = RuntSeen::State;
  const bool is_negative = limits_.is_negative;
  const float near = is_negative ? -limits_.high : limits_.low;
  const float far = is_negative ? -limits_.low : limits_.high;
  const float b = is_negative ? -now : now;
  if (b < near) {
    const bool was_runt = seen_.state == State::kBetween;
    seen_.state = State::kBelow;
    if (!was_runt) return std::nullopt;
    const float a = is_negative ? -before : before;
    return TriggerHit{meet(a, b, near), is_negative, is_negative ? limits_.high : limits_.low};
  }
  if (!(b < far)) {
    seen_.state = State::kUnseen;  // a whole pulse, or a sample that is no number
  } else if (seen_.state == State::kBelow) {
    seen_.state = State::kBetween;
  }
  return std::nullopt;
}

std::optional<TriggerHit> SlopeRule::step(float before, float now) noexcept {
  const bool is_falling = limits_.is_falling;
  const float from = is_falling ? -limits_.high : limits_.low;
  const float to = is_falling ? -limits_.low : limits_.high;
  const float a = is_falling ? -before : before;
  const float b = is_falling ? -now : now;
  seen_.since_start += 1;
  if (!(b >= from)) {  // before the start, or no number
    seen_.is_armed = b < from;
    seen_.is_under_way = false;
    return std::nullopt;
  }
  if (seen_.is_armed) {
    seen_.is_armed = false;
    seen_.is_under_way = true;
    seen_.since_start = 1 - meet(a, b, from);
  }
  if (!seen_.is_under_way || b < to) return std::nullopt;
  seen_.is_under_way = false;
  const double part = meet(a, b, to);
  const double time = seen_.since_start - 1 + part;
  if (time < limits_.shortest || time > limits_.longest) return std::nullopt;
  return TriggerHit{part, !is_falling, is_falling ? limits_.low : limits_.high};
}

// Here, where the compiler sees what a step is.
template <typename Rule>
std::optional<TriggerFound> find_hit(Rule& rule, float& before, const float* x, std::size_t from,
                                     std::size_t to) noexcept {
  for (std::size_t i = from; i < to; ++i) {
    const std::optional<TriggerHit> hit = rule.step(before, x[i]);
    before = x[i];
    if (hit) return TriggerFound{i, *hit};
  }
  return std::nullopt;
}

template std::optional<TriggerFound> find_hit(LevelRule&, float&, const float*, std::size_t,
                                              std::size_t) noexcept;
template std::optional<TriggerFound> find_hit(WindowRule&, float&, const float*, std::size_t,
                                              std::size_t) noexcept;
template std::optional<TriggerFound> find_hit(PulseWidthRule&, float&, const float*, std::size_t,
                                              std::size_t) noexcept;
template std::optional<TriggerFound> find_hit(RuntRule&, float&, const float*, std::size_t,
                                              std::size_t) noexcept;
template std::optional<TriggerFound> find_hit(SlopeRule&, float&, const float*, std::size_t,
                                              std::size_t) noexcept;

}  // namespace acq
