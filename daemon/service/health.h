// Which stages of the program are alive, judged by their own progress.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/cache_line.h"
#include "dsp/base/clock.h"

namespace acq {

// The sign of life of one stage. Written by the stage's own thread, real-time safe; read by Health.
//
// A stage calls advance() when it wakes to work and after each piece of it (a packet read, a
// deadline kept, a frame sent), and rest() before it waits for others to bring work. One word holds
// both, so that a stage just woken is never taken for one that hangs. In a cache line of its own, as each stage
// writes its beat for every packet.
class alignas(kCacheLine) Beat {
 public:
  void advance() noexcept { put(false); }
  void rest() noexcept { put(true); }

 private:
  friend class Health;

  void put(bool is_resting) noexcept {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    word_.store(((word | 1) + 1) | (is_resting ? 1 : 0), std::memory_order_relaxed);
  }

  // Twice the number of signs given; the lowest bit is set while the stage rests.
  std::atomic<std::uint64_t> word_{0};
};

// A stage that has work and makes no progress.
struct Stall {
  std::string stage;
  std::int64_t since_ns = 0;  // when it was last seen to move
};

// Looks at every beat. Any thread.
class Health {
 public:
  // A stage may take `patience_ns` for one piece of work.
  Health(const Clock& clock, std::int64_t patience_ns) noexcept
      : clock_(clock), patience_ns_(patience_ns) {}

  // Watches a stage from now until the beat is let go. The name is what the operator reads.
  // `has_work`, called by look(), tells whether something waits for the stage: then resting is no
  // excuse. Without it a resting stage is believed.
  [[nodiscard]] std::shared_ptr<Beat> enlist(std::string_view stage,
                                             std::function<bool()> has_work = {});

  // Compares every beat with the last look; returns those without progress for longer than the
  // patience.
  [[nodiscard]] std::vector<Stall> look();
  [[nodiscard]] bool all_alive() { return look().empty(); }

 private:
  struct Watched {
    std::string stage;
    std::weak_ptr<Beat> beat;
    std::function<bool()> has_work;
    std::uint64_t word = 0;
    std::int64_t moved_ns = 0;
  };

  const Clock& clock_;
  const std::int64_t patience_ns_;
  std::mutex mutex_;
  std::vector<Watched> watched_;
};

}  // namespace acq
