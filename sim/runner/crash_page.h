// What a seed's process leaves behind, even if it dies in the middle.

#ifndef REHEARSE_SIM_RUNNER_CRASH_PAGE_H_
#define REHEARSE_SIM_RUNNER_CRASH_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/runner/result_codec.h"
#include "rehearse/sim/trace/event_ring.h"

namespace rehearse::sim {

// Lies in memory that the dying process shares with the one that waits for it. No pointers.
class CrashPage {
 public:
  // A page that forked children share; lives as long as the process. Null if the kernel refuses.
  static CrashPage* Map();

  void Reset();

  // For RunOptions.
  EventRing& events() { return events_; }

  // What came of a run that ended as it should: bytes of the caller's own, at most kResultBytesMax.
  void SetResult(absl::string_view bytes);
  absl::string_view result() const { return {result_, result_bytes_}; }

  // 0 unless a signal's handler wrote here; SIGALRM says that the run took too long.
  int signal() const { return signal_; }
  // "SIGSEGV at 0x10", and the frames, one a line.
  std::string SignalText() const;
  std::string backtrace() const;

 private:
  friend void WriteCrash(CrashPage&, int, const void*, const void*);

  int signal_;
  uint32_t result_bytes_;
  uintptr_t address_;
  EventRing events_;
  char result_[kResultBytesMax];
  char backtrace_[12 << 10];
};

// What a handler does after it wrote the page; must end the process, or return to die by the
// signal.
using AfterCrash = void (*)(CrashPage& page);

// From now on a fatal signal of this process, and of those that it forks, is written to `page`, on
// a stack of its own, and `after` is called, if not null. So is SIGALRM. Sanitizers keep their own
// handlers for what they explain better. A run that reads the cycle counter goes on.
void CatchCrashes(CrashPage& page, AfterCrash after);

// "SIGSEGV".
std::string SignalName(int signal);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_CRASH_PAGE_H_
