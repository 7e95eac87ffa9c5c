// What a supervised child has of its supervisor: it reports its ends, and holds until it is told.

#ifndef REHEARSE_ACTOR_SUPERVISION_INTERNAL_CHILD_KEEPER_H_
#define REHEARSE_ACTOR_SUPERVISION_INTERNAL_CHILD_KEEPER_H_

#include <cstdint>
#include <utility>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/internal/revival.h"
#include "rehearse/actor/supervision/child_options.h"

namespace rehearse::internal {

// To the supervisor, by the lane that no bound delays.
struct ChildNews {
  CellRef child;
  uint32_t incarnation;  // of the child, which has ended
  uint32_t supervisor;   // the supervisor's incarnation that started the child
  bool ended;            // for good; else it is down, and waits to be told
  ExitReason reason;

  static void Invoke(Cell& cell, Envelope& envelope);
};

class ChildKeeper final : public Keeper {
 public:
  // `supervisor`: its incarnation.
  ChildKeeper(const ChildOptions& options, uint32_t supervisor, Instant now)
      : options_(options), supervisor_(supervisor), up_(now) {}

  bool Revive(Cell& cell, const ExitReason& reason) override;
  void Ended(Cell& cell, const ExitReason& reason) override;

  const ChildOptions& options() const { return options_; }

  // For the supervisor alone: one more failure, now. Returns how many there were in a row, which
  // `quiet` between a start and a failure interrupts.
  int CountFailure(Instant now, absl::Duration quiet) {
    if (now - up_ >= quiet) failures_ = 0;
    return ++failures_;
  }
  void SetUp(Instant when) { up_ = when; }

 private:
  bool Report(Cell& cell, bool ended, const ExitReason& reason) const;

  const ChildOptions options_;
  const uint32_t supervisor_;
  Instant up_;
  int failures_ = 0;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_SUPERVISION_INTERNAL_CHILD_KEEPER_H_
