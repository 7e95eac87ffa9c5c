// Lines that strangers can cause, so many a second and no more.

#ifndef REHEARSE_NET_LIMITED_LOG_H_
#define REHEARSE_NET_LIMITED_LOG_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/log.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

class LimitedLog {
 public:
  // `log` outlives it.
  LimitedLog(Log& log, int lines_per_second, Severity severity = Severity::kWarning)
      : log_(log), lines_max_(lines_per_second), severity_(severity) {}

  // Writes `line`, or counts it if there were too many in this second; the first line
  // of a later one tells how many were left out. Any thread of the node.
  void Write(Instant now, absl::string_view line);

  // Whether Write would write a line now; if not, one is counted. For lines that cost something to
  // make.
  bool Takes(Instant now);

 private:
  bool HasRoom(Instant now);  // by the lock

  Log& log_;
  const int lines_max_;
  const Severity severity_;

  SpinLock lock_;
  Instant second_;  // when the present one began
  int lines_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIMITED_LOG_H_
