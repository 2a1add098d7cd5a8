// Where the samples of each input lie among those of input 0.
#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/join.h"

namespace acq {
namespace {

constexpr double kSigmas = 4;  // that two stamps differ by so many is no accident

__extension__ using Wide = __int128;

bool have_common_time(const Stamp& a, const Stamp& b) noexcept {
  return a.scale == b.scale && a.scale != TimeScale::kUnspecified &&
         a.scale != TimeScale::kFreeRunning && a.tick_s.den > 0 && b.tick_s.den > 0;
}

// To the picosecond, for as long as a scale of nanoseconds lasts.
Wide picoseconds(const Stamp& stamp) noexcept {
  constexpr Wide kPerSecond = 1'000'000'000'000;
  const Wide den = stamp.tick_s.den;
  const Wide per_tick = kPerSecond * stamp.tick_s.num;
  const Wide whole = stamp.t0_ticks / den;
  const Wide rest = stamp.t0_ticks % den;
  return whole * per_tick + rest * per_tick / den;
}

}  // namespace

void Joiner::place_all() noexcept {
  for (Input& input : inputs_) {
    if (by_ == JoinBy::kIndex || &input == &inputs_.front()) {
      input.placed = input.run_count;
    } else {
      while (input.placed < input.run_count && place(input)) {
      }
      drop_passed(input);
    }
  }
}

// What input 0 has from before the first sample of another has no partner, and takes the room of what has.
void Joiner::drop_passed(const Input& input) noexcept {
  Input& lead = inputs_.front();
  if (input.placed > 0 || input.run_count == 0) return;
  const Run& first = input.run(0);
  while (lead.run_count > 1 && have_common_time(lead.run(0).facts.stamp, first.facts.stamp) &&
         index_of(input, first, lead.run(0)) >= static_cast<double>(lead.run(0).end())) {
    lead.drop_front(lead.run(0).count);
  }
}

// Where the run begins among the samples of input 0, by the stamps of both.
double Joiner::index_of(const Input& input, const Run& run, const Run& lead) const noexcept {
  const auto apart_s =
      static_cast<double>(picoseconds(run.facts.stamp) - picoseconds(lead.facts.stamp)) * 1e-12;
  return static_cast<double>(lead.start_index) + apart_s * out_.rate_hz.value() - input.later;
}

// Only runs of input 0 that end behind what was placed are looked at: they are there, and those
// before may be gone or not, as the threads ran. The first of them tells whether the run goes on there, as its
// count says: if its clock has jumped ahead, nobody need wait for what is said by the next.
std::optional<Joiner::Position> Joiner::position_of(const Input& input, Run& run) noexcept {
  Input& lead = inputs_.front();
  const Stamp& its = run.facts.stamp;
  bool is_first = true;
  for (std::size_t i = 0; i < lead.run_count; ++i) {
    const Run& other = lead.run(i);
    if (other.end() <= input.placed_end) continue;
    const Stamp& ours = other.facts.stamp;
    if (!have_common_time(ours, its)) {
      strangers_.add(1);
      return std::nullopt;
    }
    const double index = index_of(input, run, other);
    const double sigma = std::hypot(ours.sigma_ns, its.sigma_ns) * 1e-9 * out_.rate_hz.value();
    const double slack = std::isnan(sigma) ? unknown_slack_ : std::max(1.0, kSigmas * sigma);
    if (index < static_cast<double>(other.end())) return Position{index, slack};
    const auto placed_end = static_cast<double>(input.placed_end);
    run.adjoins = run.adjoins && !(is_first && index > placed_end + slack);
    is_first = false;
  }
  return std::nullopt;
}

// The oldest run that has no place. False: nobody can tell yet.
bool Joiner::place(Input& input) noexcept {
  Run& run = input.run(input.placed);
  const std::optional<Position> at = position_of(input, run);
  if (!at) return false;
  const auto own = static_cast<double>(run.start_index);
  const double off = at->index - own - static_cast<double>(input.offset);
  const bool stays = input.has_offset && run.continues && std::abs(off) <= at->slack;
  move_to(input, run, stays ? input.offset : std::llround(at->index - own));
  // What is said of one of which nothing is left is said of the next.
  Gap said = std::exchange(input.carried, {});
  run.adjoins = run.adjoins && !said.breaks();
  said.add(run.gap_before);
  if (run.count == 0) {
    input.carried = said;
    input.remove_run(input.placed);
  } else {
    run.gap_before = said;
    input.placed_end = run.end();
    ++input.placed;
  }
  return true;
}

void Joiner::move_to(Input& input, Run& run, std::int64_t offset) noexcept {
  const bool is_moved = input.has_offset && offset != input.offset;
  input.offset = offset;
  const auto first = static_cast<std::int64_t>(run.first_index) + offset;
  const auto free = static_cast<std::int64_t>(input.has_offset ? input.placed_end : 0);
  // What came before the first sample of input 0, or lies where others are already.
  const auto skipped =
      std::min(run.count, static_cast<std::uint64_t>(std::max<std::int64_t>(0, free - first)));
  run.first_index = static_cast<std::uint64_t>(first + static_cast<std::int64_t>(skipped));
  run.start_index = run.first_index;
  run.facts.stamp = shifted(run.facts.stamp, static_cast<std::int64_t>(skipped), out_.rate_hz);
  run.place += skipped;
  run.count -= skipped;
  if (is_moved) {
    run.adjoins = false;
    run.gap_before.reasons |= kGapLate | kGapNewRecord;
  }
  input.has_offset = true;
}

}  // namespace acq
