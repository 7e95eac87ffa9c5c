// What the C++ programs of these benches share: how they are timed, and how they print.

#ifndef REHEARSE_BENCH_PEERS_BENCH_RUN_H_
#define REHEARSE_BENCH_PEERS_BENCH_RUN_H_

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>

namespace rehearse::bench {

inline constexpr int64_t kRing = 1000;
inline constexpr int64_t kSenders = 20;
inline constexpr int64_t kCrowd = 64;

struct Figures {
  int64_t operations;
  int64_t measured;  // nanoseconds, or bytes
};

// Lets main's thread wait until so many have arrived.
class Gate {
 public:
  explicit Gate(int64_t count) : left_(count) {}
  void Arrive() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  void Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

 private:
  std::atomic<int64_t> left_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

inline Figures Timed(int64_t operations, const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return {operations, std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count()};
}

inline int64_t ResidentBytes() {
  long size = 0, resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(file, "%ld %ld", &size, &resident) != 2) std::abort();
  std::fclose(file);
  return int64_t{resident} * sysconf(_SC_PAGESIZE);
}

// Ends the process at once: a million actors need not end in order.
[[noreturn]] inline void PrintAndExit(const Figures& figures) {
  std::printf("%lld %lld\n", static_cast<long long>(figures.operations),
              static_cast<long long>(figures.measured));
  std::fflush(stdout);
  _exit(0);
}

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_PEERS_BENCH_RUN_H_
