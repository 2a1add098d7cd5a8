#include "dsp/math/pattern.h"

#include <algorithm>
#include <utility>

namespace acq {
namespace {

std::uint8_t level_of(float x) noexcept {
  return static_cast<std::uint8_t>(x >= 0.5F);
}

bool is_edge(Bit bit) noexcept {
  return bit != Bit::kLow && bit != Bit::kHigh;
}

// met[i] stays 1 where the level, and for an edge the level before, are right.
void keep_levels(const float* x, std::size_t count, std::uint8_t wanted,
                 std::uint8_t* met) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    met[i] = static_cast<std::uint8_t>(met[i] & (level_of(x[i]) == wanted ? 1 : 0));
  }
}

void keep_edges(const float* x, std::size_t count, std::uint8_t before, Bit bit,
                std::uint8_t* met) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t now = level_of(x[i]);
    bool is_right = now != before;
    if (bit == Bit::kRises) is_right = is_right && now == 1;
    if (bit == Bit::kFalls) is_right = is_right && now == 0;
    met[i] = static_cast<std::uint8_t>(met[i] & (is_right ? 1 : 0));
    before = now;
  }
}

}  // namespace

PatternDetector::PatternDetector(std::vector<PatternTerm> terms)
    : terms_(std::move(terms)), before_(terms_.size()) {
  has_edges_ = std::any_of(terms_.begin(), terms_.end(),
                           [](const PatternTerm& term) { return is_edge(term.bit); });
}

void PatternDetector::match(const float* const* planes, std::size_t from,
                            std::size_t count) noexcept {
  std::fill_n(met_, count, std::uint8_t{1});
  for (std::size_t t = 0; t < terms_.size(); ++t) {
    const PatternTerm& term = terms_[t];
    const float* const x = planes[term.channel] + from;
    if (!is_edge(term.bit)) {
      keep_levels(x, count, term.bit == Bit::kHigh ? 1 : 0, met_);
      continue;
    }
    const std::uint8_t before = has_before_ ? before_[t] : level_of(x[0]);
    keep_edges(x, count, before, term.bit, met_);
  }
}

void PatternDetector::remember(const float* const* planes, std::size_t last, bool is_met) noexcept {
  for (std::size_t t = 0; t < terms_.size(); ++t)
    before_[t] = level_of(planes[terms_[t].channel][last]);
  was_met_ = is_met;
  has_before_ = true;
}

std::optional<std::size_t> PatternDetector::find(const float* const* planes, std::size_t from,
                                                 std::size_t to) noexcept {
  while (from < to) {
    const std::size_t count = std::min(kBlock, to - from);
    match(planes, from, count);
    // What holds already when the signal begins has not come.
    bool was_met = has_before_ ? was_met_ : met_[0] != 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_met = met_[i] != 0;
      if (is_met && (has_edges_ || !was_met)) {
        remember(planes, from + i, true);
        return from + i;
      }
      was_met = is_met;
    }
    from += count;
    remember(planes, from - 1, was_met);
  }
  return std::nullopt;
}

void PatternDetector::pass(const float* const* planes, std::size_t from, std::size_t to) noexcept {
  if (from == to) return;
  // Only the last sample matters to what comes.
  if (to - from > 1) remember(planes, to - 2, false);
  match(planes, to - 1, 1);
  remember(planes, to - 1, met_[0] != 0);
}

void PatternDetector::adopt(const PatternDetector& before) noexcept {
  if (terms_ != before.terms_) return;
  has_before_ = before.has_before_;
  was_met_ = before.was_met_;
  std::copy(before.before_.begin(), before.before_.end(), before_.begin());
}

}  // namespace acq
