#include "rehearse/actor/observe/actor_list.h"

#include <mutex>

#include "rehearse/actor/internal/family.h"
#include "rehearse/actor/internal/observed.h"

namespace rehearse {
namespace {

using internal::Cell;
using internal::Family;

// The memory of cells, not their lives: a strong reference to an actor that ends for want of those
// would be one too many.
class HeldCells {
 public:
  HeldCells() = default;
  ~HeldCells() {
    for (Cell* const cell : cells_) cell->Unref();
  }
  HeldCells(const HeldCells&) = delete;
  HeldCells& operator=(const HeldCells&) = delete;

  // False: there are more than `cells_max`.
  bool Add(Family& family, size_t cells_max) {
    const std::lock_guard<SpinLock> lock(family.lock);
    for (Cell* cell = family.newest; cell != nullptr; cell = cell->older()) {
      if (cells_.size() == cells_max) return false;
      cell->Ref();
      cells_.push_back(cell);
    }
    return true;
  }

  const std::vector<Cell*>& cells() const { return cells_; }

 private:
  std::vector<Cell*> cells_;
};

ListedActor Describe(const Cell& cell) {
  const Cell* const parent = cell.parent();
  return {.actor = internal::ObservedAs(cell),
          .parent = parent == nullptr ? ActorId{} : parent->actor_id(),
          .phase = cell.phase(),
          .incarnation = cell.incarnation(),
          .mailbox_size = cell.mailbox_size(),
          .mailbox_capacity = cell.mailbox_capacity()};
}

}  // namespace

ActorList ListActors(Node& node, size_t actors_max) {
  ActorList list;
  HeldCells held;
  list.complete = held.Add(node.family(), actors_max);
  for (size_t i = 0; i < held.cells().size(); ++i) {
    const Cell& cell = *held.cells()[i];
    list.actors.push_back(Describe(cell));
    Family* const children = cell.children_if_any();
    if (children != nullptr && !held.Add(*children, actors_max)) list.complete = false;
  }
  return list;
}

}  // namespace rehearse
