// Stage 2: one worker's thread, from its rings through the pipelines to frames.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/feed.h"
#include "daemon/outlet.h"
#include "daemon/service/health.h"
#include "dsp/intake.h"
#include "dsp/pipeline.h"

namespace acq {

// A pipeline at work, or the note that the one of the same name is to be kept.
struct Unit {
  // Where another unit of the plan starts from this one.
  struct Branch {
    std::size_t point = 0;
    std::size_t unit = 0;
    std::size_t input = 0;
  };

  std::string name;
  bool keeps = false;  // takes the running pipeline and outlet instead of bringing new ones
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<TopicOutlet> outlet;  // none for a mere source of taps
  std::shared_ptr<const TopicInfo> info;
  std::vector<Branch> branches;
  std::vector<Pipeline::Tap> taps;  // room for the branches, filled when the plan takes over
};

// A stream that comes in.
struct Inlet {
  struct Connection {
    std::size_t unit = 0;
    std::size_t input = 0;
    bool needs_planes = true;
    bool was_wanted = false;
    std::uint64_t next_index = 0;
  };

  std::string stream;  // "instrument/stream"
  std::shared_ptr<Feed> feed;
  std::unique_ptr<Intake> intake;
  std::vector<Connection> connections;
};

// Everything a worker runs, built off its thread and swapped in between two packets.
struct WorkerPlan {
  std::uint64_t revision = 0;
  std::vector<Inlet> inlets;
  std::vector<Unit> units;
};

struct WorkerCounters {
  Counter packets;
  Counter wait_ns;
  Counter worst_wait_ns;
  Counter busy_ns;
  Counter worst_busy_ns;
  Counter swaps;
};

// Runs pipelines to completion, packet by packet. Nothing on the thread allocates, locks or waits
// while there is work.
//
// Threads: everything public on the control thread.
class Worker {
 public:
  Worker(std::string name, Health& health);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start(bool asks_realtime);
  void stop();

  // Puts a plan in force before the next packet, and returns when it is: at once while the thread
  // does not run. The plan it replaces is freed here.
  void put_in_force(std::unique_ptr<WorkerPlan> plan);

  // Whether all rings are empty; false until then.
  [[nodiscard]] bool is_drained() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::shared_ptr<Doorbell>& bell() const noexcept { return bell_; }
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
  // The plan in force; changes only in put_in_force().
  [[nodiscard]] const WorkerPlan& plan() const noexcept { return *plan_; }
  // What the kernel refused the thread, empty when nothing.
  [[nodiscard]] std::string note() const;

 private:
  void run(const std::stop_token& stop);
  bool run_once() noexcept;
  bool work_on(Inlet& inlet) noexcept;
  [[nodiscard]] bool is_ahead(const Inlet& inlet) const noexcept;
  [[nodiscard]] bool can_more_come() const noexcept;
  void process(Inlet& inlet, const PacketRef& ref) noexcept;
  void push(Inlet::Connection& connection, const Chunk& chunk) noexcept;
  void swap_plans() noexcept;
  static void take_over(WorkerPlan& next, WorkerPlan& before) noexcept;

  const std::string name_;
  std::shared_ptr<Beat> beat_;
  std::shared_ptr<Doorbell> bell_ = std::make_shared<Doorbell>();
  WorkerCounters counters_;
  std::unique_ptr<WorkerPlan> plan_ = std::make_unique<WorkerPlan>();
  // Order: the control thread's release of a new plan pairs with the worker's acquire; the worker's
  // release of the old one back (nullptr in next_) pairs with the control thread's acquire.
  std::atomic<WorkerPlan*> next_{nullptr};
  bool asks_realtime_ = false;
  mutable std::mutex mutex_;
  std::string note_;
  std::jthread thread_;
};

}  // namespace acq
