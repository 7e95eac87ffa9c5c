// Everything that a run leaves to chance, as named decisions.
//
// A decision is (stream, index, kind, chosen). The seed is only the default oracle: choice
// `index` of a stream depends on (seed, stream, index) and on nothing else, so that a choice that
// is added or taken away in one stream moves nothing in another; and a choice that a DecisionLog
// changes moves none of those behind it.

#ifndef REHEARSE_SIM_SCHEDULE_DECISIONS_H_
#define REHEARSE_SIM_SCHEDULE_DECISIONS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/schedule/decision_log.h"

namespace rehearse::sim {

// One stream of decisions: "schedule", "link server-1>client-1".
class DecisionStream {
 public:
  // `log` may be null.
  DecisionStream(std::string name, Random random, DecisionLog* log = nullptr)
      : name_(std::move(name)), random_(random), log_(log) {}

  // One of `options`, from 0; with one option or none nothing is decided.
  uint64_t Choose(uint64_t options) {
    if (options < 2) return 0;
    const uint64_t index = random_.index();
    const uint64_t drawn = random_.Below(options);
    return Settled({.index = index, .options = options}, Decision::Kind::kChoice, drawn);
  }
  // Whether it happens; where it never can, nothing is decided.
  bool Chance(Ratio odds) {
    if (odds.never()) return false;
    const uint64_t index = random_.index();
    const bool drawn = random_.Chance(odds);
    return Settled({.index = index, .odds = odds}, Decision::Kind::kChance, drawn ? 1 : 0) != 0;
  }
  // In [low, high]; with no room between them nothing is decided.
  int64_t Between(int64_t low, int64_t high) {
    if (high <= low) return low;
    const uint64_t index = random_.index();
    const auto drawn = static_cast<uint64_t>(random_.Between(low, high));
    return static_cast<int64_t>(
        Settled({.index = index, .low = low, .high = high}, Decision::Kind::kBetween, drawn));
  }
  // 64 uniform bits.
  uint64_t Bits() {
    const uint64_t index = random_.index();
    return Settled({.index = index}, Decision::Kind::kBits, random_.Next());
  }

  const std::string& name() const { return name_; }
  // Decisions made so far.
  uint64_t index() const { return random_.index(); }

 private:
  // What a decision is asked with, apart from its kind.
  struct Question {
    uint64_t index;
    uint64_t options = 0;
    Ratio odds = {};
    int64_t low = 0;
    int64_t high = 0;
  };

  uint64_t Settled(const Question& question, Decision::Kind kind, uint64_t drawn) {
    return log_ == nullptr ? drawn : SettleBy(*log_, question, kind, drawn);
  }
  [[gnu::noinline]] uint64_t SettleBy(DecisionLog& log, const Question& question,
                                      Decision::Kind kind, uint64_t drawn) const {
    return log.Settle({.stream = name_,
                       .index = question.index,
                       .kind = kind,
                       .options = question.options,
                       .odds = question.odds,
                       .low = question.low,
                       .high = question.high,
                       .chosen = drawn});
  }

  std::string name_;
  Random random_;
  DecisionLog* log_;
};

// A run's streams by name.
class Decisions {
 public:
  // `log` may be null, and outlives all streams.
  explicit Decisions(uint64_t seed, DecisionLog* log = nullptr) : root_(seed), log_(log) {}

  DecisionStream Open(absl::string_view name, uint64_t number = 0) const {
    return Named(number == 0 ? std::string(name) : absl::StrCat(name, " #", number),
                 root_.Split(name, number));
  }
  // The stream that draws from `random`, under a name for people.
  DecisionStream Named(std::string name, Random random) const {
    return DecisionStream(std::move(name), random, log_);
  }
  Random random(absl::string_view label, uint64_t number = 0) const {
    return root_.Split(label, number);
  }

 private:
  const Random root_;
  DecisionLog* const log_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_DECISIONS_H_
