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

}  // namespace
}  // namespace acq
