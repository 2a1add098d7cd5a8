#include "tests/clients/fake_daemon.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "acq/v1/stream.pb.h"
#include "proto/codec.h"

namespace acq::testing {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "acq-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::shared_ptr<TopicInfo> make_topic(const std::string& name, Kind kind, std::size_t channels,
                                      std::uint64_t run_id) {
  auto topic = std::make_shared<TopicInfo>();
  topic->topic = name;
  topic->instrument = "test";
  topic->name = name.substr(name.rfind('/') + 1);
  topic->kind = kind;
  topic->layout = Layout::kPlanar;
  topic->rate_hz = {1000, 1};
  for (std::size_t i = 0; i < channels; ++i) {
    topic->channels.push_back({.id = "ch" + std::to_string(i + 1), .unit = "V"});
  }
  if (kind == Kind::kSpectrum) topic->axes = {{.name = "frequency", .unit = "Hz", .step = 10}};
  if (kind == Kind::kScalars) topic->results = {{"mean", "V"}, {"rms", "V"}};
  topic->descriptor_id = std::hash<std::string>{}(name) | 1;
  topic->run_id = run_id;
  topic->config_revision = 1;

  v1::StreamDescriptor descriptor;
  descriptor.set_topic(topic->topic);
  descriptor.set_instrument(topic->instrument);
  descriptor.set_name(topic->name);
  descriptor.set_kind(static_cast<v1::Kind>(kind));
  descriptor.set_dtype(v1::F32);
  descriptor.mutable_rate_hz()->set_num(topic->rate_hz.num);
  descriptor.mutable_rate_hz()->set_den(topic->rate_hz.den);
  for (const Channel& channel : topic->channels) {
    v1::Channel& out = *descriptor.add_channels();
    out.set_id(channel.id);
    out.set_unit(channel.unit);
    out.set_scale(channel.scale);
  }
  for (const ResultSpec& result : topic->results) {
    descriptor.add_result_names(result.name);
    descriptor.add_result_units(result.unit);
  }
  topic->descriptor = descriptor.SerializeAsString();
  topic->header_constant = encode_constant(*topic);
  return topic;
}

FakePublisher::FakePublisher(const std::string& endpoint)
    : socket_(context_, zmq::socket_type::xpub) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, 100000);
  socket_.bind(endpoint);
}

std::string FakePublisher::subscription(std::chrono::milliseconds timeout) {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  zmq::message_t message;
  if (zmq::poll(&item, 1, timeout) == 0 || !socket_.recv(message)) return {};
  return message.to_string();
}

void FakePublisher::send(const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto flags = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket_.send(zmq::buffer(parts[i]), flags);
  }
}

void FakePublisher::describe(const TopicInfo& topic, std::uint64_t sequence) {
  std::string header(header_bound(topic), '\0');
  const auto payload = std::as_bytes(std::span(topic.descriptor));
  header.resize(encode_message_header(topic, Kind::kDescription, sequence, payload.size(),
                                      crc32c(payload), std::as_writable_bytes(std::span(header))));
  send({topic.topic, header, topic.descriptor});
}

std::vector<std::string> FakePublisher::frame(const std::shared_ptr<const TopicInfo>& topic,
                                              std::uint64_t sequence, std::uint64_t first_index,
                                              std::uint32_t count, Gap gap, std::uint32_t epoch) {
  const auto frame = std::make_unique<Frame>();
  std::vector<float> values;
  for (std::size_t channel = 0; channel < topic->channels.size(); ++channel) {
    for (std::uint32_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>(first_index + i + 1000 * channel));
    }
  }
  frame->topic = topic;
  frame->epoch = epoch;
  frame->first_index = first_index;
  frame->count = count;
  frame->gap_before = gap;
  frame->stamp.host_rx_ns = 1;
  if (topic->kind == Kind::kScalars) {
    values.clear();
    frame->result_count =
        static_cast<std::uint32_t>(topic->channels.size() * topic->results.size());
    for (std::uint32_t i = 0; i < frame->result_count; ++i) frame->results[i].value = i;
  }
  const auto payload = std::as_bytes(std::span(values));
  frame->payload_bytes = payload.size();
  std::string header(header_bound(*topic), '\0');
  header.resize(
      encode_header(*frame, sequence, crc32c(payload), std::as_writable_bytes(std::span(header))));
  return {topic->topic, header,
          std::string(reinterpret_cast<const char*>(payload.data()), payload.size())};
}

void FakePublisher::publish(const std::shared_ptr<const TopicInfo>& topic, std::uint64_t sequence,
                            std::uint64_t first_index, std::uint32_t count, Gap gap,
                            std::uint32_t epoch) {
  send(frame(topic, sequence, first_index, count, gap, epoch));
}

FakeControl::FakeControl(const std::string& endpoint, Answer answer)
    : socket_(context_, zmq::socket_type::router), answer_(std::move(answer)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind(endpoint);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void FakeControl::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
    if (zmq::poll(&item, 1, 10ms) == 0) continue;
    zmq::message_t peer;
    zmq::message_t message;
    if (!socket_.recv(peer) || !socket_.recv(message)) continue;
    v1::Request request;
    if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) continue;
    const std::vector<std::string> parts = answer_(request);
    if (parts.empty()) continue;
    socket_.send(peer, zmq::send_flags::sndmore);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto flags = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      socket_.send(zmq::buffer(parts[i]), flags);
    }
  }
}

}  // namespace acq::testing
