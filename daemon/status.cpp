#include "daemon/status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "acq/v1/status.pb.h"
#include "daemon/service/rights.h"
#include "dsp/base/units.h"

namespace acq {
namespace {

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void fill_consumer(const std::string& worker, const Feed& feed, v1::ConsumerStatus& out) {
  out.set_worker(worker);
  out.set_delivered(feed.delivered.get());
  out.set_queued(feed.queued());
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    const std::uint64_t lost = feed.lost_for(static_cast<std::size_t>(bit));
    if (lost == 0) continue;
    v1::LossCount& loss = *out.add_lost();
    loss.set_reason(gap_reason_name(bit));
    loss.set_samples(lost);
  }
  out.set_made(feed.made.get());
  out.set_ring_slots(feed.ring.capacity());
  out.set_ring_high_water(feed.high_water.get());
  out.set_last_loss_index(feed.last_loss_index.get());
}

void fill_consumers(const Daemon& daemon, const std::string& stream, v1::StreamStatus& out) {
  for (const auto& [name, worker] : daemon.workers()) {
    for (const Inlet& inlet : worker->plan().inlets) {
      if (inlet.stream == stream) fill_consumer(name, *inlet.feed, *out.add_consumers());
    }
  }
}

void fill_blocks(const Pipeline& pipeline, v1::PipelineStatus& out) {
  for (std::size_t i = 0; i < pipeline.steps().size(); ++i) {
    v1::BlockStatus& block = *out.add_blocks();
    block.set_block(std::string(pipeline.steps()[i].entry->name));
    block.set_calls(pipeline.times(i).calls.get());
    block.set_busy_ns(cycles_to_ns(pipeline.times(i).busy.get()));
    block.set_worst_ns(cycles_to_ns(pipeline.times(i).worst.get()));
  }
}

// What nobody can see in a topic that stays silent.
void note_strangers(const std::string& name, const Pipeline& pipeline, v1::Status& out) {
  if (pipeline.joiner() == nullptr || pipeline.joiner()->without_common_time() == 0) return;
  out.add_notes(
      fmt::format("pipeline {} joins streams whose times cannot be compared: those have no time "
                  "scale in common",
                  name));
}

}  // namespace

double StatusReport::rate(const std::string& key, std::uint64_t count, double elapsed_s,
                          bool ends_period) {
  auto& [before, last] = rates_[key];
  if (ends_period && elapsed_s > 0) {
    last = count >= before ? static_cast<double>(count - before) / elapsed_s : 0;
    before = count;
  }
  return last;
}

void StatusReport::fill(const Daemon& daemon, v1::Status& out, bool ends_period) {
  const std::int64_t now_ns = clock_.now_ns();
  const double elapsed_s =
      period_start_ns_ == 0 ? 0 : static_cast<double>(now_ns - period_start_ns_) * 1e-9;
  out.set_version(daemon.software());
  out.set_config_revision(daemon.revision());
  out.set_uptime_ns(now_ns - start_ns_);
  out.set_run_id(fmt::format("{:016x}", daemon.run_id()));
  for (const auto& [name, acquire] : daemon.acquires()) {
    v1::InstrumentStatus& instrument = *out.add_instruments();
    instrument.set_name(name);
    instrument.set_state(static_cast<v1::InstrumentDescriptor::State>(acquire->state()));
    instrument.set_last_error(acquire->last_error());
    if (std::string note = acquire->note(); !note.empty()) out.add_notes(std::move(note));
    instrument.set_epoch(acquire->epoch());
    instrument.set_reconnects(acquire->reconnects());
    if (acquire->pool() != nullptr) {
      instrument.set_pool_packets(acquire->pool()->size());
      instrument.set_pool_low_water(acquire->pool()->least_free());
    }
    for (std::size_t s = 0; s < acquire->info().streams.size(); ++s) {
      v1::StreamStatus& stream = *instrument.add_streams();
      stream.set_stream(name + "/" + acquire->info().streams[s]->name);
      // Consumers first: what they have taken was made before.
      fill_consumers(daemon, stream.stream(), stream);
      stream.set_made(acquire->counters()[s]->made.get());
      stream.set_packets(acquire->counters()[s]->packets.get());
      stream.set_rate_hz(rate(stream.stream(), stream.made(), elapsed_s, ends_period));
      stream.set_epoch(acquire->epoch());
    }
  }
  for (const auto& [name, worker] : daemon.workers()) {
    v1::WorkerStatus& status = *out.add_workers();
    const WorkerCounters& counters = worker->counters();
    status.set_name(name);
    status.set_packets(counters.packets.get());
    status.set_wait_ns(counters.wait_ns.get());
    status.set_worst_wait_ns(counters.worst_wait_ns.get());
    status.set_busy_ns(counters.busy_ns.get());
    status.set_worst_busy_ns(counters.worst_busy_ns.get());
    status.set_swaps(counters.swaps.get());
    if (std::string note = worker->note(); !note.empty()) out.add_notes(std::move(note));
  }
  for (const auto& [name, active] : daemon.active()) {
    v1::PipelineStatus& status = *out.add_pipelines();
    const Unit& unit = *daemon.find_unit(name);
    status.set_name(name);
    status.set_active(unit.pipeline->is_wanted());
    fill_blocks(*unit.pipeline, status);
    note_strangers(name, *unit.pipeline, out);
    if (!unit.outlet) continue;
    const Topic& topic = *unit.outlet->topic();
    status.set_topic(topic.name);
    status.set_frames(topic.frames.get());
    status.set_bytes(topic.bytes.get());
    status.set_dropped_frames(topic.dropped_frames.get());
    status.set_dropped_samples(topic.dropped_samples.get());
    status.set_subscribers(topic.subscribers.load(std::memory_order_relaxed));
    status.set_send_errors(topic.send_errors.get());
    status.set_frame_rate_hz(rate(topic.name, topic.frames.get(), elapsed_s, ends_period));
  }
  fill_recordings(daemon, *out.mutable_recordings());
  out.set_control_requests(requests);
  out.set_control_refused(refused);
  out.set_publisher_peers(daemon.publisher().peers());
  out.set_rss_bytes(resident_bytes());
  for (const std::string& note : notes) out.add_notes(note);
  if (std::string note = daemon.usb_note(); !note.empty()) out.add_notes(std::move(note));
  if (const std::uint64_t demoted = demoted_threads(); demoted > 0) {
    out.add_notes(fmt::format("{} threads lost real-time priority for spinning", demoted));
  }
  if (ends_period || period_start_ns_ == 0) period_start_ns_ = now_ns;
}

std::string StatusReport::line(const v1::Status& status) {
  double rate_hz = 0;
  std::uint64_t lost = 0;
  int running = 0;
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    running += instrument.state() == v1::InstrumentDescriptor::ACQUIRING ? 1 : 0;
    for (const v1::StreamStatus& stream : instrument.streams()) {
      rate_hz += stream.rate_hz();
      for (const v1::ConsumerStatus& consumer : stream.consumers()) {
        for (const v1::LossCount& loss : consumer.lost()) lost += loss.samples();
      }
    }
  }
  return fmt::format(
      "{} of {} instruments acquiring, {:.4g} MS/s, {} samples lost, {} subscriptions", running,
      status.instruments_size(), rate_hz * 1e-6, lost, status.publisher_peers());
}

}  // namespace acq
