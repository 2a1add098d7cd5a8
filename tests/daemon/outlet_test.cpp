// What a frame says of the chunks it was filled from.
#include "daemon/outlet.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>

namespace acq {
namespace {

constexpr std::size_t kSlots = 4;

// One topic of one channel, and the frames that have come out.
struct Bench {
  Bench(Kind kind, std::uint32_t frame_samples) {
    info->topic = "d/dut/out";
    info->kind = kind;
    info->channels.resize(1);
    outlet =
        std::make_unique<TopicOutlet>(topic, pool, info, Publish::kAlways, frame_samples, false);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i);
  }
  ~Bench() {
    outlet.reset();
    while (next() != nullptr) {
    }
  }

  Chunk chunk(std::uint64_t first_index, std::uint32_t count) {
    Chunk made;
    made.channels = 1;
    made.count = count;
    made.first_index = first_index;
    made.planes[0] = samples.data();
    return made;
  }
  // The oldest frame, valid until the next call.
  const Frame* next() {
    if (taken != nullptr) pool->give(taken);
    taken = nullptr;
    if (Frame** frame = topic->ring.front(); frame != nullptr) {
      taken = *frame;
      topic->ring.pop();
    }
    return taken;
  }

  alignas(64) std::array<float, 64> samples{};
  std::shared_ptr<Topic> topic =
      std::make_shared<Topic>("d/dut/out", kSlots, std::make_shared<Doorbell>());
  std::shared_ptr<FramePool> pool = std::make_shared<FramePool>(kSlots, 1024);
  std::shared_ptr<TopicInfo> info = std::make_shared<TopicInfo>();
  std::unique_ptr<TopicOutlet> outlet;
  Frame* taken = nullptr;
};

TEST(Outlet, SaysThatAnAxisStartsAtExactlyZero) {
  Bench bench(Kind::kRecord, 0);
  Chunk record = bench.chunk(0, 8);
  record.axis_start = 0.0;
  bench.outlet->deliver(record);
  const Frame* frame = bench.next();
  ASSERT_NE(frame, nullptr);
  EXPECT_TRUE(frame->has_axis_start);
  EXPECT_EQ(frame->axis_start, 0);
}

TEST(Outlet, SaysNothingOfAnAxisThatDoesNotMove) {
  Bench bench(Kind::kRecord, 0);
  bench.outlet->deliver(bench.chunk(0, 8));
  const Frame* frame = bench.next();
  ASSERT_NE(frame, nullptr);
  EXPECT_FALSE(frame->has_axis_start);
}

// A record without samples before the crossing begins behind it.
TEST(Outlet, KeepsATriggerBeforeTheFirstSample) {
  const TriggerMark mark{.position = -0.75, .level = 0.5};
  Bench bench(Kind::kRecord, 0);
  Chunk record = bench.chunk(100, 8);
  record.triggers = {&mark, 1};
  bench.outlet->deliver(record);
  const Frame* frame = bench.next();
  ASSERT_NE(frame, nullptr);
  ASSERT_EQ(frame->trigger_count, 1U);
  EXPECT_EQ(frame->triggers[0].position, -0.75);
}

TEST(Outlet, PutsEachTriggerInTheFrameOfTheFirstSampleBehindIt) {
  const std::array<TriggerMark, 3> marks{{{.position = 3}, {.position = 3.5}, {.position = 7}}};
  Bench bench(Kind::kWaveform, 4);
  Chunk chunk = bench.chunk(0, 8);
  chunk.triggers = marks;
  bench.outlet->deliver(chunk);
  const Frame* first = bench.next();
  ASSERT_NE(first, nullptr);
  ASSERT_EQ(first->trigger_count, 1U);
  EXPECT_EQ(first->triggers[0].position, 3);
  const Frame* second = bench.next();
  ASSERT_NE(second, nullptr);
  ASSERT_EQ(second->trigger_count, 2U);
  EXPECT_EQ(second->triggers[0].position, -0.5);
  EXPECT_EQ(second->triggers[1].position, 3);
}

// Two channels behind a block, published as bits.
TEST(Outlet, ClosesAFrameWhereANewRecordBegins) {
  Bench bench(Kind::kWaveform, 6);
  bench.outlet->deliver(bench.chunk(0, 4));
  Chunk next = bench.chunk(4, 6);
  next.gap_before = {0, kGapNewRecord, true};
  bench.outlet->deliver(next);
  const Frame* first = bench.next();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->count, 4U);
  EXPECT_TRUE(first->flags & kFlagPartial);
  const Frame* second = bench.next();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->first_index, 4U);
  EXPECT_EQ(second->count, 6U);
  EXPECT_EQ(second->gap_before, (Gap{0, kGapNewRecord, true}));
}

TEST(Outlet, PacksLogicAndGathersItAcrossChunks) {
  Bench bench(Kind::kLogic, 6);
  bench.info->dtype = Dtype::kU16;
  bench.info->layout = Layout::kPacked;
  bench.info->channels.resize(2);
  bench.outlet = std::make_unique<TopicOutlet>(bench.topic, bench.pool, bench.info,
                                               Publish::kAlways, 6, false);
  alignas(64) std::array<float, 8> low{0, 1, 0, 1, 0, 1, 0, 1};
  alignas(64) std::array<float, 8> high{0, 0, 1, 1, 0, 0, 1, 1};
  Chunk chunk = bench.chunk(0, 8);
  chunk.channels = 2;
  chunk.planes[0] = low.data();
  chunk.planes[1] = high.data();
  bench.outlet->deliver(chunk);
  bench.outlet->flush();
  const auto words = [](const Frame& frame) {
    const auto* first = reinterpret_cast<const std::uint16_t*>(frame.payload);
    return std::vector<std::uint16_t>(first, first + frame.payload_bytes / sizeof *first);
  };
  const Frame* whole = bench.next();
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(words(*whole), (std::vector<std::uint16_t>{0, 1, 2, 3, 0, 1}));
  const Frame* partial = bench.next();
  ASSERT_NE(partial, nullptr);
  EXPECT_EQ(words(*partial), (std::vector<std::uint16_t>{2, 3}));
  EXPECT_TRUE(partial->flags & kFlagPartial);
}

// A pipeline without blocks: packets of two int16 channels, 64 KiB each, straight to frames.
struct RawBench {
  static constexpr std::uint32_t kCount = 16384;
  static constexpr std::size_t kPackets = 16;

  explicit RawBench(Layout layout, std::uint32_t frame_samples = 0) {
    stream->name = "wave";
    stream->dtype = Dtype::kI16;
    stream->layout = layout;
    stream->channels.resize(2);
    info->topic = "d/dut/out";
    info->kind = Kind::kWaveform;
    info->dtype = Dtype::kI16;
    info->layout = layout;
    info->channels.resize(2);
    outlet =
        std::make_unique<TopicOutlet>(topic, frames, info, Publish::kAlways, frame_samples, true);
  }
  ~RawBench() {
    outlet.reset();
    while (Frame* frame = next()) frames->give(frame);
  }

  // What the worker does with a packet of `count` samples, all bytes of which are `value`.
  void deliver(int value, std::uint32_t count = kCount) {
    Packet* packet = packets->take();
    ASSERT_NE(packet, nullptr);
    PacketPool::share(packet, 1);
    packet->info = stream;
    packet->count = count;
    packet->first_index = next_index;
    std::memset(packet->samples, value, packet->size_bytes());
    Chunk chunk;
    chunk.channels = 2;
    chunk.count = count;
    chunk.first_index = next_index;
    chunk.packet = packet;
    chunk.planes[0] = chunk.planes[1] = nullptr;
    next_index += count;
    outlet->deliver(chunk);
    packets->release(packet);
  }
  Frame* next() {
    Frame** front = topic->ring.front();
    if (front == nullptr) return nullptr;
    Frame* frame = *front;
    topic->ring.pop();
    return frame;
  }

  std::shared_ptr<StreamInfo> stream = std::make_shared<StreamInfo>();
  std::shared_ptr<TopicInfo> info = std::make_shared<TopicInfo>();
  std::shared_ptr<PacketPool> packets = std::make_shared<PacketPool>(kPackets, kCount * 4);
  std::shared_ptr<FramePool> frames = std::make_shared<FramePool>(32, kCount * 4, packets);
  std::shared_ptr<Topic> topic =
      std::make_shared<Topic>("d/dut/out", 32, std::make_shared<Doorbell>());
  std::unique_ptr<TopicOutlet> outlet;
  std::uint64_t next_index = 0;
};

TEST(Outlet, LendsAWholePacketToAFrameAndCopiesWhenPacketsAreFew) {
  for (const Layout layout : {Layout::kInterleaved, Layout::kPlanar}) {
    RawBench bench(layout, layout == Layout::kPlanar ? RawBench::kCount : 0);
    for (int i = 0; i < 10; ++i) bench.deliver(i + 1);
    // Nobody gives frames back: a quarter of the packets is with them, the rest is free again.
    EXPECT_EQ(bench.packets->free(), RawBench::kPackets - bench.packets->lendable());
    for (int i = 0; i < 10; ++i) {
      Frame* frame = bench.next();
      ASSERT_NE(frame, nullptr);
      EXPECT_EQ(frame->packet != nullptr, i < 4) << "frame " << i;
      ASSERT_EQ(frame->payload_bytes, RawBench::kCount * 4);
      EXPECT_EQ(frame->first_index, static_cast<std::uint64_t>(i) * RawBench::kCount);
      for (std::size_t k = 0; k < frame->payload_bytes; k += 1111) {
        ASSERT_EQ(frame->payload[k], static_cast<std::byte>(i + 1)) << "frame " << i;
      }
      bench.frames->give(frame);
    }
    EXPECT_EQ(bench.packets->free(), RawBench::kPackets);
  }
}

TEST(Outlet, CopiesSmallPacketsAndThoseThatAreGathered) {
  RawBench small(Layout::kInterleaved);
  small.deliver(1, RawBench::kCount / 2);
  EXPECT_EQ(small.packets->free(), RawBench::kPackets);
  RawBench gathered(Layout::kInterleaved, RawBench::kCount);
  gathered.deliver(1, RawBench::kCount / 2);
  gathered.deliver(2, RawBench::kCount / 2);
  EXPECT_EQ(gathered.packets->free(), RawBench::kPackets);
  Frame* frame = gathered.next();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->count, RawBench::kCount);
  EXPECT_EQ(frame->payload[0], std::byte{1});
  EXPECT_EQ(frame->payload[frame->payload_bytes - 1], std::byte{2});
  gathered.frames->give(frame);
}

}  // namespace
}  // namespace acq
