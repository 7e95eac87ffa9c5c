// Durations, counted by their size.

#ifndef REHEARSE_ACTOR_OBSERVE_DURATION_HISTOGRAM_H_
#define REHEARSE_ACTOR_OBSERVE_DURATION_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rehearse {

// The sizes: up to 256 ns, up to four times as much, and so on to 17.2 s, and all that is longer.
struct DurationBuckets {
  static constexpr size_t kBounds = 14;
  static constexpr size_t kBuckets = kBounds + 1;

  // The longest duration of bucket `i`, in nanoseconds; the last bucket has none.
  static constexpr int64_t BoundNanos(size_t i) { return int64_t{256} << 2 * i; }

  static constexpr size_t BucketOf(int64_t nanos) {
    if (nanos <= BoundNanos(0)) return 0;
    const auto width = static_cast<size_t>(std::bit_width(static_cast<uint64_t>(nanos) - 1));
    return std::min((width - 7) / 2, kBounds);
  }
};

struct DurationFigures {
  std::array<uint64_t, DurationBuckets::kBuckets> counts = {};
  uint64_t sum_nanos = 0;

  uint64_t count() const {
    uint64_t all = 0;
    for (const uint64_t each : counts) all += each;
    return all;
  }
  void Add(const DurationFigures& other) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum_nanos += other.sum_nanos;
  }
};

// A number that one thread counts and others read.
class LiveCount {
 public:
  // Its own thread only: no locked instruction.
  void Add(uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// The same of durations. A reader may find the last of them counted and not yet in the sum.
class LiveDurations {
 public:
  void Add(int64_t nanos) {
    counts_[DurationBuckets::BucketOf(nanos)].Add(1);
    sum_nanos_.Add(static_cast<uint64_t>(nanos));
  }
  DurationFigures Read() const {
    DurationFigures figures;
    for (size_t i = 0; i < counts_.size(); ++i) figures.counts[i] = counts_[i].value();
    figures.sum_nanos = sum_nanos_.value();
    return figures;
  }

 private:
  std::array<LiveCount, DurationBuckets::kBuckets> counts_;
  LiveCount sum_nanos_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_DURATION_HISTOGRAM_H_
