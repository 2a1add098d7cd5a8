// The path from packets to a TCP subscriber without a daemon around it, as fast as it goes: what acqd
// does with a pipeline without blocks, in three threads (source, worker, publisher) over its classes.
//
//   bench_publisher ENDPOINT BYTES SECONDS borrow|copy    frames that borrow their packet, or never do
//
// The source waits while many frames are on their way, so that none is dropped; it fills every packet
// anew. The topic is d/bench/out. Prints nothing: bench_subscriber says what came.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "daemon/feed.h"
#include "daemon/hand_over.h"
#include "daemon/outlet.h"
#include "daemon/publish.h"
#include "daemon/service/rights.h"
#include "dsp/base/clock.h"
#include "proto/codec.h"

namespace {

using namespace acq;

constexpr std::size_t kPackets = 256;
constexpr std::size_t kFrames = 80;
constexpr std::size_t kMostOnTheWay =
    6;  // fewer than the mark of a connection, and still in the cache
constexpr std::int64_t kPause_ns = 20'000;

struct Path {
  Path(std::size_t bytes, bool borrows)
      : packets(std::make_shared<PacketPool>(kPackets, bytes)),
        frames(std::make_shared<FramePool>(kFrames, bytes, borrows ? packets : nullptr)),
        feed(std::make_shared<Feed>(kPackets, packets, std::make_shared<Doorbell>())) {
    stream->name = "wave";
    stream->dtype = Dtype::kF32;
    stream->rate_hz = {1'000'000, 1};
    stream->channels.resize(1);
    info->topic = "d/bench/out";
    info->instrument = "bench";
    info->name = "out";
    info->channels.resize(1);
    info->rate_hz = stream->rate_hz;
    info->descriptor_id = 1;
    info->run_id = 1;
    info->header_constant = encode_constant(*info);
  }

  std::shared_ptr<PacketPool> packets;
  std::shared_ptr<FramePool> frames;
  std::shared_ptr<Feed> feed;
  std::shared_ptr<StreamInfo> stream = std::make_shared<StreamInfo>();
  std::shared_ptr<TopicInfo> info = std::make_shared<TopicInfo>();
};

void acquire(Path& path, const Topic& topic, std::int64_t end_ns) {
  const std::vector<std::shared_ptr<Feed>> feeds{path.feed};
  std::uint64_t index = 0;
  while (system_clock().now_ns() < end_ns) {
    const bool is_full =
        path.frames->size() - path.frames->free() + path.feed->ring.size() >= kMostOnTheWay;
    if (is_full || topic.subscribers.load(std::memory_order_relaxed) == 0) {
      system_clock().sleep_until(system_clock().now_ns() + kPause_ns, {});
      continue;
    }
    Packet* packet = path.packets->take();
    packet->info = path.stream;
    packet->count = static_cast<std::uint32_t>(packet->capacity_bytes / sizeof(float));
    auto* const samples = reinterpret_cast<float*>(packet->samples);
    for (std::uint32_t i = 0; i < packet->count; ++i) samples[i] = static_cast<float>(i & 1023);
    packet->first_index = index;
    packet->stamp.host_rx_ns = system_clock().now_ns();
    index += packet->count;
    HandOver::share(*path.packets, packet, feeds, kPackets);
  }
}

void work(Path& path, TopicOutlet& outlet, const std::stop_token& stop) {
  Doorbell& bell = *path.feed->consumer_bell;
  while (!stop.stop_requested()) {
    PacketRef* ref = path.feed->ring.front();
    if (ref == nullptr) {
      bell.arm();
      if (path.feed->ring.front() == nullptr) bell.wait_until(system_clock().now_ns() + 10'000'000);
      bell.disarm();
      continue;
    }
    Packet* packet = ref->packet;
    Chunk chunk;
    chunk.channels = 1;
    chunk.count = packet->count;
    chunk.first_index = packet->first_index;
    chunk.stamp = packet->stamp;
    chunk.packet = packet;
    chunk.planes[0] = nullptr;
    outlet.deliver(chunk);
    HandOver::finish(*path.feed, packet, chunk.count, path.feed->delivered);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  keep_freed_memory();
  Path path(static_cast<std::size_t>(std::atoll(argv[2])), std::string(argv[4]) == "borrow");
  zmq::context_t context;
  Health health(system_clock(), 1'000'000'000);
  Publisher publisher(
      context, {.bind = {argv[1]}, .budget_bytes = std::size_t{64} << 20, .has_checksum = false},
      health);
  if (!publisher.bind(path.frames->frame_bytes())) return 1;
  auto topic = std::make_shared<Topic>(path.info->topic, 1024, publisher.bell());
  publisher.serve({{topic, path.frames, path.info}});
  publisher.start();
  TopicOutlet outlet(topic, path.frames, path.info, Publish::kAlways, 0, true);
  const auto seconds = static_cast<std::int64_t>(std::atof(argv[3]) * 1e9);
  {
    std::jthread worker([&](const std::stop_token& stop) { work(path, outlet, stop); });
    acquire(path, *topic, system_clock().now_ns() + seconds);
  }
  publisher.stop();
  std::fprintf(stderr, "%llu frames, %llu dropped\n",
               static_cast<unsigned long long>(topic->frames.get()),
               static_cast<unsigned long long>(topic->dropped_frames.get()));
  return 0;
}
