#include "dsp/base/frame_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace acq {
namespace {

TEST(FramePool, GivesEachFrameOnceAlignedAndKnowingItsPool) {
  FramePool pool(3, 1000);
  EXPECT_EQ(pool.size(), 3U);
  EXPECT_EQ(pool.frame_bytes(), 1000U);
  std::set<Frame*> frames;
  for (int i = 0; i < 3; ++i) {
    Frame* frame = pool.take();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->pool, &pool);
    EXPECT_EQ(frame->capacity_bytes, 1000U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame->payload) % 64, 0U);
    std::memset(frame->payload, i, frame->capacity_bytes);
    frames.insert(frame);
  }
  EXPECT_EQ(frames.size(), 3U);
  EXPECT_EQ(pool.take(), nullptr);
  EXPECT_EQ(pool.free(), 0U);
}

TEST(FramePool, GivesAFrameAgainAfterItCameBack) {
  FramePool pool(1, 64);
  Frame* frame = pool.take();
  pool.give(frame);
  EXPECT_EQ(pool.free(), 1U);
  EXPECT_EQ(pool.take(), frame);
}

TEST(FramePool, MayHoldFramesWithoutAPayload) {
  FramePool pool(2, 0);
  Frame* frame = pool.take();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->capacity_bytes, 0U);
}

TEST(FramePoolDeathTest, RefusesToBeEmpty) {
  EXPECT_DEATH(FramePool(0, 64), "check failed");
}

TEST(FramePool, BorrowsThePacketUntilTheFrameIsGivenBack) {
  auto packets = std::make_shared<PacketPool>(8, 256);
  FramePool pool(2, 256, packets);
  Packet* packet = packets->take();
  PacketPool::share(packet, 1);
  Frame* frame = pool.take();
  std::byte* const own = frame->payload;
  ASSERT_TRUE(pool.borrow(*frame, *packet));
  EXPECT_EQ(frame->payload, packet->samples);
  packets->release(packet);  // its consumer is done before the frame is sent
  EXPECT_EQ(packets->free(), 7U);
  pool.give(frame);
  EXPECT_EQ(packets->free(), 8U);
  EXPECT_EQ(frame->payload, own);
}

TEST(FramePool, BorrowsNoMoreThanAQuarterOfThePackets) {
  auto packets = std::make_shared<PacketPool>(16, 256);
  FramePool pool(16, 256, packets);
  std::size_t borrowed = 0;
  for (int i = 0; i < 16; ++i) {
    Packet* packet = packets->take();
    ASSERT_NE(packet, nullptr);
    PacketPool::share(packet, 1);
    borrowed += pool.borrow(*pool.take(), *packet) ? 1 : 0;
    packets->release(packet);
  }
  EXPECT_EQ(borrowed, packets->lendable());
  EXPECT_EQ(packets->free(), 12U);
}

TEST(FramePool, BorrowsNothingFromAnotherPool) {
  auto packets = std::make_shared<PacketPool>(8, 256);
  PacketPool others(8, 256);
  FramePool pool(2, 256, packets);
  FramePool alone(2, 256);
  Packet* packet = others.take();
  PacketPool::share(packet, 1);
  EXPECT_FALSE(pool.borrow(*pool.take(), *packet));
  EXPECT_FALSE(alone.borrow(*alone.take(), *packet));
  others.release(packet);
  EXPECT_EQ(others.free(), 8U);
}

}  // namespace
}  // namespace acq
