// A word that several cores use, as far as time goes.
//
// Who has a copy reads it for nothing; anyone else fetches it. Who writes it takes all copies away,
// and writers come one after another: so a word that all write is a queue.

#ifndef REHEARSE_BENCH_SCALING_CACHE_LINE_H_
#define REHEARSE_BENCH_SCALING_CACHE_LINE_H_

#include <algorithm>
#include <cstdint>

namespace rehearse::bench {

// Up to 64 cores. Times are in nanoseconds.
class CacheLine {
 public:
  // Both return when `core`, which asks at `now`, is through; a transfer takes `transfer`.
  double Read(int core, double now, double transfer) {
    const uint64_t bit = uint64_t{1} << core;
    if ((copies_ & bit) != 0) return now;
    copies_ |= bit;
    return std::max(now, free_at_) + transfer;
  }
  double Write(int core, double now, double transfer) {
    const uint64_t bit = uint64_t{1} << core;
    if (copies_ == 0 || copies_ == bit) {  // nobody else has it
      copies_ = bit;
      return now;
    }
    copies_ = bit;
    free_at_ = std::max(now, free_at_) + transfer;
    return free_at_;
  }

 private:
  uint64_t copies_ = 0;  // a bit a core
  double free_at_ = 0;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_SCALING_CACHE_LINE_H_
