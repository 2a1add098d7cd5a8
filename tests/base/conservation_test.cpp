// The way of the samples through pool and rings, on real threads: whatever the consumers do, every
// sample is delivered, counted as lost, or still queued.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <latch>
#include <random>
#include <thread>

#include "dsp/base/clock.h"
#include "dsp/base/doorbell.h"
#include "dsp/base/packet_pool.h"
#include "dsp/base/spsc_ring.h"

namespace acq {
namespace {

constexpr std::uint32_t kMostSamples = 64;  // of one packet

// One consumer's account.
struct Consumer {
  explicit Consumer(std::size_t slots) : ring(slots) {}

  SpscRing<PacketRef> ring;
  Doorbell bell;
  // Producer.
  std::uint64_t made = 0;
  Gap pending;
  // Consumer.
  std::uint64_t delivered = 0;
  Gap told;
  std::uint64_t next_index = 0;
  std::uint64_t damaged = 0;
};

// Makes samples that hold their own index, with gaps now and then, and hands them to both.
class Source {
 public:
  Source(PacketPool& pool, std::array<Consumer, 2>& consumers, std::uint64_t seed)
      : pool_(pool), consumers_(consumers), random_(seed) {}

  void make_one() {
    const auto count = static_cast<std::uint32_t>(random_() % kMostSamples + 1);
    const Gap gap = random_() % 16 == 0 ? Gap{random_() % 1000, kGapDevice, true} : Gap{};
    const std::uint64_t first = next_index_ + gap.samples;
    next_index_ = first + count;
    Packet* packet = pool_.take();
    if (packet == nullptr) {
      for (Consumer& consumer : consumers_) lose(consumer, gap, count);
      return;
    }
    packet->count = count;
    packet->gap_before = gap;
    packet->first_index = first;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t sample = first + i;
      std::memcpy(packet->samples + i * sizeof sample, &sample, sizeof sample);
    }
    PacketPool::share(packet, static_cast<std::uint32_t>(consumers_.size()));
    for (Consumer& consumer : consumers_) {
      if (!consumer.ring.push({packet, consumer.pending})) {
        lose(consumer, gap, count);
        pool_.release(packet);
        continue;
      }
      consumer.made += gap.samples + count;
      consumer.pending = {};
      consumer.bell.ring();
    }
  }

  // Samples so far, those of the gaps included: the index of the next.
  [[nodiscard]] std::uint64_t made() const { return next_index_; }

 private:
  static void lose(Consumer& consumer, const Gap& gap, std::uint32_t count) {
    consumer.made += gap.samples + count;
    consumer.pending.add(gap);
    consumer.pending.add({count, kGapRingFull, true});
  }

  PacketPool& pool_;
  std::array<Consumer, 2>& consumers_;
  std::mt19937_64 random_;
  std::uint64_t next_index_ = 0;
};

// Takes one packet, if there is one, and checks that its gap and its samples are exact.
bool take(Consumer& consumer, PacketPool& pool) {
  const PacketRef* front = consumer.ring.front();
  if (front == nullptr) return false;
  const PacketRef ref = *front;
  Gap gap = ref.lost;
  gap.add(ref.packet->gap_before);
  consumer.told.add(gap);
  consumer.delivered += ref.packet->count;
  if (ref.packet->first_index != consumer.next_index + gap.samples) ++consumer.damaged;
  for (std::uint64_t i = 0; i < ref.packet->count; ++i) {
    std::uint64_t sample = 0;
    std::memcpy(&sample, ref.packet->samples + i * sizeof sample, sizeof sample);
    if (sample != ref.packet->first_index + i) ++consumer.damaged;
  }
  consumer.next_index = ref.packet->first_index + ref.packet->count;
  consumer.ring.pop();
  pool.release(ref.packet);
  return true;
}

// Made = delivered + lost + queued, where queued is found in the ring and lost was told with a
// packet or waits for one; and every loss was told at its place.
void expect_conserved(Consumer& consumer, PacketPool& pool, std::uint64_t made) {
  const std::uint64_t taken = consumer.delivered + consumer.told.samples;
  while (take(consumer, pool)) {
  }
  const std::uint64_t queued = consumer.delivered + consumer.told.samples - taken;
  EXPECT_EQ(consumer.made, made);
  EXPECT_EQ(made, taken + queued + consumer.pending.samples);
  EXPECT_EQ(consumer.next_index + consumer.pending.samples, made);
  EXPECT_EQ(consumer.damaged, 0U);
}

// The quick consumer sleeps on its bell and takes all it can.
void take_all(Consumer& consumer, PacketPool& pool, const std::atomic<bool>& has_ended) {
  for (;;) {
    const bool is_last_look = has_ended.load(std::memory_order_acquire);
    while (take(consumer, pool)) {
    }
    if (is_last_look) return;
    consumer.bell.arm();
    if (consumer.ring.front() == nullptr && !has_ended.load(std::memory_order_acquire)) {
      consumer.bell.wait_until(system_clock().now_ns() + 60'000'000'000);
    }
    consumer.bell.disarm();
  }
}

// The slow one sleeps through the first packets, lingers over the others, and leaves early.
void take_some(Consumer& consumer, PacketPool& pool, std::latch& is_late,
               const std::atomic<bool>& has_ended, int packets) {
  is_late.wait();
  for (int taken = 0; taken < packets && !has_ended.load(std::memory_order_relaxed);) {
    if (take(consumer, pool)) ++taken;
    for (int i = 0; i < 3; ++i) std::this_thread::yield();
  }
}

TEST(Conservation, HoldsForAQuickConsumerBesideASlowOne) {
  constexpr int kPackets = 20'000;
  constexpr int kSleptThrough = 100;
  constexpr std::size_t kSlots = 8;
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  PacketPool pool(12, kMostSamples * sizeof(std::uint64_t));
  std::array<Consumer, 2> consumers{Consumer(kSlots), Consumer(kSlots)};
  auto& [quick, slow] = consumers;
  Source source(pool, consumers, seed);
  {
    std::atomic<bool> has_ended{false};
    std::latch is_late{1};
    std::jthread quick_thread([&] { take_all(quick, pool, has_ended); });
    std::jthread slow_thread([&] { take_some(slow, pool, is_late, has_ended, 500); });
    for (int i = 0; i < kPackets; ++i) {
      source.make_one();
      if (i + 1 == kSleptThrough) is_late.count_down();
      if (i % 4 == 0) std::this_thread::yield();
    }
    has_ended.store(true, std::memory_order_release);
    quick.bell.ring();
  }
  expect_conserved(quick, pool, source.made());
  expect_conserved(slow, pool, source.made());
  // Its ring was full while it slept.
  EXPECT_NE((slow.told.reasons | slow.pending.reasons) & kGapRingFull, 0U);
  EXPECT_EQ(pool.free(), pool.size());
}

}  // namespace
}  // namespace acq
