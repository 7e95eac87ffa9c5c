// What an actor has that may live more than once: how to build it, and who decides.
//
// An incarnation ends as any actor does, with its children, its OnStop and its object; then the
// actor's fiber asks its keeper whether it lives again. All the while the mailbox stays open, and
// refs, names, links and monitors stay as they are: nobody is told of anything but the last end.

#ifndef REHEARSE_ACTOR_INTERNAL_REVIVAL_H_
#define REHEARSE_ACTOR_INTERNAL_REVIVAL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::internal {

class Cell;

// Builds the object in the cell and runs its start, each time anew. On the actor's fiber.
class Recipe {
 public:
  virtual ~Recipe() = default;
  virtual void Build(Cell& cell) const = 0;
};

class Keeper {
 public:
  virtual ~Keeper() = default;
  // An incarnation has ended. Whether there is to be another; it may wait, with Cell::Hold and
  // Cell::Pause. On the actor's fiber.
  virtual bool Revive(Cell& cell, const ExitReason& reason) = 0;
  // There is none. On the actor's fiber.
  virtual void Ended(Cell& cell, const ExitReason& reason) = 0;
};

struct Revival {
  std::unique_ptr<const Recipe> recipe;
  std::unique_ptr<Keeper> keeper;
  std::atomic<uint32_t> incarnation{1};
  // Whatever the keeper says, there is no other life.
  std::atomic<bool> retired{false};
  // The present incarnation is to end so that another can begin.
  std::atomic<bool> restart_wanted{false};
  // The incarnation that has ended was asked to stop, by others than its keeper. Its fiber's.
  bool stopped = false;

  // Under the lock of the cell's cold part: of an actor between two lives, the wait of its fiber,
  // and what it was told.
  WaitToken held;
  std::optional<absl::Duration> verdict;  // to live again, after that long
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_REVIVAL_H_
