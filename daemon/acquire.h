// Stage 1: one instrument's thread, from its driver into the rings of its consumers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/captured_driver.h"
#include "daemon/events.h"
#include "daemon/feed.h"
#include "daemon/service/health.h"
#include "drivers/driver.h"
#include "dsp/base/cache_line.h"
#include "proto/config.h"

namespace acq {

enum class InstrumentState : std::uint8_t {
  kAbsent,
  kProbing,
  kLoadingFirmware,
  kReady,
  kArmed,
  kAcquiring,
  kDegraded,
  kReconnecting,
  kFaulted,
  kDisabled,
};

// What an instrument's stream has made so far.
struct alignas(kCacheLine) StreamCounters {
  Counter made;
  Counter packets;
};

// Reads the device as fast as it delivers and never waits for the rest of the program, unless the
// source can wait and the configuration asks it to: a full ring costs that consumer samples,
// counted.
//
// Threads: everything public on the control thread; the loop runs on its own. Feeds may be attached
// and detached while it runs: they change between two packets.
class Acquire {
 public:
  Acquire(std::string name, const InstrumentConfig& config, Params params, const DriverEntry& entry,
          const Clock& clock, Health& health, EventLog& events);
  ~Acquire();
  Acquire(const Acquire&) = delete;
  Acquire& operator=(const Acquire&) = delete;

  // Opens the instrument while the thread does not run. kDisconnected: it is not there now; start()
  // will keep trying. Anything else: it cannot be used with these settings.
  Result<void> open();
  // What it delivers, once it was open; empty streams before.
  [[nodiscard]] const InstrumentInfo& info() const noexcept { return info_; }
  [[nodiscard]] std::size_t packet_bytes() const noexcept { return packet_bytes_; }

  Result<void> start();
  // Asks the kernel for real-time priority at the next start; see note().
  void want_realtime() noexcept { asks_realtime_ = true; }
  // Stops the source and the thread; what is queued stays for the consumers.
  void stop();
  [[nodiscard]] bool is_running() const noexcept { return thread_.joinable(); }
  // The source came back as something else (other channels, rate or format): plan anew.
  [[nodiscard]] bool has_changed() const noexcept { return has_changed_.load(); }

  // Whether it says something new of itself, and info() now tells it: another identity after a
  // reconnection, another scale after a live change.
  bool take_info();

  // A ring of the right size for this instrument's pool.
  [[nodiscard]] std::shared_ptr<Feed> make_feed(std::shared_ptr<Doorbell> consumer) const;
  // The feeds of each stream, in force before this returns, or as soon as the source is back.
  using FeedLists = std::vector<std::vector<std::shared_ptr<Feed>>>;
  void set_feeds(FeedLists feeds);

  // Live parameters, between two packets when running. `config` is remembered when they are taken.
  Result<void> set(const InstrumentConfig& config, const Params& params);
  [[nodiscard]] const Params& params() const noexcept { return params_; }
  // What the instrument itself says of its settings, where it says it.
  [[nodiscard]] Table told() const;
  // Changes that need the instrument closed; call stop() first, open() after.
  void replace(const InstrumentConfig& config, Params params);
  // Closes the source; what passes between it and the instrument is noted from its next open() on.
  // Call stop() first.
  void listen(std::shared_ptr<Capture> capture);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const DriverEntry& driver() const noexcept { return entry_; }
  [[nodiscard]] const InstrumentConfig& config() const noexcept { return config_; }
  [[nodiscard]] InstrumentState state() const noexcept { return state_.load(); }
  [[nodiscard]] std::string last_error() const;
  // What the kernel refused the thread, empty when nothing.
  [[nodiscard]] std::string note() const;
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_.load(); }
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return reconnects_.get(); }
  [[nodiscard]] const std::vector<std::unique_ptr<StreamCounters>>& counters() const noexcept {
    return counters_;
  }
  [[nodiscard]] const PacketPool* pool() const noexcept { return pool_.get(); }
  [[nodiscard]] const std::shared_ptr<PacketPool>& shared_pool() const noexcept { return pool_; }
  // When the state last changed, ns UTC.
  [[nodiscard]] std::int64_t since_utc_ns() const noexcept { return since_utc_ns_.load(); }

 private:
  struct Stream {
    std::uint64_t next_index = 0;
    std::int64_t last_rx_ns = 0;
    bool is_first_of_epoch = true;
  };

  void run(const std::stop_token& stop);
  Result<void> set_while_running(const Params& params);
  void read_one(const std::stop_token& stop);
  Packet* next_packet(const std::stop_token& stop);
  [[nodiscard]] std::size_t share_of_pool() const noexcept;
  [[nodiscard]] bool has_room() const noexcept;
  void number(Packet& packet) noexcept;
  void hand_over(Packet* packet, bool is_scratch) noexcept;
  void tell_over(bool is_over);
  void recover(const Error& error, const std::stop_token& stop);
  void count_tail_losses() noexcept;
  void begin_epochs(std::uint32_t count) noexcept;
  void take_replayed();
  void take_changes() noexcept;
  void offer_info() noexcept;
  void set_state(InstrumentState state, const std::string& why = {});
  void tell_in_force();
  void make_pool();

  const std::string name_;
  InstrumentConfig config_;
  Params params_;
  const DriverEntry& entry_;
  const Clock& clock_;
  EventLog& events_;
  std::shared_ptr<Beat> beat_;
  std::unique_ptr<CapturedDriver> driver_;
  InstrumentInfo info_;  // the control thread's
  InstrumentInfo live_;  // the instrument's thread's: what its packets say
  bool has_to_offer_ = false;
  bool is_open_ = false;
  std::size_t packet_bytes_ = 0;
  std::shared_ptr<PacketPool> pool_;
  std::unique_ptr<PacketPool> scratch_pool_;
  Packet* scratch_ = nullptr;
  std::shared_ptr<Doorbell> room_bell_ = std::make_shared<Doorbell>();
  std::vector<Stream> streams_;
  std::vector<std::unique_ptr<StreamCounters>> counters_;
  FeedLists feeds_;
  const std::shared_ptr<std::atomic<bool>> is_over_ = std::make_shared<std::atomic<bool>>(false);
  FeedLists wanted_feeds_;  // the control thread's copy of what is, or will be, in force

  std::atomic<InstrumentState> state_{InstrumentState::kReady};
  std::atomic<std::int64_t> since_utc_ns_{0};
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> has_changed_{false};
  Counter reconnects_;
  bool has_ended_ = false;
  bool asks_realtime_ = false;

  // What the control thread wants changed between two packets, and what it is told.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> has_changes_{false};
  FeedLists next_feeds_;
  bool has_next_feeds_ = false;
  std::optional<Params> next_params_;
  std::optional<Result<void>> set_result_;
  std::optional<InstrumentInfo> offered_;
  Table told_;
  std::string last_error_;
  std::string note_;

  std::jthread thread_;
};

}  // namespace acq
