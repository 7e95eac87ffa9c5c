// What a disk leaves to chance: each family of faults draws from a stream of its own.

#ifndef REHEARSE_SIM_STORAGE_DISK_CHANCE_H_
#define REHEARSE_SIM_STORAGE_DISK_CHANCE_H_

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {

// One disk's. `disk` numbers it among those of its world.
struct DiskChance {
  DiskChance(const Decisions& decisions, uint64_t disk)
      : writes(Open(decisions, "lost writes", disk)),
        tears(Open(decisions, "torn writes", disk)),
        entries(Open(decisions, "lost entries", disk)),
        rot(Open(decisions, "rot", disk)),
        misdirected_writes(Open(decisions, "misdirected writes", disk)),
        misdirected_reads(Open(decisions, "misdirected reads", disk)),
        read_errors(Open(decisions, "read errors", disk)),
        write_errors(Open(decisions, "write errors", disk)),
        sync_errors(Open(decisions, "sync errors", disk)),
        full(Open(decisions, "full", disk)),
        latency(Open(decisions, "latency", disk)),
        stalls(Open(decisions, "stalls", disk)) {}

  DecisionStream writes;
  DecisionStream tears;
  DecisionStream entries;
  DecisionStream rot;
  DecisionStream misdirected_writes;
  DecisionStream misdirected_reads;
  DecisionStream read_errors;
  DecisionStream write_errors;
  DecisionStream sync_errors;
  DecisionStream full;
  DecisionStream latency;
  DecisionStream stalls;

 private:
  static DecisionStream Open(const Decisions& decisions, absl::string_view family, uint64_t disk) {
    return decisions.Open(absl::StrCat("disk ", family), disk);
  }
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_DISK_CHANCE_H_
