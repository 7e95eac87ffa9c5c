// What the workers of a supervised world write down, and the rules that their lives keep.

#ifndef REHEARSE_TESTS_SUPERVISION_LEDGER_H_
#define REHEARSE_TESTS_SUPERVISION_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/expect.h"

namespace rehearse {

// One entry an actor, by its id.
class Ledger {
 public:
  void Begins(uint64_t actor) {
    Entry& entry = entries_[actor];
    REHEARSE_EXPECT(!entry.lives) << "actor " << actor << " begins before its last life is over";
    entry.lives = true;
    entry.started = entry.stopped = false;
  }
  void Starts(uint64_t actor) {
    Entry& entry = entries_[actor];
    REHEARSE_EXPECT(entry.lives && !entry.started) << "actor " << actor << " starts twice";
    entry.started = true;
  }
  // A message numbered by its sender: each comes once at most, and in order.
  void Handles(uint64_t actor, uint64_t number) {
    Entry& entry = entries_[actor];
    REHEARSE_EXPECT(entry.started && !entry.stopped)
        << "actor " << actor << " handles outside of its life";
    REHEARSE_EXPECT(number > entry.last)
        << "actor " << actor << " handles " << number << " after " << entry.last;
    entry.last = number;
  }
  void Stops(uint64_t actor) {
    Entry& entry = entries_[actor];
    REHEARSE_EXPECT(entry.started && !entry.stopped) << "actor " << actor << " stops out of turn";
    entry.stopped = true;
  }
  void Ends(uint64_t actor) { entries_[actor].lives = false; }

  int alive() const {
    int alive = 0;
    for (const auto& [actor, entry] : entries_) alive += entry.lives ? 1 : 0;
    return alive;
  }

 private:
  struct Entry {
    bool lives = false;
    bool started = false;
    bool stopped = false;
    uint64_t last = 0;
  };
  std::map<uint64_t, Entry> entries_;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_SUPERVISION_LEDGER_H_
