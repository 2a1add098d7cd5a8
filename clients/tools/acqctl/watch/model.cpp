#include "clients/tools/acqctl/watch/model.h"

#include <algorithm>

#include "clients/tools/acqctl/accounts.h"
#include "clients/tools/acqctl/values.h"
#include "clients/tools/acqctl/watch/plot.h"
#include "clients/tools/acqctl/watch/render.h"
#include "proto/messages.h"

namespace acq::tool {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStatusPeriod = kSecond;
constexpr std::int64_t kRatePeriod = kSecond;
constexpr std::int64_t kMessageTime = 6 * kSecond;
constexpr std::size_t kLatencies = 512;
constexpr double kZoomStep = 1.5;

std::uint64_t lost_before_publisher(const v1::Status& status, const std::string& stream,
                                    const v1::PipelineStatus& pipeline) {
  std::uint64_t most = 0;
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    for (const v1::StreamStatus& each : instrument.streams()) {
      if (each.stream() != stream) continue;
      for (const v1::ConsumerStatus& consumer : each.consumers()) {
        most = std::max(most, lost_samples(consumer));
      }
    }
  }
  return most + pipeline.dropped_samples();
}

double quantile(std::deque<double> values, double p) {
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

std::string error_text(const Error& error) {
  std::string text = error.sentence;
  if (!error.where.empty()) text += " (" + error.where + ")";
  if (!error.allowed.empty()) text += "; allowed: " + error.allowed;
  return text;
}

}  // namespace

Model::Model(std::string control_endpoint, std::string topic) : topic_(std::move(topic)) {
  view_.endpoint = std::move(control_endpoint);
}

void Model::on_key(Key key, int rows, std::int64_t now_ns) {
  if (view_.is_prompting) return prompt_key(key, rows, now_ns);
  if (key.kind == Key::Kind::kUp && view_.selected > 0) {
    select(view_.selected - 1);
  } else if (key.kind == Key::Kind::kDown) {
    select(view_.selected + 1);
  } else if (key.kind == Key::Kind::kEscape) {
    view_.overlay = Overlay::kNone;
  } else if (key.kind == Key::Kind::kCharacter) {
    view_key(key.character);
  }
}

void Model::view_key(char32_t character) {
  switch (character) {
    case U'q': is_done_ = true; break;
    case U' ': view_.is_paused = !view_.is_paused; break;
    case U'p': open_prompt(); break;
    case U'+':
    case U'=': zoom(1 / kZoomStep); break;
    case U'-': zoom(kZoomStep); break;
    case U'a': view_.held.clear(); break;
    case U'o':
      view_.overlays = !view_.overlays;
      view_.held.clear();
      break;
    case U'?':
      view_.overlay = view_.overlay == Overlay::kHelp ? Overlay::kNone : Overlay::kHelp;
      break;
    default: break;
  }
}

void Model::select(std::size_t number) {
  if (number >= view_.topics.size()) return;
  view_.selected = number;
  topic_ = view_.topics[number].topic;
  view_.held.clear();
  view_.picture = {};
  view_.losses = {};
  view_.frame_rate_hz = 0;
  view_.bytes_per_s = 0;
  view_.latency_p50_s.reset();
  view_.latency_p99_s.reset();
  history_.clear();
  latencies_s_.clear();
  frames_ = 0;
  bytes_ = 0;
  rates_since_ns_ = 0;
}

void Model::zoom(double factor) {
  if (view_.picture.traces.empty()) return;
  if (view_.held.empty()) view_.held = automatic_spans(view_.picture, view_.overlays);
  for (Span& span : view_.held) {
    const double middle = (span.low + span.high) / 2;
    const double half = span.size() / 2 * factor;
    if (half > 0 && half < 1e30) span = {middle - half, middle + half};
  }
}

void Model::open_prompt() {
  view_.is_prompting = true;
  view_.overlay = Overlay::kSettings;
  view_.settings.clear();
  view_.first_setting = 0;
  view_.prompt.clear();
  view_.message.clear();
  ask_settings();
}

void Model::ask_settings() {
  v1::Request request;
  request.mutable_get();
  requests_.push_back({Purpose::kSettings, std::move(request)});
}

void Model::close_prompt() {
  view_.is_prompting = false;
  view_.overlay = Overlay::kNone;
  view_.message.clear();
}

void Model::prompt_key(Key key, int rows, std::int64_t now_ns) {
  const auto page = static_cast<std::size_t>(std::max(settings_shown(rows), 1));
  const std::size_t last = view_.settings.size() > page ? view_.settings.size() - page : 0;
  std::size_t& first = view_.first_setting;
  switch (key.kind) {
    case Key::Kind::kEscape: return close_prompt();
    case Key::Kind::kEnter: return send_prompt(now_ns);
    case Key::Kind::kTab: return complete();
    case Key::Kind::kUp: first -= first > 0 ? 1 : 0; return;
    case Key::Kind::kDown: first = std::min(first + 1, last); return;
    case Key::Kind::kPageUp: first -= std::min(first, page); return;
    case Key::Kind::kPageDown: first = std::min(first + page, last); return;
    case Key::Kind::kBackspace:
      // A whole character, however many bytes.
      while (!view_.prompt.empty() &&
             (static_cast<unsigned char>(view_.prompt.back()) & 0xC0U) == 0x80) {
        view_.prompt.pop_back();
      }
      if (!view_.prompt.empty()) view_.prompt.pop_back();
      return;
    case Key::Kind::kCharacter: append_utf8(key.character, view_.prompt); return;
  }
}

// As far as all parameters that begin like the text go on alike.
void Model::complete() {
  std::string common;
  bool has_match = false;
  for (const SettingLine& line : view_.settings) {
    const std::string candidate = line.path + "=";
    if (!candidate.starts_with(view_.prompt)) continue;
    if (!has_match) common = candidate;
    has_match = true;
    const auto [end, ignored] =
        std::mismatch(common.begin(), common.end(), candidate.begin(), candidate.end());
    common.erase(end, common.end());
  }
  if (has_match) view_.prompt = common;
}

void Model::send_prompt(std::int64_t now_ns) {
  if (view_.prompt.empty()) return close_prompt();
  auto assignment = parse_assignment(view_.prompt);
  if (!assignment) return say(error_text(assignment.error()), true, now_ns);
  v1::Request request;
  *request.mutable_set()->add_assignments() = std::move(*assignment);
  requests_.push_back({Purpose::kSet, std::move(request)});
}

void Model::say(std::string text, bool is_refusal, std::int64_t now_ns) {
  view_.message = std::move(text);
  view_.is_refusal = is_refusal;
  message_until_ns_ = now_ns + kMessageTime;
}

void Model::on_frame(client::ReceivedFrame& frame) {
  if (frame.topic() != topic_) return;
  ++frames_;
  bytes_ += frame.payload().size();
  const std::int64_t latency_ns = frame.received_ns() - frame.header().stamp.host_rx_ns;
  latencies_s_.push_back(static_cast<double>(latency_ns) * 1e-9);
  if (latencies_s_.size() > kLatencies) latencies_s_.pop_front();
  history_.add(frame);
}

void Model::on_losses(const client::TopicState& state, std::uint64_t malformed,
                      std::int64_t now_ns) {
  view_.losses = state.losses;
  view_.malformed = malformed;
  if (rates_since_ns_ == 0) rates_since_ns_ = now_ns;
  if (now_ns - rates_since_ns_ < kRatePeriod) return;
  const double elapsed_s = static_cast<double>(now_ns - rates_since_ns_) * 1e-9;
  view_.frame_rate_hz = static_cast<double>(frames_) / elapsed_s;
  view_.bytes_per_s = static_cast<double>(bytes_) / elapsed_s;
  frames_ = 0;
  bytes_ = 0;
  rates_since_ns_ = now_ns;
  if (latencies_s_.empty()) return;
  view_.latency_p50_s = quantile(latencies_s_, 0.5);
  view_.latency_p99_s = quantile(latencies_s_, 0.99);
}

void Model::on_silence() {
  view_.has_daemon = false;
  wants_topics_ = true;
}

std::vector<Model::Request> Model::take_requests(std::int64_t now_ns) {
  if (now_ns >= message_until_ns_ && !view_.is_prompting) view_.message.clear();
  if (now_ns >= next_status_ns_) {
    next_status_ns_ = now_ns + kStatusPeriod;
    v1::Request status;
    status.mutable_stats();
    requests_.push_back({Purpose::kStatus, std::move(status)});
    if (wants_topics_) {
      v1::Request topics;
      topics.mutable_subscribe_info();
      requests_.push_back({Purpose::kTopics, std::move(topics)});
    }
  }
  return std::exchange(requests_, {});
}

void Model::on_reply(Purpose purpose, const v1::Reply& reply, std::int64_t now_ns) {
  view_.has_daemon = true;
  if (reply.code() != v1::OK) return say(error_text(error_of(reply)), true, now_ns);
  switch (purpose) {
    case Purpose::kStatus: return take_status(reply.stats());
    case Purpose::kTopics: return take_topics(reply.subscribe_info());
    case Purpose::kSettings: return take_settings(reply.get());
    case Purpose::kSet: return take_applied(reply.set(), now_ns);
  }
}

void Model::take_status(const v1::Status& status) {
  if (status.run_id() != run_id_) lost_at_start_.clear();
  if (status.run_id() != run_id_ || status.config_revision() != view_.config_revision) {
    wants_topics_ = true;
  }
  run_id_ = status.run_id();
  if (view_.is_prompting && view_.settings.empty()) ask_settings();
  view_.software = status.version();
  view_.config_revision = status.config_revision();
  for (const v1::PipelineStatus& pipeline : status.pipelines()) {
    const auto line = std::find_if(view_.topics.begin(), view_.topics.end(),
                                   [&](const TopicLine& l) { return l.topic == pipeline.topic(); });
    if (line == view_.topics.end()) continue;
    line->is_active = pipeline.active();
    line->rate_hz = pipeline.frame_rate_hz();
    const std::uint64_t lost =
        lost_before_publisher(status, descriptors_[line->topic].source(), pipeline);
    const std::uint64_t start = lost_at_start_.try_emplace(line->topic, lost).first->second;
    line->lost_samples = lost >= start ? lost - start : lost;
  }
}

void Model::take_topics(const v1::SubscribeInfoReply& info) {
  wants_topics_ = false;
  if (!info.endpoints().empty()) data_endpoint_ = info.endpoints(0);
  std::vector<TopicLine> lines;
  descriptors_.clear();
  for (const v1::StreamDescriptor& topic : info.topics()) {
    const auto known = std::find_if(view_.topics.begin(), view_.topics.end(),
                                    [&](const TopicLine& l) { return l.topic == topic.topic(); });
    lines.push_back(known != view_.topics.end() ? *known : TopicLine{.topic = topic.topic()});
    descriptors_[topic.topic()] = topic;
  }
  view_.topics = std::move(lines);
  const auto selected = std::find_if(view_.topics.begin(), view_.topics.end(),
                                     [&](const TopicLine& l) { return l.topic == topic_; });
  if (selected != view_.topics.end()) {
    view_.selected = static_cast<std::size_t>(selected - view_.topics.begin());
  } else if (!view_.topics.empty()) {
    select(std::min(view_.selected, view_.topics.size() - 1));
  }
}

void Model::take_settings(const v1::GetReply& reply) {
  view_.settings.clear();
  const v1::StreamDescriptor& topic = descriptors_[topic_];
  const std::string pipeline = "pipeline." + topic.name() + ".";
  const std::string instrument = "instrument." + topic.instrument() + ".";
  // The pipeline's own first: they are what one looks at.
  for (const std::string& prefix : {pipeline, instrument}) {
    for (const v1::Applied& value : reply.values()) {
      if (!value.path().starts_with(prefix)) continue;
      view_.settings.push_back({value.path(), value_text(value.in_force(), value.setting().unit()),
                                allowed_text(value.setting())});
    }
  }
}

void Model::take_applied(const v1::SetReply& reply, std::int64_t now_ns) {
  close_prompt();
  std::string text;
  for (const v1::Applied& value : reply.applied()) {
    text += (text.empty() ? "" : "; ") + value.path() + " = " +
            value_text(value.in_force(), value.setting().unit());
    if (!value.why().empty()) text += " (" + value.why() + ")";
  }
  say(text + "; changed: " + reply.change(), false, now_ns);
}

const View& Model::view() {
  if (!view_.is_paused) view_.picture = history_.picture();
  return view_;
}

}  // namespace acq::tool
