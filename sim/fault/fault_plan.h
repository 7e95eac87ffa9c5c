// What will go wrong, as data: when, what, to whom.

#ifndef REHEARSE_SIM_FAULT_FAULT_PLAN_H_
#define REHEARSE_SIM_FAULT_FAULT_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/sim/network/link.h"
#include "rehearse/sim/storage/disk_faults.h"

namespace rehearse::sim {

struct Fault {
  enum class Kind : uint8_t {
    kCrash,            // nodes
    kSilentCrash,      // nodes; their peers are not told
    kPowerFailure,     // nodes; silently, and their disks lose what was not synced
    kWipe,             // nodes; silently, and their disks are empty
    kRestart,          // nodes, those that crashed
    kPause,            // nodes
    kResume,           // nodes
    kPartition,        // nodes | others
    kPartitionOneWay,  // nodes > others
    kMend,             // nodes | others: one partition between them
    kSlow,             // nodes > others; length: how much longer packets take
    kClog,             // nodes > others; length: what leaves within it waits
    kReset,            // nodes | others: their streams
    kResetOneWay,      // nodes > others: the ends of nodes; others are not told
    kRebind,           // nodes: a NAT in front of them forgets
    kHeal,             // all partitions, clogs and slow links
    kLinks,            // all links; link
    kClock,            // nodes; length: the calendar's offset, number: drift in ppm
    kPanic,            // nodes; number: at that many waits from now
    kKill,             // the same
    kBuggify,          // rare paths are taken; at 0, before programs begin
    kDisk,             // nodes; disk: in place of what was set before
    kHealDisk,         // nodes
  };

  absl::Duration at = {};  // after the plan's start
  Kind kind = Kind::kHeal;
  std::vector<std::string> nodes = {};
  std::vector<std::string> others = {};
  LinkOptions link = {};
  DiskFaults disk = {};
  absl::Duration length = {};
  int64_t number = 0;

  // "12.5s partition server-1 | server-2 server-3"
  std::string ToString() const;
};

struct FaultPlan {
  std::vector<Fault> faults;  // by time

  // A line a fault.
  std::string ToString() const;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_FAULT_FAULT_PLAN_H_
