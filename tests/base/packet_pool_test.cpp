#include "dsp/base/packet_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "dsp/base/spsc_ring.h"

namespace acq {
namespace {

TEST(PacketPool, GivesEachPacketOnceAlignedAndApart) {
  PacketPool pool(4, 100);
  std::set<std::byte*> places;
  for (int i = 0; i < 4; ++i) {
    Packet* packet = pool.take();
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(packet->capacity_bytes, 100U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(packet->samples) % 64, 0U);
    std::memset(packet->samples, i, packet->capacity_bytes);
    places.insert(packet->samples);
  }
  EXPECT_EQ(places.size(), 4U);
  for (auto place = places.begin(); std::next(place) != places.end(); ++place) {
    EXPECT_GE(*std::next(place) - *place, 100);
  }
}

TEST(PacketPool, HasNothingLeftWhenAllAreTaken) {
  PacketPool pool(2, 64);
  EXPECT_EQ(pool.free(), 2U);
  ASSERT_NE(pool.take(), nullptr);
  ASSERT_NE(pool.take(), nullptr);
  EXPECT_EQ(pool.take(), nullptr);
  EXPECT_EQ(pool.free(), 0U);
}

TEST(PacketPool, TakesBackAtTheLastReleaseAndNotBefore) {
  PacketPool pool(1, 64);
  Packet* packet = pool.take();
  PacketPool::share(packet, 2);
  pool.release(packet);
  EXPECT_EQ(pool.take(), nullptr);
  pool.release(packet);
  EXPECT_EQ(pool.take(), packet);
}

TEST(PacketPool, UsesNoMoreOfALargePoolThanItNeeds) {
  constexpr std::size_t kTurn = 4;  // 1 MiB of packets
  PacketPool pool(64, std::size_t{256} << 10);
  std::set<Packet*> used;
  for (int i = 0; i < 1000; ++i) {
    Packet* packet = pool.take();
    ASSERT_NE(packet, nullptr);
    used.insert(packet);
    pool.put_back(packet);
  }
  EXPECT_LE(used.size(), 2 * kTurn);  // those in hand, and those given back
}

TEST(PacketPool, RemembersHowFewWereFree) {
  PacketPool pool(40, std::size_t{128} << 10);  // looks every 8 packets
  std::vector<Packet*> taken;
  for (int i = 0; i < 33; ++i) taken.push_back(pool.take());
  EXPECT_EQ(pool.least_free(), 8U);  // at the 33rd
  for (Packet* packet : taken) pool.put_back(packet);
  for (int i = 0; i < 100; ++i) pool.put_back(pool.take());
  EXPECT_EQ(pool.least_free(), 8U);
  while (pool.take() != nullptr) {
  }
  EXPECT_EQ(pool.least_free(), 0U);
  EXPECT_FALSE(pool.has_free());
}

TEST(PacketPool, ClearsWhatTheDriverFills) {
  PacketPool pool(1, 64);
  Packet* packet = pool.take();
  packet->stream = 3;
  packet->count = 5;
  packet->flags = kFlagOverrange;
  packet->gap_before = {7, kGapUsb, false};
  packet->overrange_low = packet->overrange_high = 1;
  packet->stamp.t0_ticks = 9;
  pool.put_back(packet);
  packet = pool.take();
  EXPECT_EQ(packet->stream, 0U);
  EXPECT_EQ(packet->count, 0U);
  EXPECT_EQ(packet->flags, kFlagNone);
  EXPECT_EQ(packet->gap_before, Gap{});
  EXPECT_EQ(packet->overrange_low | packet->overrange_high, 0U);
  EXPECT_EQ(packet->stamp.t0_ticks, 0);
}

TEST(Packet, HasRoomForWholeScansOnly) {
  PacketPool pool(1, 100);
  StreamInfo info;
  info.dtype = Dtype::kI16;
  info.channels.resize(3);
  EXPECT_EQ(pool.take()->room(info), 16U);  // 100 / (3 * 2)
}

TEST(PacketDeathTest, HasNoRoomForAStreamWithoutChannels) {
  PacketPool pool(1, 100);
  const Packet* packet = pool.take();
  EXPECT_DEATH(static_cast<void>(packet->room(StreamInfo{})), "check failed");
}

TEST(PacketPoolDeathTest, AbortsAtAReleaseTooMany) {
  PacketPool pool(1, 64);
  Packet* packet = pool.take();
  PacketPool::share(packet, 1);
  pool.release(packet);
  EXPECT_DEATH(pool.release(packet), "check failed");
}

TEST(PacketPoolDeathTest, AbortsWhereAPacketIsPutBackTwice) {
  PacketPool pool(2, 64);
  Packet* packet = pool.take();
  pool.put_back(packet);
  EXPECT_DEATH(pool.put_back(packet), "check failed");
}

TEST(PacketPoolDeathTest, RefusesToBeEmpty) {
  EXPECT_DEATH(PacketPool(0, 64), "check failed");
  EXPECT_DEATH(PacketPool(1, 0), "check failed");
}

// One taker, two holders on threads of their own: no packet is given twice, none is lost.
TEST(PacketPool, LosesNoPacketBetweenThreads) {
  constexpr std::size_t kPackets = 8;
  constexpr int kRounds = 20'000;
  PacketPool pool(kPackets, 64);
  SpscRing<Packet*> rings[2] = {SpscRing<Packet*>(kPackets), SpscRing<Packet*>(kPackets)};
  const auto consume = [&](SpscRing<Packet*>& ring) {
    for (int seen = 0; seen < kRounds;) {
      Packet** packet = ring.front();
      if (packet == nullptr) {
        std::this_thread::yield();
        continue;
      }
      // Written by the source before the hand-over, by nobody until both holders are done.
      int mark = 0;
      std::memcpy(&mark, (*packet)->samples, sizeof mark);
      EXPECT_EQ(mark, seen);
      Packet* done = *packet;
      ring.pop();
      pool.release(done);
      ++seen;
    }
  };
  {
    std::jthread first([&] { consume(rings[0]); });
    std::jthread second([&] { consume(rings[1]); });
    for (int round = 0; round < kRounds;) {
      Packet* packet = pool.take();
      if (packet == nullptr) {
        std::this_thread::yield();
        continue;
      }
      std::memcpy(packet->samples, &round, sizeof round);
      PacketPool::share(packet, 2);
      for (SpscRing<Packet*>& ring : rings) EXPECT_TRUE(ring.push(packet));
      ++round;
    }
  }
  EXPECT_EQ(pool.free(), kPackets);
  for (std::size_t i = 0; i < kPackets; ++i) EXPECT_NE(pool.take(), nullptr);
  EXPECT_EQ(pool.take(), nullptr);
}

}  // namespace
}  // namespace acq
