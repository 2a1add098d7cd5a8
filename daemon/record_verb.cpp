// The control request for recordings, and what the status says of them.
#include "acq/v1/control.pb.h"
#include "daemon/status.h"
#include "daemon/verbs.h"
#include "proto/messages.h"
#include "proto/topic.h"

namespace acq {
namespace {

void fill_one(const std::string& name, const RecordReport& report, v1::RecordingStatus& out) {
  out.set_name(name);
  out.set_state(std::string(to_string(report.state)));
  out.set_error(report.error);
  out.set_bytes(report.bytes);
  out.set_rate(report.state == RecordState::kRecording ? report.rate : 0);
  out.set_segments(report.segments);
  out.set_deleted_segments(report.deleted_segments);
  out.set_free_bytes(report.free_bytes);
  out.set_frames(report.frames);
  out.set_lost_frames(report.lost_frames);
  out.set_start_utc_ns(report.start_utc_ns);
  out.set_waiting_bytes(report.waiting_bytes);
  for (const journal::StreamAccount& account : report.streams) {
    v1::StreamAccount& stream = *out.add_streams();
    stream.set_stream(account.stream);
    stream.set_recorded(account.recorded);
    stream.set_made(account.recorded + account.lost.total());
    for (int bit = 0; bit < kGapReasonCount; ++bit) {
      const std::uint64_t samples = account.lost.samples[static_cast<std::size_t>(bit)];
      if (samples == 0) continue;
      v1::LossCount& loss = *stream.add_lost();
      loss.set_reason(gap_reason_name(bit));
      loss.set_samples(samples);
    }
  }
}

}  // namespace

void StatusReport::fill_recordings(const Daemon& daemon,
                                   google::protobuf::RepeatedPtrField<v1::RecordingStatus>& out) {
  for (const auto& [name, running] : daemon.recordings().running())
    fill_one(name, running.recorder->report(), *out.Add());
  for (const auto& [name, report] : daemon.recordings().ended()) fill_one(name, report, *out.Add());
}

void Verbs::record(const v1::Record& request, v1::Reply& reply) {
  Recordings& recordings = daemon_.recordings();
  RecordingConfig config;
  config.streams.assign(request.streams().begin(), request.streams().end());
  config.topics.assign(request.topics().begin(), request.topics().end());
  if (!request.compression().empty()) config.compression = request.compression();
  for (const std::string& topic : config.topics) {
    if (!is_valid_topic(topic)) {
      return set_error(
          {Code::kInvalid, quote(topic) + " is not a topic", "record.topics", "d/instrument/name"},
          reply);
    }
  }
  for (const std::string& stream : config.streams) {
    const auto found = daemon_.acquires().find(stream.substr(0, stream.find('/')));
    if (found == daemon_.acquires().end()) {
      return set_error({Code::kNotFound, "there is no stream " + quote(stream), "record.streams",
                        "instrument/stream"},
                       reply);
    }
  }
  Result<void> done;
  switch (request.action()) {
    case v1::Record::START: done = recordings.start(request.name(), config); break;
    case v1::Record::STOP: done = recordings.stop(request.name()); break;
    case v1::Record::MARK: done = recordings.mark(request.name(), request.text()); break;
    case v1::Record::TRIGGER: done = recordings.trigger(request.name()); break;
    case v1::Record::STATUS: break;
    default:
      done = fail(Code::kInvalid, "unknown action", "record.action",
                  "START, STOP, MARK, TRIGGER, STATUS");
  }
  if (!done) return set_error(done.error(), reply);
  StatusReport::fill_recordings(daemon_, *reply.mutable_record()->mutable_recordings());
}

}  // namespace acq
