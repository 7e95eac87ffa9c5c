// A switch whose cables lose, delay, reorder and double frames, and can be cut.
//
// As tc's netem on each cable of a bridge, but for each pair of ports and from a seed, and it needs
// nothing of the kernel but veth and packet sockets; many guests' kernels have no netem.

#ifndef REHEARSE_TESTS_NAMESPACES_FRAME_SWITCH_H_
#define REHEARSE_TESTS_NAMESPACES_FRAME_SWITCH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"

namespace rehearse {

struct CableOptions {
  absl::Duration delay_min = absl::Milliseconds(1);
  absl::Duration delay_max = absl::Milliseconds(1);  // more than the least: frames overtake
  Ratio loss = Ratio::Never();
  Ratio duplicate = Ratio::Never();
};

struct SwitchCounters {
  std::atomic<int64_t> delivered{0};
  std::atomic<int64_t> lost{0};  // by chance
  std::atomic<int64_t> duplicated{0};
  std::atomic<int64_t> cut{0};         // on a cable that was cut
  std::atomic<int64_t> overflowed{0};  // more than kWaitingMax were on their way
};

// Forwards by itself, on a thread of its own, from construction to destruction. Port i is the i-th
// interface, and the host behind it has HostMac(i); frames to all go to all others. Any thread.
class FrameSwitch {
 public:
  static constexpr size_t kWaitingMax = size_t{1} << 16;

  // Interfaces of the namespace that this thread is in. Aborts if one is not there.
  FrameSwitch(const std::vector<std::string>& interfaces, uint64_t seed);
  ~FrameSwitch();
  FrameSwitch(const FrameSwitch&) = delete;
  FrameSwitch& operator=(const FrameSwitch&) = delete;

  // Of all pairs.
  void SetCables(const CableOptions& options);
  // From now on nothing goes from one to the other; what is on its way arrives.
  void Cut(size_t from, size_t to);
  // Both ways, to all others.
  void Isolate(size_t port);
  void HealAll();

  const SwitchCounters& counters() const { return counters_; }

  // "02:00:00:00:00:01" for port 1.
  static std::string HostMac(size_t port);

 private:
  struct Frame {
    size_t to;
    std::string bytes;
  };

  void Run();
  void TakeIn(size_t port);
  void Send(size_t from, size_t to, const std::string& frame);
  void PutOnItsWay(size_t to, const std::string& frame);
  void DeliverDue();
  int MillisecondsToWait() const;

  std::vector<int> sockets_;  // by port
  SwitchCounters counters_;
  std::atomic<bool> stops_{false};

  std::mutex mutex_;  // of the next two
  CableOptions options_;
  std::set<std::pair<size_t, size_t>> cut_;  // from, to

  // Its thread's alone.
  Random chance_;
  std::multimap<absl::Time, Frame> waiting_;  // by when they are due
  std::thread thread_;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_NAMESPACES_FRAME_SWITCH_H_
