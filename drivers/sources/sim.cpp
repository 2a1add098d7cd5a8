// sim: a simulated instrument.
//
// Delivers  one stream `wave`: 1..64 channels, i8 u8 i16 u16 i32 f32, interleaved or planar
// Params    drivers/sim/parameters.cpp
// Stamps    monotonic: host time at start plus n / rate, computed, sigma 1 ns; counter: the
//           device's own ticks of 1 / rate since start, free-running
// Loss      exact, from the counter the device sends with each block; inexact only where fault
//           overrun_inexact says so. At pace real the oldest samples beyond `buffer` are lost
// Waits     pace fast loses nothing, however late it is read
// Unplug    the device goes on counting: the first packet after the return tells how many are lost
// Errors    kInvalid settings that do not fit together; kDisconnected, kIo by fault; kOverflow a
//           packet without room for one scan
// Checked   tests/drivers/sim_test.cpp and tests/drivers/sim/
#include <algorithm>
#include <memory>
#include <string>

#include "drivers/driver.h"
#include "drivers/restart.h"
#include "drivers/sample_clock.h"
#include "drivers/sim/device.h"
#include "drivers/sim/parameters.h"
#include "drivers/sim/settings.h"
#include "drivers/sim/truth.h"

namespace acq {
namespace {

class Sim final : public Driver {
 public:
  explicit Sim(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    Result<sim::Settings> settings = sim::settings_from(params);
    if (!settings) return tl::unexpected<Error>(settings.error());
    const bool was_gone = device_ != nullptr && device_->is_gone();
    if (was_gone && !device_->is_there()) return fail(Code::kDisconnected, "sim is unplugged");
    if (was_gone && what_restarts(sim::parameters(), params_, params).empty()) {
      device_->change(*settings);
    } else {
      device_ = std::make_unique<sim::Device>(*settings, clock_, truth_);
    }
    take_over(std::move(*settings), params);
    is_open_ = true;
    return instrument_info();
  }

  Result<void> start() override {
    if (!is_open_) return fail(Code::kInvalid, "sim is not open");
    if (is_running_) return {};
    is_running_ = true;
    tail_ = {};
    is_back_ = device_->is_gone();
    if (!is_back_) {
      expected_ = 0;
      host_time_ = {clock_.now_ns(), 0, settings_.rate_hz};
    }
    device_->start();
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "sim is not started");
    const std::uint32_t room = packet.room(*info_);
    if (room == 0) return fail(Code::kOverflow, "a packet of sim has no room for one scan");
    sim::BlockHeader header;
    const sim::Received received =
        device_->receive(packet.samples, room, deadline_ns, stop, header);
    if (truth_.faults != faults_written_) keep_truth();
    switch (received) {
      case sim::Received::kGone: return fail(Code::kDisconnected, "sim was unplugged");
      case sim::Received::kError: return fail(Code::kIo, "sim reports a failed transfer");
      case sim::Received::kNothing: return ReadOutcome::kNothing;
      case sim::Received::kBlock: break;
    }
    // A damaged block is dropped; the counter of the next good one tells how much it held.
    if (!sim::is_intact(header)) return ReadOutcome::kNothing;
    deliver(packet, header);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    device_->stop();
    const sim::Device::State state = device_->state();
    tail_ = gap_until(state.counter, state.has_overrun);
    expected_ = state.counter;
    write_truth();
  }

  void close() override {
    stop();
    is_open_ = false;
  }

  Result<void> set(const Params& params) override {
    if (!is_open_) return fail(Code::kInvalid, "sim is not open");
    if (const std::string name = what_restarts(sim::parameters(), params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of sim does not change while running", name);
    Result<sim::Settings> settings = sim::settings_from(params);
    if (!settings) return tl::unexpected<Error>(settings.error());
    device_->change(*settings);
    take_over(std::move(*settings), params);
    return {};
  }

  [[nodiscard]] Gap tail_loss(std::uint32_t) const override { return tail_; }

 private:
  void take_over(sim::Settings settings, const Params& params) {
    settings_ = std::move(settings);
    params_ = params;
    info_ = std::make_shared<const StreamInfo>(sim::stream_info(settings_));
  }

  [[nodiscard]] InstrumentInfo instrument_info() const {
    const bool is_exact = std::none_of(
        settings_.faults.begin(), settings_.faults.end(),
        [](const sim::FaultPlan& plan) { return plan.kind == sim::FaultKind::kOverrunInexact; });
    return {.vendor = "acqd",
            .model = "sim",
            .serial = settings_.serial,
            .transport = "none",
            .streams = {info_},
            .loss_report = is_exact ? LossReport::kExact : LossReport::kInexact,
            .can_wait = !settings_.is_paced,
            .reads_settings_back = true};
  }

  [[nodiscard]] Gap gap_until(std::uint64_t counter, bool has_overrun) const noexcept {
    Gap gap;
    if (counter > expected_)
      gap = {.samples = counter - expected_, .reasons = is_back_ ? kGapReconnect : kGapDevice};
    if (has_overrun) gap.add({.samples = 0, .reasons = kGapDevice, .is_exact = false});
    return gap;
  }

  void deliver(Packet& packet, const sim::BlockHeader& header) noexcept {
    packet.stream = 0;
    packet.count = header.count;
    packet.gap_before = gap_until(header.counter, header.has_overrun != 0);
    packet.flags = info_->flags;
    packet.overrange_low = header.overranged_low;
    packet.overrange_high = header.overranged_high;
    if ((header.overranged_low | header.overranged_high) != 0) packet.flags |= kFlagOverrange;
    packet.info = info_;
    stamp(header.ticks, packet.stamp);
    expected_ = header.counter + header.count;
    is_back_ = false;
  }

  void stamp(std::int64_t ticks, Stamp& stamp) const noexcept {
    stamp.origin = settings_.stamps_monotonic ? TimeOrigin::kComputed : TimeOrigin::kDeviceReported;
    stamp.clock_state = ClockState::kFree;
    stamp.host_rx_ns = clock_.now_ns();
    if (settings_.stamps_monotonic) {
      stamp.t0_ticks = host_time_.time_of_tick(ticks);
      stamp.tick_s = {1, 1'000'000'000};
      stamp.scale = TimeScale::kMonotonic;
      stamp.sigma_ns = 1;  // rounding up to whole nanoseconds
    } else {
      stamp.t0_ticks = ticks;
      stamp.tick_s = {settings_.rate_hz.den, settings_.rate_hz.num};
      stamp.scale = TimeScale::kFreeRunning;
      stamp.sigma_ns = 0;
    }
  }

  // Not after each fault, as there may be thousands a second.
  void keep_truth() {
    constexpr std::int64_t kPause_ns = 100'000'000;
    const std::int64_t now_ns = clock_.now_ns();
    if (now_ns - truth_written_ns_ < kPause_ns) return;
    truth_written_ns_ = now_ns;
    write_truth();
  }

  // A truth that cannot be written is missed by the test that reads it; acquisition goes on.
  void write_truth() {
    faults_written_ = truth_.faults;
    if (!settings_.truth_file.empty())
      static_cast<void>(sim::write_truth(truth_, settings_.truth_file));
  }

  const Clock& clock_;
  Params params_;
  sim::Settings settings_;
  std::shared_ptr<const StreamInfo> info_;
  sim::Truth truth_;
  std::unique_ptr<sim::Device> device_;
  SampleClock host_time_;       // of the device's ticks
  std::uint64_t expected_ = 0;  // counter after the last delivered sample
  std::uint64_t faults_written_ = 0;
  std::int64_t truth_written_ns_ = 0;
  Gap tail_;
  bool is_open_ = false;
  bool is_running_ = false;
  bool is_back_ = false;  // nothing delivered yet since it was plugged in again
};

}  // namespace

extern const DriverEntry driver_sim{
    .name = "sim",
    .summary = "simulated instrument: signal generators, converter, pacing, faults",
    .params = sim::parameters(),
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Sim>(clock);
    },
    .is_virtual = true,
    .example = [] { return Table{{"channels", 4.0}, {"rate", std::string("1 MHz")}}; },
};

}  // namespace acq
