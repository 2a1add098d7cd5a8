#include "drivers/sim/device.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace acq::sim {
namespace {

constexpr std::uint32_t kSync = 0x51d0'0001;
constexpr std::uint32_t kLongestShortBlock = 16;
// Faults that come faster than they pass may not keep the device from ever sending a sample.
constexpr int kMostFaultsAtOnce = 64;

std::uint64_t check_of(const BlockHeader& h) noexcept {
  std::uint64_t sum = mix((std::uint64_t{h.sync} << 32) | h.count);
  for (const std::uint64_t field : {h.counter, static_cast<std::uint64_t>(h.ticks),
                                    h.overranged_low, h.overranged_high, h.has_overrun})
    sum = mix(sum ^ field);
  return sum;
}

bool has_normal_noise(const Settings& settings) noexcept {
  return settings.noise_rms > 0 ||
         std::any_of(settings.channels.begin(), settings.channels.end(), [](const auto& channel) {
           return channel.noise_rms > 0 || channel.wave.shape == Shape::kNormal;
         });
}

std::int64_t to_ns(double seconds) noexcept {
  return std::llround(seconds * 1e9);
}

}  // namespace

bool is_intact(const BlockHeader& header) noexcept {
  return header.sync == kSync && header.check == check_of(header);
}

Device::Device(const Settings& settings, const Clock& clock, Truth& truth)
    : clock_(clock), truth_(truth) {
  change(settings);
}

void Device::change(const Settings& settings) {
  const bool has_new_faults = source_ == nullptr || settings.faults != settings_.faults;
  settings_ = settings;
  if (noise_ == nullptr && has_normal_noise(settings_))
    noise_ = std::make_shared<NoiseTable>(NoiseKind::kNormal, settings_.seed);
  source_ = std::make_unique<Source>(settings_, noise_);
  const double rate_hz = settings_.rate_hz.value();
  latency_samples_ = static_cast<std::uint64_t>(settings_.latency_s * rate_hz);
  buffer_samples_ =
      std::max<std::uint64_t>(static_cast<std::uint64_t>(settings_.buffer_s * rate_hz), 1);
  if (!has_new_faults) return;
  faults_ = FaultSchedule(settings_.faults, settings_.rate_hz, settings_.seed, next_);
  nominal_again_at_ = next_;
}

void Device::start() {
  is_running_ = true;
  left_ = 0;
  if (is_gone_) {
    is_gone_ = false;
    const std::uint64_t missed =
        settings_.is_paced
            ? std::max(made(clock_.now_ns()), next_) - next_
            : static_cast<std::uint64_t>(std::llround(gone_for_s_ * settings_.rate_hz.value()));
    lose(FaultKind::kUnplug, missed);
    return;
  }
  ++truth_.starts;
  next_ = uncounted_ = garbage_left_ = short_left_ = 0;
  nominal_again_at_ = FaultSchedule::kNever;
  jumped_ticks_ = 0;
  silent_until_ns_ = 0;
  has_overrun_ = has_error_ = false;
  pace_ = {clock_.now_ns(), 0, settings_.rate_hz};
  faults_ = FaultSchedule(settings_.faults, settings_.rate_hz, settings_.seed, 0);
}

void Device::stop() {
  if (!is_running_) return;
  is_running_ = false;
  if (!is_gone_ && settings_.is_paced) {
    left_ = std::max(made(clock_.now_ns()), next_) - next_;
    truth_.left += left_;
    truth_.made += left_;
  }
}

Received Device::receive(std::byte* space, std::uint32_t room, std::int64_t deadline_ns,
                         const std::stop_token& stop, BlockHeader& header) noexcept {
  for (;;) {
    const std::int64_t now_ns = clock_.now_ns();
    overflow(now_ns);
    apply_due_faults();
    if (is_gone_) return Received::kGone;
    if (has_error_) {
      has_error_ = false;
      return Received::kError;
    }
    const std::uint64_t ahead = made(now_ns) - std::min(made(now_ns), next_);
    const std::uint64_t change_at = std::min(faults_.next_at(), nominal_again_at_);
    const std::uint64_t until_fault = std::max(change_at, next_ + 1) - next_;
    const auto least =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted(room), until_fault));
    const bool is_silent = now_ns < silent_until_ns_;
    if (!is_silent && ahead >= least) {
      const std::uint64_t most = std::min<std::uint64_t>(room, until_fault);
      const bool is_limited = garbage_left_ > 0 || short_left_ > 0;
      send(space, is_limited ? least : static_cast<std::uint32_t>(std::min(ahead, most)), header);
      return Received::kBlock;
    }
    if (now_ns >= deadline_ns || stop.stop_requested()) return Received::kNothing;
    const std::int64_t due_ns = ahead >= least
                                    ? silent_until_ns_
                                    : std::max(pace_.time_of(next_ + least), silent_until_ns_);
    clock_.sleep_until(std::min(deadline_ns, due_ns), stop);
  }
}

// The smallest block worth sending now.
std::uint32_t Device::wanted(std::uint32_t room) const noexcept {
  std::uint64_t count = room;
  if (settings_.is_paced && settings_.latency_s > 0) count = std::min(count, latency_samples_);
  if (garbage_left_ > 0) count = std::min(count, garbage_left_);
  if (short_left_ > 0)
    count = std::min({count, short_left_, 1 + mix(settings_.seed ^ next_) % kLongestShortBlock});
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(count, 1));
}

std::uint64_t Device::made(std::int64_t now_ns) const noexcept {
  return settings_.is_paced ? pace_.made_at(now_ns) : FaultSchedule::kNever;
}

void Device::apply_due_faults() noexcept {
  for (; !is_gone_ && faults_since_block_ < kMostFaultsAtOnce; ++faults_since_block_) {
    if (nominal_again_at_ <= next_) {
      nominal_again_at_ = FaultSchedule::kNever;
      run_at(1);
    }
    if (faults_.next_at() > next_) return;
    apply(faults_.take());
  }
}

void Device::apply(const Fault& fault) noexcept {
  const FaultPlan& plan = *fault.plan;
  const bool takes_samples = plan.kind == FaultKind::kLostRun || plan.kind == FaultKind::kBurst ||
                             plan.kind == FaultKind::kGarbage ||
                             plan.kind == FaultKind::kOverrunInexact;
  truth_.note(plan.kind, next_, takes_samples ? fault.samples : 0, clock_.now_ns());
  const std::int64_t due_ns = settings_.is_paced ? pace_.time_of(next_) : clock_.now_ns();
  switch (plan.kind) {
    case FaultKind::kLostRun:
    case FaultKind::kBurst: lose(plan.kind, fault.samples); return;
    case FaultKind::kOverrunInexact:
      lose(plan.kind, fault.samples);
      uncounted_ += fault.samples;
      has_overrun_ = true;
      return;
    case FaultKind::kGarbage: garbage_left_ += fault.samples; return;
    case FaultKind::kShortBlocks: short_left_ += fault.samples; return;
    case FaultKind::kStall: silent_until_ns_ = due_ns + to_ns(plan.duration_s); return;
    case FaultKind::kUnplug:
      is_gone_ = true;
      gone_for_s_ = plan.duration_s;
      back_at_ns_ = due_ns + to_ns(plan.duration_s);
      return;
    case FaultKind::kClockDrift:
    case FaultKind::kWrongRate:
      run_at(plan.kind == FaultKind::kClockDrift ? 1 + plan.value : plan.value);
      if (plan.duration_s > 0) {
        nominal_again_at_ =
            next_ + std::max<std::uint64_t>(
                        static_cast<std::uint64_t>(plan.duration_s * settings_.rate_hz.value()), 1);
      }
      return;
    case FaultKind::kClockJump:
      jumped_ticks_ += std::llround(plan.jump_s * settings_.rate_hz.value());
      return;
    case FaultKind::kError: has_error_ = true; return;
  }
}

void Device::lose(FaultKind kind, std::uint64_t samples) noexcept {
  next_ += samples;
  truth_.made += samples;
  truth_.lost[static_cast<std::size_t>(kind)] += samples;
}

void Device::run_at(double factor) noexcept {
  constexpr double kSlowest_hz = 1e-5;  // so that the ratio is not zero
  const double changed_hz = std::max(settings_.rate_hz.value() * factor, kSlowest_hz);
  const Rational rate_hz = factor == 1 ? settings_.rate_hz : rational_from(changed_hz);
  pace_ = {pace_.time_of(next_), next_, rate_hz};
}

// The buffer is a ring: what is not read in time is overwritten, the oldest first.
void Device::overflow(std::int64_t now_ns) noexcept {
  if (is_gone_ || !settings_.is_paced) return;
  const std::uint64_t made_now = made(now_ns);
  if (made_now <= next_ + buffer_samples_) return;
  const std::uint64_t samples = made_now - buffer_samples_ - next_;
  next_ += samples;
  truth_.made += samples;
  truth_.overflowed += samples;
}

void Device::send(std::byte* space, std::uint32_t count, BlockHeader& header) noexcept {
  const Source::Clipped clipped = source_->write(next_, count, space);
  header = {.sync = kSync,
            .count = count,
            .counter = next_ - uncounted_,
            .ticks = static_cast<std::int64_t>(next_) + jumped_ticks_,
            .overranged_low = clipped.low,
            .overranged_high = clipped.high,
            .has_overrun = has_overrun_ ? 1U : 0U};
  header.check = check_of(header);
  faults_since_block_ = 0;
  short_left_ -= std::min<std::uint64_t>(short_left_, count);
  if (garbage_left_ > 0) {
    damage(space, count, header);
    garbage_left_ -= count;
    lose(FaultKind::kGarbage, count);
    return;
  }
  has_overrun_ = false;
  next_ += count;
  truth_.made += count;
  truth_.sent += count;
}

// Turns one bit of the header and scrambles the samples.
void Device::damage(std::byte* space, std::uint32_t count, BlockHeader& header) noexcept {
  const std::uint64_t bits = mix(settings_.seed ^ mix(++damages_));
  std::byte raw[sizeof(BlockHeader)];
  std::memcpy(raw, &header, sizeof(header));
  raw[bits / 8 % sizeof(raw)] ^= std::byte{1} << (bits % 8);
  std::memcpy(&header, raw, sizeof(header));
  const std::size_t bytes = count * settings_.channels.size() * size_of(settings_.dtype);
  for (std::size_t i = 0; i < bytes; ++i) space[i] ^= static_cast<std::byte>(bits >> (i % 57));
}

}  // namespace acq::sim
