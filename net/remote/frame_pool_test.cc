#include "rehearse/net/remote/frame_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rehearse::net {
namespace {

TEST(FramePoolTest, GivesOutMemoryThatWasGivenBackAndNoBytes) {
  FramePool pool;
  EXPECT_EQ(pool.Take(), "");
  std::string frame(1000, 'x');
  const char* const memory = frame.data();
  pool.GiveBack(std::move(frame));
  const std::string again = pool.Take();
  EXPECT_EQ(again.data(), memory);
  EXPECT_EQ(again, "");
  EXPECT_NE(pool.Take().data(), memory);
}

TEST(FramePoolTest, KeepsNoMemoryOfALargeFrame) {
  FramePool pool;
  pool.GiveBack(std::string(FramePool::kKeptBytesMax + 1, 'x'));
  EXPECT_LT(pool.Take().capacity(), FramePool::kKeptBytesMax);
  std::string largest;
  largest.reserve(FramePool::kKeptBytesMax);
  pool.GiveBack(std::move(largest));
  EXPECT_EQ(pool.Take().capacity(), FramePool::kKeptBytesMax);
}

TEST(FramePoolTest, KeepsSoManyAndNoMore) {
  FramePool pool;
  for (size_t i = 0; i < FramePool::kFramesMax + 1; ++i) pool.GiveBack(std::string(100, 'x'));
  size_t kept = 0;
  while (pool.Take().capacity() >= 100) ++kept;
  EXPECT_EQ(kept, FramePool::kFramesMax);
}

}  // namespace
}  // namespace rehearse::net
