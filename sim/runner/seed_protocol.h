// What a SeedServer and its process say to each other: packets on a socket that keeps their bounds.

#ifndef REHEARSE_SIM_RUNNER_SEED_PROTOCOL_H_
#define REHEARSE_SIM_RUNNER_SEED_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {

// To the process: play this.
struct SeedRequest {
  uint64_t seed = 0;
  Perturbation perturbation = 0;
  uint32_t test = 0;  // number in SimTests()
  // Send each event's line while it plays.
  bool stream_events = false;
  // Send who has recorded this event, counted from 1: names of functions, from the nearest caller
  // on. 0: of none.
  uint64_t callers_of = 0;
  // Keep what the run prints, for the report, instead of letting it through.
  bool keep_output = false;
};

// From the process. A packet is one of these bytes and what is said beside it.
enum class SeedPacket : uint8_t {
  kEvents = 'e',  // of the run that plays: whole lines, each with its newline
  kEnds = 'x',    // of one run after another: a SeedEnd and what it says follows
};

struct SeedEnd {
  int32_t wait_status = 0;      // as waitpid(2) has it
  int32_t signal = 0;           // that the run's own handler saw, or 0
  uint32_t hung = 0;            // 1 if it was ended for taking too long
  uint32_t result_bytes = 0;    // EncodeResult's, none if the run did not come to its end
  uint32_t evidence_bytes = 0;  // then: frames, last events and output, with zeros between
  uint32_t unused = 0;
  uint64_t event_count = 0;   // as far as the run's ring knows
  int64_t virtual_nanos = 0;  // of the last of them
};

inline constexpr size_t kPacketBytesMax = size_t{160} << 10;

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SEED_PROTOCOL_H_
