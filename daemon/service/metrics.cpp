#include "daemon/service/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "acq/v1/status.pb.h"

namespace acq {
namespace {

// Durations are kept in nanoseconds and shown in seconds, with every digit.
struct Nanoseconds {
  std::uint64_t count;
};
using Number = std::variant<std::uint64_t, double, Nanoseconds>;

constexpr std::string_view kCounter = "counter";
constexpr std::string_view kGauge = "gauge";

// One metric of things of type M.
template <typename M>
struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  Number (*value)(const M&);
};

// One thing that has metrics, with what tells it from its like.
template <typename M>
struct Row {
  std::vector<std::pair<std::string_view, std::string>> labels;
  const M* thing;
};

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

std::string to_text(const Number& number) {
  if (const auto* count = std::get_if<std::uint64_t>(&number)) return fmt::format("{}", *count);
  if (const auto* ns = std::get_if<Nanoseconds>(&number)) {
    return fmt::format("{}.{:09}", ns->count / 1'000'000'000, ns->count % 1'000'000'000);
  }
  const double value = std::get<double>(number);
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

template <typename M>
void append_row(std::string& out, const Metric<M>& metric, const Row<M>& row) {
  out += metric.name;
  char before = '{';
  for (const auto& [label, text] : row.labels) {
    fmt::format_to(std::back_inserter(out), "{}{}=\"", before, label);
    append_escaped(out, text);
    out += '"';
    before = ',';
  }
  if (!row.labels.empty()) out += '}';
  fmt::format_to(std::back_inserter(out), " {}\n", to_text(metric.value(*row.thing)));
}

// The format wants all rows of a metric together.
template <typename M>
void append_all(std::string& out, std::span<const Metric<M>> metrics,
                const std::vector<Row<M>>& rows) {
  for (const Metric<M>& metric : metrics) {
    if (rows.empty()) return;
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", metric.name,
                   metric.help, metric.name, metric.type);
    for (const Row<M>& row : rows) append_row(out, metric, row);
  }
}

Nanoseconds ns(std::uint64_t count) {
  return {count};
}

using v1::BlockStatus;
using v1::ConsumerStatus;
using v1::InstrumentStatus;
using v1::LossCount;
using v1::PipelineStatus;
using v1::RecordingStatus;
using v1::Status;
using v1::StreamAccount;
using v1::StreamStatus;
using v1::WorkerStatus;

const Metric<Status> kDaemon[] = {
    {"acqd_info", kGauge, "Version of the daemon and identity of this run; always 1.",
     [](const Status&) -> Number { return std::uint64_t{1}; }},
};
const Metric<Status> kWhole[] = {
    {"acqd_config_revision", kGauge, "Revision of the configuration in force.",
     [](const Status& s) -> Number { return s.config_revision(); }},
    {"acqd_uptime_seconds", kGauge, "Time since the daemon started.",
     [](const Status& s) -> Number { return ns(static_cast<std::uint64_t>(s.uptime_ns())); }},
    {"acqd_resident_bytes", kGauge, "Resident memory of the daemon.",
     [](const Status& s) -> Number { return s.rss_bytes(); }},
    {"acqd_publisher_peers", kGauge, "Peers connected to the publisher.",
     [](const Status& s) -> Number { return s.publisher_peers(); }},
    {"acqd_control_requests_total", kCounter, "Control requests received.",
     [](const Status& s) -> Number { return s.control_requests(); }},
    {"acqd_control_refused_total", kCounter, "Control requests refused.",
     [](const Status& s) -> Number { return s.control_refused(); }},
};
const Metric<InstrumentStatus> kInstrument[] = {
    {"acqd_instrument_epoch", kGauge, "Number of the instrument's current life.",
     [](const InstrumentStatus& i) -> Number { return std::uint64_t{i.epoch()}; }},
    {"acqd_instrument_reconnects_total", kCounter, "Times the instrument came back.",
     [](const InstrumentStatus& i) -> Number { return i.reconnects(); }},
    {"acqd_instrument_pool_packets", kGauge, "Packets in the instrument's pool.",
     [](const InstrumentStatus& i) -> Number { return i.pool_packets(); }},
    {"acqd_instrument_pool_low_water", kGauge, "Fewest free packets seen in the pool.",
     [](const InstrumentStatus& i) -> Number { return i.pool_low_water(); }},
};
const Metric<InstrumentStatus> kState[] = {
    {"acqd_instrument_state", kGauge, "State the instrument is in, as a label; always 1.",
     [](const InstrumentStatus&) -> Number { return std::uint64_t{1}; }},
};
const Metric<StreamStatus> kStream[] = {
    {"acqd_stream_made_samples_total", kCounter, "Samples per channel made by the instrument.",
     [](const StreamStatus& s) -> Number { return s.made(); }},
    {"acqd_stream_packets_total", kCounter, "Packets read from the instrument.",
     [](const StreamStatus& s) -> Number { return s.packets(); }},
    {"acqd_stream_rate_hertz", kGauge, "Samples per channel and second over the last period.",
     [](const StreamStatus& s) -> Number { return s.rate_hz(); }},
    {"acqd_stream_epoch", kGauge, "Number of the stream's current life.",
     [](const StreamStatus& s) -> Number { return std::uint64_t{s.epoch()}; }},
};
const Metric<ConsumerStatus> kConsumer[] = {
    {"acqd_consumer_made_samples_total", kCounter, "Samples made since the consumer joined.",
     [](const ConsumerStatus& c) -> Number { return c.made(); }},
    {"acqd_consumer_delivered_samples_total", kCounter, "Samples that reached the consumer.",
     [](const ConsumerStatus& c) -> Number { return c.delivered(); }},
    {"acqd_consumer_queued_samples", kGauge, "Samples waiting for the consumer.",
     [](const ConsumerStatus& c) -> Number { return c.queued(); }},
    {"acqd_consumer_ring_slots", kGauge, "Packets the consumer's ring can hold.",
     [](const ConsumerStatus& c) -> Number { return c.ring_slots(); }},
    {"acqd_consumer_ring_high_water", kGauge, "Most packets seen in the consumer's ring.",
     [](const ConsumerStatus& c) -> Number { return c.ring_high_water(); }},
    {"acqd_consumer_last_loss_index", kGauge, "Sample index of the consumer's last loss.",
     [](const ConsumerStatus& c) -> Number { return c.last_loss_index(); }},
};
const Metric<LossCount> kLoss[] = {
    {"acqd_consumer_lost_samples_total", kCounter, "Samples lost before the consumer, by reason.",
     [](const LossCount& l) -> Number { return l.samples(); }},
};
const Metric<PipelineStatus> kPipeline[] = {
    {"acqd_pipeline_active", kGauge, "Whether the pipeline runs (1) or nobody asks for it (0).",
     [](const PipelineStatus& p) -> Number { return std::uint64_t{p.active() ? 1U : 0U}; }},
    {"acqd_pipeline_frames_total", kCounter, "Frames published.",
     [](const PipelineStatus& p) -> Number { return p.frames(); }},
    {"acqd_pipeline_bytes_total", kCounter, "Payload bytes published.",
     [](const PipelineStatus& p) -> Number { return p.bytes(); }},
    {"acqd_pipeline_frame_rate_hertz", kGauge, "Frames a second over the last period.",
     [](const PipelineStatus& p) -> Number { return p.frame_rate_hz(); }},
    {"acqd_pipeline_dropped_frames_total", kCounter, "Frames the publisher had no room for.",
     [](const PipelineStatus& p) -> Number { return p.dropped_frames(); }},
    {"acqd_pipeline_dropped_samples_total", kCounter, "Samples in the dropped frames.",
     [](const PipelineStatus& p) -> Number { return p.dropped_samples(); }},
    {"acqd_pipeline_send_errors_total", kCounter, "Frames the socket refused.",
     [](const PipelineStatus& p) -> Number { return p.send_errors(); }},
    {"acqd_pipeline_subscribers", kGauge, "Subscriptions to the pipeline's topic.",
     [](const PipelineStatus& p) -> Number { return p.subscribers(); }},
};
const Metric<BlockStatus> kBlock[] = {
    {"acqd_block_calls_total", kCounter, "Times the block was called.",
     [](const BlockStatus& b) -> Number { return b.calls(); }},
    {"acqd_block_busy_seconds_total", kCounter, "Time spent in the block.",
     [](const BlockStatus& b) -> Number { return ns(b.busy_ns()); }},
    {"acqd_block_worst_seconds", kGauge, "Longest single call of the block.",
     [](const BlockStatus& b) -> Number { return ns(b.worst_ns()); }},
};
const Metric<WorkerStatus> kWorker[] = {
    {"acqd_worker_packets_total", kCounter, "Packets processed.",
     [](const WorkerStatus& w) -> Number { return w.packets(); }},
    {"acqd_worker_wait_seconds_total", kCounter, "Time packets waited from arrival to processing.",
     [](const WorkerStatus& w) -> Number { return ns(w.wait_ns()); }},
    {"acqd_worker_worst_wait_seconds", kGauge, "Longest wait of a packet.",
     [](const WorkerStatus& w) -> Number { return ns(w.worst_wait_ns()); }},
    {"acqd_worker_busy_seconds_total", kCounter, "Time spent processing.",
     [](const WorkerStatus& w) -> Number { return ns(w.busy_ns()); }},
    {"acqd_worker_worst_busy_seconds", kGauge, "Longest processing of one packet.",
     [](const WorkerStatus& w) -> Number { return ns(w.worst_busy_ns()); }},
    {"acqd_worker_swaps_total", kCounter, "Pipelines replaced between two packets.",
     [](const WorkerStatus& w) -> Number { return w.swaps(); }},
    {"acqd_worker_allocations_total", kCounter, "Allocations seen while processing; 0 is promised.",
     [](const WorkerStatus& w) -> Number { return w.allocations(); }},
};
const Metric<RecordingStatus> kRecording[] = {
    {"acqd_recording_bytes_total", kCounter, "Bytes written.",
     [](const RecordingStatus& r) -> Number { return r.bytes(); }},
    {"acqd_recording_rate_bytes", kGauge, "Bytes written a second over the last second.",
     [](const RecordingStatus& r) -> Number { return r.rate(); }},
    {"acqd_recording_segments_total", kCounter, "Segments begun.",
     [](const RecordingStatus& r) -> Number { return r.segments(); }},
    {"acqd_recording_deleted_segments_total", kCounter, "Oldest segments deleted to keep room.",
     [](const RecordingStatus& r) -> Number { return r.deleted_segments(); }},
    {"acqd_recording_free_bytes", kGauge, "Free room on the recording's disk.",
     [](const RecordingStatus& r) -> Number { return r.free_bytes(); }},
    {"acqd_recording_frames_total", kCounter, "Frames recorded.",
     [](const RecordingStatus& r) -> Number { return r.frames(); }},
    {"acqd_recording_lost_frames_total", kCounter, "Frames that could not be recorded.",
     [](const RecordingStatus& r) -> Number { return r.lost_frames(); }},
    {"acqd_recording_start_seconds", kGauge, "Start of the recording, in seconds since 1970.",
     [](const RecordingStatus& r) -> Number {
       return ns(static_cast<std::uint64_t>(r.start_utc_ns()));
     }},
    {"acqd_recording_waiting_bytes", kGauge, "Bytes kept in memory for the trigger.",
     [](const RecordingStatus& r) -> Number { return r.waiting_bytes(); }},
};
const Metric<RecordingStatus> kRecordingState[] = {
    {"acqd_recording_state", kGauge, "State the recording is in, as a label; always 1.",
     [](const RecordingStatus&) -> Number { return std::uint64_t{1}; }},
};
const Metric<StreamAccount> kAccount[] = {
    {"acqd_recording_made_samples_total", kCounter, "Samples made since the recording began.",
     [](const StreamAccount& a) -> Number { return a.made(); }},
    {"acqd_recording_recorded_samples_total", kCounter, "Samples recorded, and safe on the disk.",
     [](const StreamAccount& a) -> Number { return a.recorded(); }},
};
const Metric<LossCount> kRecordingLoss[] = {
    {"acqd_recording_lost_samples_total", kCounter, "Samples not recorded, by reason.",
     [](const LossCount& l) -> Number { return l.samples(); }},
};

// Consumers and losses belong to a stream; blocks to a pipeline; accounts to a recording.
struct Rows {
  std::vector<Row<InstrumentStatus>> instruments;
  std::vector<Row<InstrumentStatus>> states;
  std::vector<Row<StreamStatus>> streams;
  std::vector<Row<ConsumerStatus>> consumers;
  std::vector<Row<LossCount>> losses;
  std::vector<Row<PipelineStatus>> pipelines;
  std::vector<Row<BlockStatus>> blocks;
  std::vector<Row<WorkerStatus>> workers;
  std::vector<Row<RecordingStatus>> recordings;
  std::vector<Row<RecordingStatus>> recording_states;
  std::vector<Row<StreamAccount>> accounts;
  std::vector<Row<LossCount>> recording_losses;
};

void add_stream(Rows& rows, const StreamStatus& stream) {
  rows.streams.push_back({{{"stream", stream.stream()}}, &stream});
  for (const ConsumerStatus& consumer : stream.consumers()) {
    Row<ConsumerStatus> row{{{"stream", stream.stream()}, {"worker", consumer.worker()}},
                            &consumer};
    for (const LossCount& loss : consumer.lost()) {
      rows.losses.push_back({row.labels, &loss});
      rows.losses.back().labels.emplace_back("reason", loss.reason());
    }
    rows.consumers.push_back(std::move(row));
  }
}

void add_pipeline(Rows& rows, const PipelineStatus& pipeline) {
  rows.pipelines.push_back(
      {{{"pipeline", pipeline.name()}, {"topic", pipeline.topic()}}, &pipeline});
  for (int step = 0; step < pipeline.blocks_size(); ++step) {
    const BlockStatus& block = pipeline.blocks(step);
    rows.blocks.push_back({{{"pipeline", pipeline.name()},
                            {"step", fmt::format("{}", step)},
                            {"block", block.block()}},
                           &block});
  }
}

void add_recording(Rows& rows, const RecordingStatus& recording) {
  rows.recordings.push_back({{{"recording", recording.name()}}, &recording});
  rows.recording_states.push_back(
      {{{"recording", recording.name()}, {"state", recording.state()}}, &recording});
  for (const StreamAccount& account : recording.streams()) {
    Row<StreamAccount> row{{{"recording", recording.name()}, {"stream", account.stream()}},
                           &account};
    for (const LossCount& loss : account.lost()) {
      rows.recording_losses.push_back({row.labels, &loss});
      rows.recording_losses.back().labels.emplace_back("reason", loss.reason());
    }
    rows.accounts.push_back(std::move(row));
  }
}

Rows rows_of(const Status& status) {
  Rows rows;
  for (const InstrumentStatus& instrument : status.instruments()) {
    rows.instruments.push_back({{{"instrument", instrument.name()}}, &instrument});
    rows.states.push_back({{{"instrument", instrument.name()},
                            {"state", v1::InstrumentDescriptor::State_Name(instrument.state())}},
                           &instrument});
    for (const StreamStatus& stream : instrument.streams()) add_stream(rows, stream);
  }
  for (const PipelineStatus& pipeline : status.pipelines()) add_pipeline(rows, pipeline);
  for (const WorkerStatus& worker : status.workers()) {
    rows.workers.push_back({{{"worker", worker.name()}}, &worker});
  }
  for (const RecordingStatus& recording : status.recordings()) add_recording(rows, recording);
  return rows;
}

}  // namespace

std::string prometheus_text(const Status& status) {
  const Rows rows = rows_of(status);
  std::string out;
  append_all<Status>(out, kDaemon,
                     {{{{"version", status.version()}, {"run", status.run_id()}}, &status}});
  append_all<Status>(out, kWhole, {{{}, &status}});
  append_all<InstrumentStatus>(out, kInstrument, rows.instruments);
  append_all<InstrumentStatus>(out, kState, rows.states);
  append_all<StreamStatus>(out, kStream, rows.streams);
  append_all<ConsumerStatus>(out, kConsumer, rows.consumers);
  append_all<LossCount>(out, kLoss, rows.losses);
  append_all<PipelineStatus>(out, kPipeline, rows.pipelines);
  append_all<BlockStatus>(out, kBlock, rows.blocks);
  append_all<WorkerStatus>(out, kWorker, rows.workers);
  append_all<RecordingStatus>(out, kRecording, rows.recordings);
  append_all<RecordingStatus>(out, kRecordingState, rows.recording_states);
  append_all<StreamAccount>(out, kAccount, rows.accounts);
  append_all<LossCount>(out, kRecordingLoss, rows.recording_losses);
  return out;
}

}  // namespace acq
