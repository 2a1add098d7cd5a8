// sim: a simulated instrument.
//
// Delivers  one stream `wave`: 1..64 channels, i8 u8 i16 u16 i32 f32, interleaved or planar
// Params    see drivers/sim/settings.cpp
// Stamps    monotonic: host time at start plus n / rate, computed, sigma 1 ns; counter: ticks of
//           1 / rate since start, free-running
// Loss      exact: when read too late at pace real, the oldest samples beyond `buffer`
// Waits     pace fast loses nothing, however late it is read
// Errors    kInvalid settings that do not fit together
// Checked   tests/drivers/sim_test.cpp, tests/drivers/sim_*_test.cpp
#include <algorithm>
#include <memory>

#include "drivers/driver.h"
#include "drivers/sim/sample_clock.h"
#include "drivers/sim/settings.h"
#include "drivers/sim/source.h"

namespace acq {
namespace {

class Sim final : public Driver {
 public:
  explicit Sim(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    Result<sim::Settings> settings = sim::settings_from(params);
    if (!settings) return tl::unexpected<Error>(settings.error());
    apply(std::move(*settings));
    params_ = params;
    is_open_ = true;
    return InstrumentInfo{.vendor = "acqd",
                          .model = "sim",
                          .serial = settings_.serial,
                          .transport = "none",
                          .streams = {info_},
                          .loss_report = LossReport::kExact,
                          .can_wait = !settings_.is_paced,
                          .reads_settings_back = true};
  }

  Result<void> start() override {
    if (!is_open_) return fail(Code::kInvalid, "sim is not open");
    if (is_running_) return {};
    is_running_ = true;
    next_ = 0;
    expected_ = 0;
    start_ns_ = clock_.now_ns();
    pace_ = {start_ns_, 0, settings_.rate_hz};
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "sim is not started");
    const std::uint32_t room = packet.room(*info_);
    if (room == 0) return fail(Code::kOverflow, "a packet of sim has no room for one scan");
    const std::uint32_t count = wanted(room);
    if (settings_.is_paced && !wait_for(count, deadline_ns, stop)) return ReadOutcome::kNothing;
    deliver(packet, count);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    const std::uint64_t made = settings_.is_paced ? pace_.made_at(clock_.now_ns()) : next_;
    tail_ = made > expected_ ? Gap{.samples = made - expected_, .reasons = kGapDevice} : Gap{};
  }

  void close() override {
    stop();
    is_open_ = false;
  }

  Result<void> set(const Params& params) override {
    for (const ParamSpec& spec : sim::parameters()) {
      const auto now = params_.values().find(spec.name);
      const auto wanted = params.values().find(spec.name);
      const bool is_same = (now == params_.values().end()) == (wanted == params.values().end()) &&
                           (now == params_.values().end() || now->second == wanted->second);
      if (!spec.live && !is_same) {
        return fail(Code::kUnsupported,
                    std::string(spec.name) + " of sim does not change while running",
                    std::string(spec.name));
      }
    }
    Result<sim::Settings> settings = sim::settings_from(params);
    if (!settings) return tl::unexpected<Error>(settings.error());
    apply(std::move(*settings));
    params_ = params;
    return {};
  }

  [[nodiscard]] Gap tail_loss(std::uint32_t) const override { return tail_; }

 private:
  void apply(sim::Settings settings) {
    settings_ = std::move(settings);
    source_ = std::make_unique<sim::Source>(settings_);
    info_ = std::make_shared<const StreamInfo>(sim::stream_info(settings_));
    const double rate_hz = settings_.rate_hz.value();
    latency_samples_ = static_cast<std::uint64_t>(settings_.latency_s * rate_hz);
    buffer_samples_ =
        std::max<std::uint64_t>(static_cast<std::uint64_t>(settings_.buffer_s * rate_hz), 1);
  }

  // Samples of the next packet.
  [[nodiscard]] std::uint32_t wanted(std::uint32_t room) const noexcept {
    if (!settings_.is_paced || settings_.latency_s <= 0) return room;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(latency_samples_, 1, room));
  }

  // Until `count` samples are there; false when the deadline or a stop comes first.
  bool wait_for(std::uint32_t count, std::int64_t deadline_ns,
                const std::stop_token& stop) noexcept {
    for (;;) {
      const std::int64_t now_ns = clock_.now_ns();
      const std::uint64_t made = pace_.made_at(now_ns);
      if (made > next_ + buffer_samples_ + count) next_ = made - buffer_samples_;
      if (made >= next_ + count) return true;
      if (now_ns >= deadline_ns || stop.stop_requested()) return false;
      clock_.sleep_until(std::min(deadline_ns, pace_.time_of(next_ + count)), stop);
    }
  }

  void deliver(Packet& packet, std::uint32_t count) noexcept {
    const sim::Source::Clipped clipped = source_->write(next_, count, packet.samples);
    packet.stream = 0;
    packet.count = count;
    packet.gap_before = {};
    if (next_ > expected_)
      packet.gap_before = {.samples = next_ - expected_, .reasons = kGapDevice};
    packet.flags = info_->flags;
    if ((clipped.low | clipped.high) != 0) packet.flags |= kFlagOverrange;
    packet.overrange_low = clipped.low;
    packet.overrange_high = clipped.high;
    packet.info = info_;
    stamp(packet.stamp);
    next_ += count;
    expected_ = next_;
  }

  void stamp(Stamp& stamp) const noexcept {
    stamp.origin = TimeOrigin::kComputed;
    stamp.clock_state = ClockState::kFree;
    stamp.host_rx_ns = clock_.now_ns();
    if (settings_.stamps_monotonic) {
      stamp.t0_ticks = pace_.time_of(next_);
      stamp.tick_s = {1, 1'000'000'000};
      stamp.scale = TimeScale::kMonotonic;
      stamp.sigma_ns = 1;
    } else {
      stamp.t0_ticks = static_cast<std::int64_t>(next_);
      stamp.tick_s = {settings_.rate_hz.den, settings_.rate_hz.num};
      stamp.scale = TimeScale::kFreeRunning;
      stamp.sigma_ns = 0;
    }
  }

  const Clock& clock_;
  Params params_;
  sim::Settings settings_;
  std::shared_ptr<const StreamInfo> info_;
  std::unique_ptr<sim::Source> source_;
  sim::SampleClock pace_;
  std::uint64_t latency_samples_ = 0;
  std::uint64_t buffer_samples_ = 0;
  std::uint64_t next_ = 0;      // sample the device hands over next
  std::uint64_t expected_ = 0;  // sample after the last delivered
  std::int64_t start_ns_ = 0;
  Gap tail_;
  bool is_open_ = false;
  bool is_running_ = false;
};

}  // namespace

extern const DriverEntry driver_sim{
    .name = "sim",
    .summary = "simulated instrument: signal generators, converter, pacing, faults",
    .params = sim::parameters(),
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Sim>(clock);
    },
    .example = [] { return Table{{"channels", 4.0}, {"rate", std::string("1 MHz")}}; },
};

}  // namespace acq
