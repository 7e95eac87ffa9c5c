// A reference to a cell that keeps its memory, but not the life of an actor that stops when nobody
// refers to it.

#ifndef REHEARSE_ACTOR_INTERNAL_WEAK_CELL_H_
#define REHEARSE_ACTOR_INTERNAL_WEAK_CELL_H_

#include <utility>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_ref.h"

namespace rehearse::internal {

class WeakCell {
 public:
  WeakCell() = default;
  explicit WeakCell(const CellRef& cell) : cell_(cell.get()) {
    if (cell_ != nullptr) cell_->Ref();
  }
  explicit WeakCell(Cell& cell) : cell_(&cell) { cell.Ref(); }
  WeakCell(const WeakCell& other) : cell_(other.cell_) {
    if (cell_ != nullptr) cell_->Ref();
  }
  WeakCell(WeakCell&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  WeakCell& operator=(WeakCell other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~WeakCell() {
    if (cell_ != nullptr) cell_->Unref();
  }

  // Empty if the actor has ended, or is about to for want of references.
  CellRef Upgrade() const {
    if (cell_ == nullptr || cell_->phase() == Cell::Phase::kEnded || !cell_->TryAddStrong()) {
      return {};
    }
    return CellRef::Adopted(*cell_);
  }

  // Whether it has not ended, and somebody refers to it or watches it.
  bool in_use() const {
    return cell_ != nullptr && cell_->phase() != Cell::Phase::kEnded &&
           (cell_->strong_count() != 0 || cell_->watcher_count() != 0);
  }

  Cell* get() const { return cell_; }

 private:
  Cell* cell_ = nullptr;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_WEAK_CELL_H_
