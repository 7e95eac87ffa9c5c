// Paths of a program that are seldom taken, made frequent in rehearsal.
//
//   if (REHEARSE_BUGGIFY()) return absl::ResourceExhaustedError("full");   // as it may be, one day
//   const int64_t batch_max = Knob("batch_max", 1000, {1, 2, 100'000});
//
// In production REHEARSE_BUGGIFY() is false and a knob has its usual value. In a simulated world
// whose swarm draws it (sim/fault/swarm.h), a quarter of the places are active in a run, and an
// active one fires a quarter of the times: so whole kinds of trouble are rare together in one run,
// and thick in another. (FoundationDB's BUGGIFY; its knobs.)

#ifndef REHEARSE_ACTOR_RARE_PATHS_H_
#define REHEARSE_ACTOR_RARE_PATHS_H_

#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rehearse {

// The seam: a node is provided with one where rare paths are to be taken.
class RarePaths {
 public:
  virtual ~RarePaths() = default;

  // Whether the place at `line` of `file` takes its rare path now. On the node's fiber.
  virtual bool Takes(const char* file, int line) = 0;

  // The value of the knob `name`: the same whenever it is asked for in a run, on all nodes.
  virtual int64_t ValueOf(absl::string_view name, int64_t usual,
                          absl::Span<const int64_t> others) = 0;
};

// Whether to take the rare path, here and now. False outside of programs and actors. Any thread.
bool TakesRarePath(const char* file, int line);

// `usual`, or in rehearsal now and then one of `others`: for limits, sizes and timeouts that a
// program should bear. Asked for once, where it is kept, as a rule. Any thread; outside of programs
// and actors it is `usual`.
int64_t Knob(absl::string_view name, int64_t usual, std::initializer_list<int64_t> others);

}  // namespace rehearse

#define REHEARSE_BUGGIFY() ::rehearse::TakesRarePath(__FILE__, __LINE__)

#endif  // REHEARSE_ACTOR_RARE_PATHS_H_
