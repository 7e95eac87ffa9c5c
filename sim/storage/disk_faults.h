// What goes wrong on a simulated disk, as data.
//
// A disk without faults keeps what was synced, answers at once, and loses the rest when its
// machine loses power. Each family below has its own odds and its own decision stream.

#ifndef REHEARSE_SIM_STORAGE_DISK_FAULTS_H_
#define REHEARSE_SIM_STORAGE_DISK_FAULTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/network/link.h"

namespace rehearse::sim {

// What a disk reads and writes at once.
inline constexpr size_t kSectorBytes = 512;

struct DiskFaults {
  // --- When the machine loses power. The end of a process alone loses nothing.

  // A write or truncation that was not synced is gone, whatever became of those around it.
  Ratio lose_write = Ratio::Always();
  // A write that was not synced and lies on several units is torn: each of them is kept or lost.
  Ratio tear = Ratio::Never();
  // A unit: 512 or 4096 bytes, from a multiple of that on.
  size_t unit_bytes = kSectorBytes;
  // What was made, renamed or removed in a directory that was not synced since is undone, and with
  // it all that was done there later: of each directory's operations a prefix is kept. A rename
  // from one directory to another belongs to both and is never half done. A rename of a directory
  // comes after all that was done before on the whole disk, and before all that comes later.
  Ratio lose_entry = Ratio::Always();

  // --- At any time.

  // A sector that was synced has a bit flipped when it is read, and keeps it.
  Ratio rot = Ratio::Never();
  // A sector that is synced lands on another one, of this file or another, whose bytes are gone;
  // the right place keeps what it had.
  Ratio misdirect_write = Ratio::Never();
  // A sector is read from the wrong place, this once.
  Ratio misdirect_read = Ratio::Never();
  // kDataLoss. A write may be there in part; after a failed Sync what was to be synced is on no
  // disk, though it is read as if it were and later calls of Sync succeed.
  Ratio read_error = Ratio::Never();
  Ratio write_error = Ratio::Never();
  Ratio sync_error = Ratio::Never();  // of files and of directories
  // kResourceExhausted, though there is room; the write may be there in part.
  Ratio full = Ratio::Never();
  // What all files together hold at most.
  uint64_t bytes_max = uint64_t{256} << 20;

  // Each call takes so long, and then takes effect.
  Latency latency = {.min = absl::ZeroDuration(), .max = absl::ZeroDuration()};
  // A call takes so much longer.
  Ratio stall = Ratio::Never();
  absl::Duration stall_time = absl::Seconds(3);

  // "lose-write=1/2 rot=1/1000": what is not as in a disk without faults; "none".
  std::string ToString() const;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_DISK_FAULTS_H_
