#include "rehearse/actor/runtime/posix/boot_clock.h"

#include <time.h>

namespace rehearse {
namespace {

int64_t Read(clockid_t clock) {
  timespec reading;
  clock_gettime(clock, &reading);
  return int64_t{reading.tv_sec} * 1000000000 + reading.tv_nsec;
}

}  // namespace

BootClock::BootClock() : origin_nanos_(Read(CLOCK_BOOTTIME)) {}

Instant BootClock::Now() const { return Instant::FromNanos(Read(CLOCK_BOOTTIME) - origin_nanos_); }

absl::Time HostWallTime() { return absl::FromUnixNanos(Read(CLOCK_REALTIME)); }

}  // namespace rehearse
