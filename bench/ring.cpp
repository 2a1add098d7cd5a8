// T1, T2, G5: the hand-over between two threads, beside what one would write or take instead.
//
// Producer on core 0, consumer on core 1. T1 writes 4096 float32 into a packet and reads every one of
// them on the other side, with our pool, stamps and counting; the peers hand over the
// same bytes. T2 hands over one pointer at a time. Prints "R key value unit" lines.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/feed.h"
#include "daemon/hand_over.h"
#include "dsp/base/cache_line.h"
#include "dsp/base/clock.h"
#include "dsp/base/planes.h"

namespace acq {
namespace {

constexpr std::size_t kSamples = 4096;
constexpr std::size_t kBytes = kSamples * sizeof(float);
constexpr std::size_t kSlots = 64;  // 1 MiB of packets

double g_seconds = 0.5;

void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

double now_s() {
  return static_cast<double>(system_clock().now_ns()) * 1e-9;
}

// Reads every sample: without this the figure is that of the cursors alone.
float sum_of(const float* p) {
  float sums[16] = {};
  for (std::size_t i = 0; i < kSamples; i += 16) {
    for (std::size_t k = 0; k < 16; ++k) sums[k] += p[i + k];
  }
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}

void emit(const char* key, double value, const char* unit) {
  std::printf("R %s %.6g %s\n", key, value, unit);
  std::fflush(stdout);
}

// Runs a producer until the time is over and consumers until they have everything. Checks the sum:
// every sample is 1, so the bytes must have arrived.
template <typename Put, typename Get>
void measure(const char* key, Put put, std::vector<Get> gets) {
  std::atomic<bool> is_over{false};
  std::atomic<int> ready{0};
  std::vector<std::uint64_t> counts(gets.size());
  std::vector<double> sums(gets.size());
  std::vector<std::jthread> consumers;
  for (std::size_t c = 0; c < gets.size(); ++c) {
    consumers.emplace_back([&, c] {
      pin(1);
      ++ready;
      for (;;) {
        float sum = 0;
        if (gets[c](sum)) {
          ++counts[c];
          sums[c] += sum;
        } else if (is_over.load(std::memory_order_acquire)) {
          if (!gets[c](sum)) return;
          ++counts[c];
          sums[c] += sum;
        } else if (gets.size() > 1) {
          std::this_thread::yield();
        }
      }
    });
  }
  pin(0);
  while (ready < static_cast<int>(gets.size())) std::this_thread::yield();
  const double start = now_s();
  while (now_s() < start + g_seconds) {
    for (int i = 0; i < 16; ++i) {
      while (!put()) {
        if (gets.size() > 1) std::this_thread::yield();
      }
    }
  }
  is_over.store(true, std::memory_order_release);
  consumers.clear();
  const double elapsed = now_s() - start;
  for (std::size_t c = 0; c < gets.size(); ++c) {
    if (sums[c] != static_cast<double>(counts[c]) * kSamples) {
      std::fprintf(stderr, "%s: the samples did not arrive\n", key);
      std::exit(1);
    }
  }
  emit(key, static_cast<double>(counts[0]) * kSamples / elapsed * 1e-9, "GS/s");
}

AlignedVector<float> ones() {
  return AlignedVector<float>(kSamples, 1.0F);
}

void ours() {
  auto pool = std::make_shared<PacketPool>(kSlots, kBytes);
  auto info = std::make_shared<StreamInfo>();
  info->dtype = Dtype::kF32;
  info->channels.resize(1);
  std::vector<std::shared_ptr<Feed>> feeds = {
      std::make_shared<Feed>(kSlots, pool, std::make_shared<Doorbell>())};
  const AlignedVector<float> source = ones();
  std::uint64_t index = 0;
  // What acquire does with a packet, on data that is always there.
  const auto put = [&] {
    Packet* packet = pool->take();
    if (packet == nullptr) return false;
    std::memcpy(packet->samples, source.data(), kBytes);
    packet->count = kSamples;
    if (packet->info != info) packet->info = info;
    packet->stamp.t0_ticks = static_cast<std::int64_t>(index);
    packet->first_index = index;
    index += kSamples;
    HandOver::share(*pool, packet, feeds, kSlots);
    return true;
  };
  std::vector<std::function<bool(float&)>> gets;
  for (const auto& feed : feeds) {
    gets.emplace_back([feed](float& sum) {
      PacketRef* ref = feed->ring.front();
      if (ref == nullptr) return false;
      if (const PacketRef* next = feed->ring.behind_front()) __builtin_prefetch(next->packet, 1);
      sum = sum_of(reinterpret_cast<const float*>(ref->packet->samples));
      HandOver::finish(*feed, ref->packet, ref->packet->count, feed->delivered);
      return true;
    });
  }
  measure("t1.ours", put, gets);
}

struct alignas(64) Slot {
  float samples[kSamples];
};

// The plain ring of blocks that a careful programmer writes: no counting, no stamps, one consumer.
class SlotRing {
 public:
  bool put(const float* from) {
    const std::size_t w = write_.load(std::memory_order_relaxed);
    if (w - read_seen_ == kSlots) {
      read_seen_ = read_.load(std::memory_order_acquire);
      if (w - read_seen_ == kSlots) return false;
    }
    std::memcpy(slots_[w % kSlots].samples, from, kBytes);
    write_.store(w + 1, std::memory_order_release);
    return true;
  }
  bool get(float& sum) {
    const std::size_t r = read_.load(std::memory_order_relaxed);
    if (r == write_seen_) {
      write_seen_ = write_.load(std::memory_order_acquire);
      if (r == write_seen_) return false;
    }
    sum = sum_of(slots_[r % kSlots].samples);
    read_.store(r + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
  alignas(kCacheLine) std::atomic<std::size_t> write_{0};
  std::size_t read_seen_ = 0;
  alignas(kCacheLine) std::atomic<std::size_t> read_{0};
  std::size_t write_seen_ = 0;
};

using Get = std::function<bool(float&)>;

void throughput_peers() {
  const AlignedVector<float> source = ones();
  {
    SlotRing ring;
    measure(
        "t1.slot_ring", [&] { return ring.put(source.data()); },
        std::vector<Get>{[&](float& sum) { return ring.get(sum); }});
  }
  {
    boost::lockfree::spsc_queue<Slot> queue(kSlots);
    measure(
        "t1.boost_blocks",
        [&] { return queue.push(*reinterpret_cast<const Slot*>(source.data())); },
        std::vector<Get>{[&](float& sum) {
          if (queue.read_available() == 0) return false;
          sum = sum_of(queue.front().samples);
          queue.pop();
          return true;
        }});
  }
  std::mutex mutex;
  std::deque<std::vector<float>> queue;
  measure(
      "t1.mutex_deque",
      [&] {
        std::vector<float> block(source.begin(), source.end());
        const std::scoped_lock lock(mutex);
        if (queue.size() >= kSlots) return false;
        queue.push_back(std::move(block));
        return true;
      },
      std::vector<Get>{[&](float& sum) {
        std::vector<float> block;
        {
          const std::scoped_lock lock(mutex);
          if (queue.empty()) return false;
          block = std::move(queue.front());
          queue.pop_front();
        }
        sum = sum_of(block.data());
        return true;
      }});
}

template <typename Push, typename Pop>
void one_by_one(const char* key, Push push, Pop pop) {
  constexpr std::uint64_t kCount = 20'000'000;
  double end = 0;
  std::uint64_t sum = 0;
  std::jthread consumer([&] {
    pin(1);
    for (std::uint64_t n = 0; n < kCount;) {
      std::uintptr_t value = 0;
      if (!pop(value)) continue;
      sum += value;
      ++n;
    }
    end = now_s();
  });
  pin(0);
  const double start = now_s();
  for (std::uint64_t n = 0; n < kCount; ++n) {
    while (!push(n)) {
    }
  }
  consumer.join();
  if (sum != kCount * (kCount - 1) / 2) std::exit(1);
  emit(key, static_cast<double>(kCount) / (end - start) * 1e-6, "M/s");
}

void references() {
  SpscRing<std::uintptr_t> ring(1024);
  one_by_one(
      "t2.ours", [&](std::uintptr_t v) { return ring.push(v); },
      [&](std::uintptr_t& v) {
        std::uintptr_t* front = ring.front();
        if (front == nullptr) return false;
        v = *front;
        ring.pop();
        return true;
      });
  boost::lockfree::spsc_queue<std::uintptr_t> queue(1024);
  one_by_one(
      "t2.boost", [&](std::uintptr_t v) { return queue.push(v); },
      [&](std::uintptr_t& v) { return queue.pop(v); });
}

// The producer's time for a packet of 4096 samples with `count` consumers, which drain in between.
double producer_ns(std::size_t count) {
  constexpr int kRounds = 500;
  auto pool = std::make_shared<PacketPool>(kSlots, kBytes);
  std::vector<std::unique_ptr<Feed>> feeds;
  for (std::size_t i = 0; i < count; ++i) {
    feeds.push_back(std::make_unique<Feed>(kSlots, pool, std::make_shared<Doorbell>()));
  }
  const AlignedVector<float> source = ones();
  double producer_s = 0;
  for (int n = 0; n < kRounds; ++n) {
    const double start = now_s();
    for (std::size_t k = 0; k < kSlots; ++k) {
      Packet* packet = pool->take();
      std::memcpy(packet->samples, source.data(), kBytes);
      HandOver::share(*pool, packet, feeds, kSlots);
    }
    producer_s += now_s() - start;
    for (auto& feed : feeds) {
      for (; PacketRef* ref = feed->ring.front(); feed->ring.pop()) pool->release(ref->packet);
    }
  }
  return producer_s / kRounds / kSlots * 1e9;
}

// The median of pairs measured by turns, each with memory of its own: where the heap puts a pool
// decides by some per cent how well the caches hold it.
void fan_out() {
  constexpr int kPairs = 15;
  std::vector<double> ratios;
  for (int n = 0; n < kPairs; ++n) {
    const double one = producer_ns(1);
    ratios.push_back(producer_ns(2) / one);
  }
  std::nth_element(ratios.begin(), ratios.begin() + kPairs / 2, ratios.end());
  emit("t1.fan_out_cost", ratios[kPairs / 2], "x");
}

// What a further consumer costs the producer, everything in the cache, nobody waiting.
void consumers() {
  constexpr int kPackets = 200'000;
  double before = 0;
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{8}}) {
    auto pool = std::make_shared<PacketPool>(kSlots, 64);
    std::vector<std::unique_ptr<Feed>> feeds;
    for (std::size_t i = 0; i < count; ++i) {
      feeds.push_back(std::make_unique<Feed>(kSlots, pool, std::make_shared<Doorbell>()));
    }
    double producer_s = 0;
    for (int n = 0; n < kPackets; n += static_cast<int>(kSlots)) {
      const double start = now_s();
      for (std::size_t k = 0; k < kSlots; ++k) {
        Packet* packet = pool->take();
        HandOver::share(*pool, packet, feeds, kSlots);
      }
      producer_s += now_s() - start;
      for (auto& feed : feeds) {
        while (PacketRef* ref = feed->ring.front()) {
          HandOver::finish(*feed, ref->packet, ref->packet->count, feed->delivered);
        }
      }
    }
    const double ns = producer_s / kPackets * 1e9;
    if (count == 1) before = ns;
    if (count == 8) emit("g5.ours", (ns - before) / 7, "ns");
  }
}

}  // namespace
}  // namespace acq

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "all";
  if (argc > 2) acq::g_seconds = std::atof(argv[2]);
  if (what == "t1" || what == "all") {
    acq::ours();
    acq::throughput_peers();
    acq::fan_out();
  }
  if (what == "t2" || what == "all") acq::references();
  if (what == "g5" || what == "all") acq::consumers();
}
