// A simulated node's clock: virtual time, with an offset and a drift.

#ifndef REHEARSE_SIM_WORLD_SIM_CLOCK_H_
#define REHEARSE_SIM_WORLD_SIM_CLOCK_H_

#include <algorithm>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {

// What every run's calendar says at virtual time 0.
inline absl::Time Epoch() { return absl::FromUnixSeconds(1735689600); }  // 2025-01-01 00:00 UTC

class SimClock final : public Clock {
 public:
  // Its origin is now: the node boots.
  explicit SimClock(const VirtualTime& time) : time_(time), boot_(time.now()) {}

  // From now on the clock gains `drift_ppm` microseconds a second, and its calendar is `offset`
  // off. The reading goes on from where it is: it never jumps, and never goes back.
  void Set(absl::Duration offset, int64_t drift_ppm) {
    base_reading_ = Now();
    base_time_ = time_.now();
    drift_ppm_ = std::max<int64_t>(drift_ppm, -999999);
    offset_ = offset;
  }

  Instant Now() const override {
    const int64_t passed = time_.now().nanos() - base().nanos();
    return Instant::FromNanos(base_reading_.nanos() +
                              Scaled(passed, 1000000 + drift_ppm_, 1000000));
  }

  absl::StatusOr<absl::Time> WallTime() const override {
    return Epoch() + absl::Nanoseconds(boot_.nanos() + Now().nanos()) + offset_;
  }

  Instant ToTimebase(Instant reading) const override {
    if (reading.infinite()) return reading;
    const int64_t ahead = reading.nanos() - base_reading_.nanos();
    return Instant::FromNanos(base().nanos() + Scaled(ahead, 1000000, 1000000 + drift_ppm_));
  }

 private:
  static int64_t Scaled(int64_t value, int64_t numerator, int64_t denominator) {
    return numerator == denominator
               ? value
               : static_cast<int64_t>(static_cast<__int128>(value) * numerator / denominator);
  }
  Instant base() const { return base_time_ == Instant() ? boot_ : base_time_; }

  const VirtualTime& time_;
  const Instant boot_;
  Instant base_time_;  // 0: since boot
  Instant base_reading_;
  int64_t drift_ppm_ = 0;
  absl::Duration offset_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_SIM_CLOCK_H_
