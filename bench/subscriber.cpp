// A subscriber for the benchmarks: receives for some seconds, reads every sample, and says what came.
//
//   bench_subscriber acqd ENDPOINT TOPIC SECONDS   frames of acqd, checked, with losses and latencies
//   bench_subscriber raw ENDPOINT BYTES SECONDS    single-part messages of BYTES (ZeroMQ, GNU Radio)
//   bench_subscriber idle ENDPOINT TOPIC N SECONDS N subscriptions that read what comes, for the load
//
// Latency is the time from CLOCK_MONOTONIC in the frame (or the first 8 bytes of a raw message) to the
// receipt. Prints "R key value unit" lines.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "clients/cpp/subscriber.h"
#include "dsp/base/clock.h"

namespace {

using namespace acq;

void emit(const char* key, double value, const char* unit) {
  std::printf("R %s %.6g %s\n", key, value, unit);
}

double g_sum = 0;

void read_all(const void* data, std::size_t bytes) {
  const auto* words = static_cast<const std::uint64_t*>(data);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes / 8; ++i) sum += words[i];
  g_sum += static_cast<double>(sum & 1023);
}

void report(std::vector<double>& latencies_us, double bytes, double seconds, double lost) {
  std::sort(latencies_us.begin(), latencies_us.end());
  const auto at = [&](double p) {
    return latencies_us.empty()
               ? 0.0
               : latencies_us[std::min(
                     latencies_us.size() - 1,
                     static_cast<std::size_t>(p * static_cast<double>(latencies_us.size())))];
  };
  emit("frames", static_cast<double>(latencies_us.size()), "");
  emit("rate", bytes / seconds * 1e-6, "MB/s");
  emit("p50", at(0.50), "us");
  emit("p90", at(0.90), "us");
  emit("p99", at(0.99), "us");
  emit("p999", at(0.999), "us");
  emit("max", at(1), "us");
  emit("lost", lost, "samples");
  std::fprintf(stderr, "checksum %.0f\n", g_sum);
}

int from_acqd(const std::string& endpoint, const std::string& topic, double seconds) {
  auto subscriber = client::Subscriber::connect(
      endpoint, {.budget_bytes = std::size_t{256} << 20, .frame_bytes = std::size_t{1} << 20});
  if (!subscriber || !subscriber->subscribe(topic)) return 1;
  client::ReceivedFrame frame;
  std::vector<double> latencies_us;
  latencies_us.reserve(1 << 20);
  double bytes = 0;
  std::int64_t start = 0;
  std::int64_t last = 0;
  const std::int64_t give_up = system_clock().now_ns() + 20'000'000'000;
  for (;;) {
    const auto got = subscriber->receive(frame, std::chrono::milliseconds(500));
    if (!got) return 1;
    const std::int64_t now = system_clock().now_ns();
    if (start == 0 && now > give_up) return 1;
    if (start != 0 && now > start + static_cast<std::int64_t>(seconds * 1e9)) break;
    if (!*got) continue;
    if (start == 0) start = now;
    last = now;
    read_all(frame.payload().data(), frame.payload().size());
    bytes += static_cast<double>(frame.payload().size());
    latencies_us.push_back(
        static_cast<double>(frame.received_ns() - frame.header().stamp.host_rx_ns) * 1e-3);
  }
  const client::Losses losses = subscriber->state(topic).losses;
  report(latencies_us, bytes, static_cast<double>(last - start) * 1e-9,
         static_cast<double>(losses.transport_samples + losses.upstream.samples +
                             losses.transport_frames));
  return 0;
}

int from_raw(const std::string& endpoint, std::size_t size, double seconds) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::sub);
  socket.set(zmq::sockopt::rcvhwm, 256);
  socket.set(zmq::sockopt::subscribe, "");
  socket.set(zmq::sockopt::rcvtimeo, 500);
  socket.connect(endpoint);
  zmq::message_t message;
  std::vector<double> latencies_us;
  double bytes = 0;
  std::int64_t start = 0;
  std::int64_t last = 0;
  for (const std::int64_t give_up = system_clock().now_ns() + 20'000'000'000;;) {
    const bool has_come = socket.recv(message).has_value();
    const std::int64_t now = system_clock().now_ns();
    if (start == 0 && now > give_up) return 1;
    if (start != 0 && now > start + static_cast<std::int64_t>(seconds * 1e9)) break;
    if (!has_come) continue;
    if (start == 0) start = now;
    last = now;
    std::int64_t sent = 0;
    if (message.size() >= sizeof sent) std::memcpy(&sent, message.data(), sizeof sent);
    read_all(message.data(), message.size());
    bytes += static_cast<double>(message.size());
    latencies_us.push_back(static_cast<double>(now - sent) * 1e-3);
  }
  (void)size;
  report(latencies_us, bytes, static_cast<double>(last - start) * 1e-9, 0);
  return 0;
}

int idle(const std::string& endpoint, const std::string& topic, int count, double seconds) {
  zmq::context_t context;
  context.set(zmq::ctxopt::max_sockets, 4096);
  std::vector<zmq::socket_t> sockets;
  std::vector<zmq::pollitem_t> items;
  for (int i = 0; i < count; ++i) {
    zmq::socket_t& socket = sockets.emplace_back(context, zmq::socket_type::sub);
    socket.set(zmq::sockopt::rcvhwm, 64);
    socket.set(zmq::sockopt::subscribe, topic);
    socket.connect(endpoint);
  }
  for (zmq::socket_t& socket : sockets) items.push_back({socket.handle(), 0, ZMQ_POLLIN, 0});
  const std::int64_t end = system_clock().now_ns() + static_cast<std::int64_t>(seconds * 1e9);
  zmq::message_t message;
  std::uint64_t messages = 0;
  while (system_clock().now_ns() < end) {
    zmq::poll(items, std::chrono::milliseconds(200));
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if ((items[i].revents & ZMQ_POLLIN) == 0) continue;
      while (sockets[i].recv(message, zmq::recv_flags::dontwait)) ++messages;
    }
  }
  emit("parts", static_cast<double>(messages), "");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // ZeroMQ takes the memory of each large message from the heap: glibc would have the kernel map and
  // clear it anew every time, which costs more than receiving it does.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "acqd" && argc == 5) return from_acqd(argv[2], argv[3], std::atof(argv[4]));
  if (what == "raw" && argc == 5) {
    return from_raw(argv[2], static_cast<std::size_t>(std::atoll(argv[3])), std::atof(argv[4]));
  }
  if (what == "idle" && argc == 6)
    return idle(argv[2], argv[3], std::atoi(argv[4]), std::atof(argv[5]));
  std::fprintf(stderr, "bench_subscriber acqd|raw|idle ...: see the first lines of its source\n");
  return 2;
}
