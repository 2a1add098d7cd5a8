// The far side of the simulated cable: makes samples in its own time, and suffers the faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "drivers/sample_clock.h"
#include "drivers/sim/faults.h"
#include "drivers/sim/settings.h"
#include "drivers/sim/source.h"
#include "drivers/sim/truth.h"
#include "dsp/base/clock.h"

namespace acq::sim {

// What the device sends before each block of samples. Host byte order: the cable is a function
// call.
struct BlockHeader {
  std::uint32_t sync = 0;
  std::uint32_t count = 0;    // scans that follow
  std::uint64_t counter = 0;  // of made samples, as far as the device knows
  std::int64_t ticks = 0;     // time of the first sample, in sample periods since start
  std::uint64_t overranged_low = 0;
  std::uint64_t overranged_high = 0;
  std::uint64_t has_overrun = 0;  // samples before this block were lost and not counted
  std::uint64_t check = 0;        // over all of the above
};
bool is_intact(const BlockHeader& header) noexcept;

enum class Received : std::uint8_t { kBlock, kNothing, kGone, kError };

// Threads: the instrument's own. receive() does not allocate.
class Device {
 public:
  Device(const Settings& settings, const Clock& clock, Truth& truth);

  // Live settings; the faults start anew from here when they differ.
  void change(const Settings& settings);

  void start();  // numbering from 0; after a kGone it goes on instead
  // Sends one block of at most `room` scans into `space`, waiting for it until the deadline.
  Received receive(std::byte* space, std::uint32_t room, std::int64_t deadline_ns,
                   const std::stop_token& stop, BlockHeader& header) noexcept;
  void stop();

  [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }
  // Whether it answers when somebody looks for it.
  [[nodiscard]] bool is_there() const noexcept {
    return !is_gone_ || clock_.now_ns() >= back_at_ns_;
  }
  // What it answers when asked for its state.
  struct State {
    std::uint64_t counter = 0;  // of made samples, as far as it knows; final after stop()
    bool has_overrun = false;   // lost some more since the last block
  };
  [[nodiscard]] State state() const noexcept { return {next_ + left_ - uncounted_, has_overrun_}; }

 private:
  [[nodiscard]] std::uint32_t wanted(std::uint32_t room) const noexcept;
  [[nodiscard]] std::uint64_t made(std::int64_t now_ns) const noexcept;
  void apply_due_faults() noexcept;
  void apply(const Fault& fault) noexcept;
  void lose(FaultKind kind, std::uint64_t samples) noexcept;
  void run_at(double factor) noexcept;
  void overflow(std::int64_t now_ns) noexcept;
  void send(std::byte* space, std::uint32_t count, BlockHeader& header) noexcept;
  void damage(std::byte* space, std::uint32_t count, BlockHeader& header) noexcept;

  const Clock& clock_;
  Truth& truth_;
  Settings settings_;
  std::shared_ptr<const NoiseTable> noise_;
  std::unique_ptr<Source> source_;
  FaultSchedule faults_;
  SampleClock pace_;

  std::uint64_t latency_samples_ = 0;
  std::uint64_t buffer_samples_ = 1;
  std::uint64_t next_ = 0;       // sample that comes next out of the device
  std::uint64_t left_ = 0;       // made and never sent, known at stop
  std::uint64_t uncounted_ = 0;  // lost without the device's counter noticing
  std::uint64_t garbage_left_ = 0;
  std::uint64_t short_left_ = 0;
  std::uint64_t nominal_again_at_ = FaultSchedule::kNever;
  std::uint64_t damages_ = 0;
  std::int64_t jumped_ticks_ = 0;
  std::int64_t silent_until_ns_ = 0;
  std::int64_t back_at_ns_ = 0;
  double gone_for_s_ = 0;
  int faults_since_block_ = 0;
  bool has_overrun_ = false;
  bool has_error_ = false;
  bool is_gone_ = false;
  bool is_running_ = false;
};

}  // namespace acq::sim
