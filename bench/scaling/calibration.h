// What the model's steps cost on this machine, measured.

#ifndef REHEARSE_BENCH_SCALING_CALIBRATION_H_
#define REHEARSE_BENCH_SCALING_CALIBRATION_H_

#include <cstdint>

#include "rehearse/bench/scaling/scheduler_model.h"

namespace rehearse::bench {

// Nanoseconds, the least of several rounds each.
struct ProgramCosts {
  // By one worker that has the bias, and by one that uses locked instructions, as each of several
  // does: an operation of bench/peers.
  double big_alone = 0;
  double big_shared = 0;
  double contend_alone = 0;
  double contend_shared = 0;
  // Of a message of `contend`, the part that is not the sender's.
  double handle_shared = 0;
  // `fork`: the spawner's part and the rest, of actors of whom few live at once, and of a flood.
  double spawn = 0;
  double life = 0;
  double spawn_fresh = 0;
  double life_fresh = 0;
  double fork_alone = 0;  // a flood, both parts, with the bias
  // How much longer it takes when the other core does the same for itself: 1 where cores share
  // nothing, up to 2 where they are threads of one.
  double big_beside = 1;
  double contend_beside = 1;
  double fork_beside = 1;
};

MachineCosts MeasureMachine();
ProgramCosts MeasurePrograms();

// The least time an operation took, of `rounds` with so many workers; "big", "fork" or "contend".
double MeasureWall(const char* program, int64_t operations, int workers, int rounds);

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_SCALING_CALIBRATION_H_
