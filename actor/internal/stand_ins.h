// What stands on a node for actors of others.
//
// For each there is a cell that has no object and takes no messages, and that the router ends when
// it learns that the actor has ended. So links, monitors, ids and equality of refs are the same
// wherever an actor lives. While nobody watches it, it costs its memory alone: the router asks the
// other node for news only of those that somebody watches.

#ifndef REHEARSE_ACTOR_INTERNAL_STAND_INS_H_
#define REHEARSE_ACTOR_INTERNAL_STAND_INS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::internal {

// One node's; any thread.
class StandIns {
 public:
  StandIns();
  ~StandIns();

  // The one that stands for `actor` on `node`, until it has ended; then another.
  CellRef Find(Node& from, absl::string_view node, absl::string_view actor, uint64_t incarnation);

  size_t size() const;

 private:
  struct ByTarget;

  void ForgetUnused();

  mutable SpinLock lock_;
  const std::unique_ptr<ByTarget> by_target_;
  size_t sweep_at_ = 16;  // when there are so many, those that nobody refers to go
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_STAND_INS_H_
