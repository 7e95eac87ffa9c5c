// A real node's clock.

#ifndef REHEARSE_NET_NODE_HOST_CLOCK_H_
#define REHEARSE_NET_NODE_HOST_CLOCK_H_

#include "absl/status/statusor.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::net {

// The worker's timebase, which is the host's boot clock.
class HostClock final : public Clock {
 public:
  explicit HostClock(const BootClock& boot) : boot_(boot) {}

  Instant Now() const override {
    const Worker* const worker = CurrentWorker();
    // What blocks its thread has last looked at the clock some time ago.
    const bool looks = worker == nullptr || worker->role() == Worker::Role::kOwnThread;
    return looks ? boot_.Now() : worker->now();
  }
  absl::StatusOr<absl::Time> WallTime() const override { return HostWallTime(); }
  Instant ToTimebase(Instant reading) const override { return reading; }

 private:
  const BootClock boot_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_HOST_CLOCK_H_
