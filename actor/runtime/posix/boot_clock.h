// The host's boot clock and calendar: the only places where they are read.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_BOOT_CLOCK_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_BOOT_CLOCK_H_

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

// Time since the clock was made; goes on while the host sleeps. Any thread.
class BootClock {
 public:
  BootClock();
  Instant Now() const;

 private:
  const int64_t origin_nanos_;
};

// The host's calendar time. Any thread.
absl::Time HostWallTime();

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_BOOT_CLOCK_H_
