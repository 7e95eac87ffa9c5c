// One choice that a run left to chance: which, out of what, and what came of it.
//
// A seed is only the default oracle for these. A run's decisions can be written down, edited and
// given to another run: what is given there is chosen, and all others are drawn as ever.

#ifndef REHEARSE_SIM_SCHEDULE_DECISION_H_
#define REHEARSE_SIM_SCHEDULE_DECISION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ratio.h"

namespace rehearse::sim {

struct Decision {
  enum class Kind : uint8_t {
    kChoice,   // one of `options`, from 0
    kChance,   // 1 for yes, 0 for no, by `odds`
    kBetween,  // low to high
    kBits,     // 64 of them
  };

  std::string stream = {};  // "schedule", "link server-1>client-1"
  uint64_t index = 0;       // in its stream: draws before it
  Kind kind = Kind::kChoice;
  uint64_t options = 0;  // kChoice
  Ratio odds = {};       // kChance
  int64_t low = 0;       // kBetween
  int64_t high = 0;
  uint64_t chosen = 0;  // of kBetween, the bits of an int64_t

  // Whether this may be chosen where `asked` is: the kind is the same, and the choice is among
  // those that there are. Odds need not be the same.
  bool Fits(const Decision& asked) const;

  // "\"schedule\" 17 choice 5 = 2", "\"link a>b\" 4 chance 3/1000 = yes",
  // "\"link a>b\" 5 between 1000 20000 = 1234", "\"seed of a/1\" 0 bits = 0x2a".
  std::string ToString() const;
};

class LineCursor;

// Reads what ToString writes, to the line's end.
absl::StatusOr<Decision> ParseDecision(LineCursor& line);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_DECISION_H_
