#include "daemon/process.h"

#include <pthread.h>

#include <algorithm>

#include "daemon/hand_over.h"
#include "daemon/service/rights.h"
#include "dsp/base/clock.h"

namespace acq {
namespace {

// How long a worker without work sleeps before it looks again on its own.
constexpr std::int64_t kIdle_ns = 1'000'000'000;

}  // namespace

Worker::Worker(std::string name, Health& health)
    : name_(std::move(name)),
      beat_(health.enlist("process " + name_, [this] { return !is_drained(); })) {
  beat_->rest();
}

Worker::~Worker() {
  stop();
}

void Worker::start(bool asks_realtime) {
  if (thread_.joinable()) return;
  asks_realtime_ = asks_realtime;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), ("dsp:" + name_).substr(0, 15).c_str());
    run(stop);
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_->ring();
  thread_.join();
  thread_ = {};
}

std::string Worker::note() const {
  const std::scoped_lock lock(mutex_);
  return note_;
}

bool Worker::is_drained() const {
  return std::all_of(plan_->inlets.begin(), plan_->inlets.end(),
                     [](const Inlet& inlet) { return inlet.feed->queued() == 0; });
}

void Worker::put_in_force(std::unique_ptr<WorkerPlan> plan) {
  next_.store(plan.get(), std::memory_order_release);
  if (!thread_.joinable()) return swap_plans();
  bell_->ring();
  next_.wait(plan.get(), std::memory_order_acquire);
}

void Worker::run(const std::stop_token& stop) {
  if (asks_realtime_) {
    std::string note = ask_realtime("process " + name_);
    const std::scoped_lock lock(mutex_);
    note_ = std::move(note);
  }
  while (!stop.stop_requested()) {
    if (run_once()) continue;
    bell_->arm();
    beat_->rest();
    if (!run_once() && !stop.stop_requested())
      bell_->wait_until(system_clock().now_ns() + kIdle_ns);
    bell_->disarm();
  }
  for (const Unit& unit : plan_->units) {
    if (unit.outlet) unit.outlet->flush();
  }
  beat_->rest();
}

// One packet of each inlet that has one, so that no stream starves another. A source that waits is
// made to where a pipeline that joins it with another has no room for more of it: until the other one
// has come as far, or has nothing more to come.
bool Worker::run_once() noexcept {
  swap_plans();
  bool has_worked = false;
  bool is_held = false;
  for (Inlet& inlet : plan_->inlets) {
    if (inlet.feed->waits && is_ahead(inlet)) {
      is_held = true;
    } else {
      has_worked |= work_on(inlet);
    }
  }
  if (has_worked || !is_held || can_more_come()) return has_worked;
  for (Inlet& inlet : plan_->inlets) has_worked |= work_on(inlet);
  return has_worked;
}

bool Worker::work_on(Inlet& inlet) noexcept {
  PacketRef* ref = inlet.feed->ring.front();
  if (ref == nullptr) return false;
  if (const PacketRef* next = inlet.feed->ring.behind_front()) __builtin_prefetch(next->packet);
  beat_->advance();
  process(inlet, *ref);
  return true;
}

bool Worker::is_ahead(const Inlet& inlet) const noexcept {
  return std::any_of(inlet.connections.begin(), inlet.connections.end(), [&](const auto& c) {
    const Pipeline& pipeline = *plan_->units[c.unit].pipeline;
    return pipeline.is_wanted() && !pipeline.has_room(c.input);
  });
}

// Whether a source that waits is still to bring something to an empty ring.
bool Worker::can_more_come() const noexcept {
  return std::any_of(plan_->inlets.begin(), plan_->inlets.end(), [](const Inlet& inlet) {
    const Feed& feed = *inlet.feed;
    // In this order: what came before the end is in the ring then.
    return feed.waits && !feed.is_over->load(std::memory_order_acquire) &&
           inlet.feed->ring.front() == nullptr;
  });
}

void Worker::process(Inlet& inlet, const PacketRef& ref) noexcept {
  const std::int64_t start_ns = system_clock().now_ns();
  Packet* packet = ref.packet;
  const std::uint32_t count = packet->count;
  const std::int64_t waited_ns = std::max<std::int64_t>(0, start_ns - packet->stamp.host_rx_ns);
  bool is_wanted = false;
  bool converts = false;
  for (Inlet::Connection& connection : inlet.connections) {
    if (!plan_->units[connection.unit].pipeline->is_wanted()) {
      connection.was_wanted = false;
      continue;
    }
    is_wanted = true;
    converts = converts || connection.needs_planes;
  }
  const bool is_suitable = inlet.intake->suits(*packet->info);
  if (is_suitable && is_wanted) {
    Chunk chunk;
    inlet.intake->take(*packet, ref.lost, converts, chunk);
    for (Inlet::Connection& connection : inlet.connections) push(connection, chunk);
  }
  Feed& feed = *inlet.feed;
  HandOver::finish(feed, packet, count, is_suitable ? feed.delivered : feed.unsuitable);
  const std::int64_t busy_ns = system_clock().now_ns() - start_ns;
  counters_.packets.add(1);
  counters_.wait_ns.add(static_cast<std::uint64_t>(waited_ns));
  counters_.worst_wait_ns.raise_to(static_cast<std::uint64_t>(waited_ns));
  counters_.busy_ns.add(static_cast<std::uint64_t>(busy_ns));
  counters_.worst_busy_ns.raise_to(static_cast<std::uint64_t>(busy_ns));
}

void Worker::push(Inlet::Connection& connection, const Chunk& chunk) noexcept {
  Pipeline& pipeline = *plan_->units[connection.unit].pipeline;
  const bool is_wanted = pipeline.is_wanted();
  if (is_wanted) {
    const std::uint64_t jump = connection.next_index == 0
                                   ? chunk.gap_before.samples
                                   : chunk.first_index - connection.next_index;
    if (jump == chunk.gap_before.samples) {
      pipeline.push(connection.input, chunk);
    } else {
      // The blocks must know that time has passed.
      Chunk resumed = chunk;
      resumed.gap_before.samples = jump;
      resumed.gap_before.reasons |= connection.was_wanted ? kGapReconfigure : kGapPaused;
      pipeline.push(connection.input, resumed);
    }
    connection.next_index = chunk.first_index + chunk.count;
  }
  connection.was_wanted = is_wanted;
}

void Worker::swap_plans() noexcept {
  WorkerPlan* next = next_.load(std::memory_order_acquire);
  if (next == nullptr) return;
  take_over(*next, *plan_);
  std::swap(*next, *plan_);  // the control thread's object now holds the old plan
  counters_.swaps.add(1);
  next_.store(nullptr, std::memory_order_release);
  next_.notify_one();
}

// Moves what is kept from the plan before into the next one, and connects the units. Swaps only:
// nothing is allocated or freed.
void Worker::take_over(WorkerPlan& next, WorkerPlan& before) noexcept {
  for (Unit& unit : next.units) {
    const auto old = std::find_if(before.units.begin(), before.units.end(),
                                  [&](const Unit& u) { return u.name == unit.name; });
    if (old == before.units.end()) continue;
    if (unit.keeps) {
      unit.pipeline.swap(old->pipeline);
      unit.outlet.swap(old->outlet);
      if (unit.outlet) {
        auto info = unit.info;
        unit.outlet->swap_info(info);
        old->info.swap(info);
      }
      continue;
    }
    unit.pipeline->adopt(*old->pipeline);
    if (unit.outlet && old->outlet) unit.outlet->adopt(*old->outlet);
  }
  for (Unit& old : before.units) {
    if (old.outlet) old.outlet->flush();
  }
  for (Unit& unit : next.units) {
    for (std::size_t i = 0; i < unit.branches.size(); ++i) {
      const Unit::Branch& branch = unit.branches[i];
      unit.taps[i] = {branch.point, next.units[branch.unit].pipeline.get(), branch.input};
    }
    unit.pipeline->connect(unit.outlet.get(), unit.taps);
  }
  for (Inlet& inlet : next.inlets) {
    const auto old = std::find_if(before.inlets.begin(), before.inlets.end(),
                                  [&](const Inlet& i) { return i.feed == inlet.feed; });
    if (old == before.inlets.end()) continue;
    for (Inlet::Connection& connection : inlet.connections) {
      const std::string& name = next.units[connection.unit].name;
      for (const Inlet::Connection& c : old->connections) {
        if (before.units[c.unit].name != name || c.input != connection.input) continue;
        connection.was_wanted = c.was_wanted;
        connection.next_index = c.next_index;
      }
    }
  }
}

}  // namespace acq
