#include "rehearse/actor/observe/duration_histogram.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

using Buckets = DurationBuckets;

TEST(DurationBucketsTest, EachHoldsItsBoundAndNoMore) {
  for (size_t i = 0; i < Buckets::kBounds; ++i) {
    EXPECT_EQ(Buckets::BucketOf(Buckets::BoundNanos(i)), i);
    EXPECT_EQ(Buckets::BucketOf(Buckets::BoundNanos(i) + 1), i + 1);
  }
}

TEST(DurationBucketsTest, TheEndsHoldWhatIsBeyond) {
  EXPECT_EQ(Buckets::BucketOf(0), 0u);
  EXPECT_EQ(Buckets::BucketOf(-1), 0u);
  EXPECT_EQ(Buckets::BucketOf(INT64_MAX), Buckets::kBounds);
}

TEST(LiveDurationsTest, AreReadAsTheyWereAdded) {
  LiveDurations durations;
  durations.Add(1);
  durations.Add(300);
  durations.Add(1000);
  const DurationFigures figures = durations.Read();
  EXPECT_EQ(figures.counts[0], 1u);
  EXPECT_EQ(figures.counts[1], 2u);
  EXPECT_EQ(figures.count(), 3u);
  EXPECT_EQ(figures.sum_nanos, 1301u);
}

}  // namespace
}  // namespace rehearse
