// A strong reference to a cell: it keeps the cell's memory, and the life of an actor that stops
// when nobody refers to it.

#ifndef REHEARSE_ACTOR_INTERNAL_CELL_REF_H_
#define REHEARSE_ACTOR_INTERNAL_CELL_REF_H_

#include <utility>

#include "rehearse/actor/internal/cell.h"

namespace rehearse::internal {

class CellRef {
 public:
  CellRef() = default;
  // One more reference.
  static CellRef Shared(Cell* cell) {
    if (cell != nullptr) cell->AddStrong();
    return CellRef(cell);
  }
  // Takes over a strong reference that was added already: a new cell has one.
  static CellRef Adopted(Cell& cell) { return CellRef(&cell); }

  CellRef(const CellRef& other) : CellRef(Shared(other.cell_)) {}
  CellRef(CellRef&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  CellRef& operator=(CellRef other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~CellRef() {
    if (cell_ != nullptr) cell_->RemoveStrong();
  }

  Cell* get() const { return cell_; }
  Cell* operator->() const { return cell_; }
  Cell& operator*() const { return *cell_; }
  explicit operator bool() const { return cell_ != nullptr; }
  friend bool operator==(const CellRef& a, const CellRef& b) { return a.cell_ == b.cell_; }

 private:
  explicit CellRef(Cell* cell) : cell_(cell) {}

  Cell* cell_ = nullptr;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_CELL_REF_H_
