// Everything that a run leaves to chance, as named decisions.
//
// A decision is (stream, index, options, chosen). The seed is only the default oracle: choice
// `index` of a stream depends on (seed, stream, index) and on nothing else, so that a choice that
// is added or taken away in one stream moves nothing in another.

#ifndef REHEARSE_SIM_SCHEDULE_DECISIONS_H_
#define REHEARSE_SIM_SCHEDULE_DECISIONS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"

namespace rehearse::sim {

// One stream of decisions: "schedule", "link server-1>client-1 loss".
class DecisionStream {
 public:
  DecisionStream(std::string name, Random random) : name_(std::move(name)), random_(random) {}

  // One of `options`, from 0; with one option or none nothing is decided.
  uint64_t Choose(uint64_t options) { return options < 2 ? 0 : random_.Below(options); }
  bool Chance(Ratio odds) { return random_.Chance(odds); }
  int64_t Between(int64_t low, int64_t high) { return random_.Between(low, high); }
  Random& random() { return random_; }

  const std::string& name() const { return name_; }
  // Decisions made so far.
  uint64_t index() const { return random_.index(); }

 private:
  std::string name_;
  Random random_;
};

// A run's streams by name.
class Decisions {
 public:
  explicit Decisions(uint64_t seed) : root_(seed) {}

  DecisionStream Open(absl::string_view name, uint64_t number = 0) const {
    return DecisionStream(std::string(name), root_.Split(name, number));
  }
  Random random(absl::string_view label) const { return root_.Split(label); }

 private:
  const Random root_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_DECISIONS_H_
