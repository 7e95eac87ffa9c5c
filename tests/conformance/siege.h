// How many bad peers besiege a node in a test, and what they may cost it.

#ifndef REHEARSE_TESTS_CONFORMANCE_SIEGE_H_
#define REHEARSE_TESTS_CONFORMANCE_SIEGE_H_

#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse {

// REHEARSE_BAD_PEERS sets how many.
inline int BadPeers(int by_default) {
  const char* const asked = std::getenv("REHEARSE_BAD_PEERS");
  return asked == nullptr ? by_default : std::atoi(asked);
}

// Holds the process's resident memory against what it was when this was made.
class MemoryBound {
 public:
  static constexpr size_t kGrowthMax = size_t{16} << 20;

  void ExpectKept(int peers) const {
    const size_t now = ResidentBytes();
    const size_t growth = now > before_ ? now - before_ : 0;
    // A sanitizer keeps what is freed.
    if (!kAddressSanitizer && !kThreadSanitizer) {
      EXPECT_LE(growth, kGrowthMax);
    }
    std::printf("%d bad peers: resident memory grew by %zu KiB; %zu KiB of the heap are in use\n",
                peers, growth >> 10, HeapBytes() >> 10);
  }

 private:
  static size_t ResidentBytes() {
    std::ifstream statm("/proc/self/statm");
    size_t total = 0;
    size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  }

  // The rest of the heap is kept for others. Nothing, with another allocator.
  static size_t HeapBytes() {
    const struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
  }

  const size_t before_ = ResidentBytes();
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_SIEGE_H_
