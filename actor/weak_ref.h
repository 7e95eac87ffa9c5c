// A ref that does not count.
//
//   WeakRef<Session> session(ref);
//   if (ActorRef<Session> strong = session.Upgrade()) strong.Tell(Tick{});
//
// What it is for: an actor that keeps refs of those who keep it, where one of the two is to end
// when nobody else refers to it (SpawnOptions::stop_when_unreferenced). Any thread; copies are
// cheap.

#ifndef REHEARSE_ACTOR_WEAK_REF_H_
#define REHEARSE_ACTOR_WEAK_REF_H_

#include <memory>
#include <string>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/internal/weak_cell.h"

namespace rehearse {

// T is an actor's class or a Protocol, as in ActorRef<T>.
template <typename T>
class WeakRef {
 public:
  WeakRef() = default;
  explicit WeakRef(const ActorRef<T>& ref) : cell_(ref.cell()) {}

  // Empty if the actor has ended.
  ActorRef<T> Upgrade() const { return ActorRef<T>(cell_.Upgrade()); }

  // 0 for the default-constructed ref.
  ActorId id() const { return cell_.get() == nullptr ? ActorId{} : cell_.get()->actor_id(); }
  friend bool operator==(const WeakRef& a, const WeakRef& b) {
    return a.cell_.get() == b.cell_.get();
  }

 private:
  internal::WeakCell cell_;
};

// Of an actor of another node it is as good as the strong one: those don't count either.
template <typename... Signatures>
class WeakRef<Protocol<Signatures...>> {
 public:
  using Strong = ActorRef<Protocol<Signatures...>>;

  WeakRef() = default;
  explicit WeakRef(const Strong& ref)
      : cell_(ref.cell()),
        table_(ref.table()),
        stand_in_(ref.remote() ? ref.cell() : internal::CellRef()) {}

  Strong Upgrade() const { return stand_in_ ? Strong(stand_in_) : Strong(cell_.Upgrade(), table_); }

  ActorId id() const { return cell_.get() == nullptr ? ActorId{} : cell_.get()->actor_id(); }
  friend bool operator==(const WeakRef& a, const WeakRef& b) {
    return a.cell_.get() == b.cell_.get();
  }

 private:
  internal::WeakCell cell_;
  const MessageOps* const* table_ = nullptr;
  internal::CellRef stand_in_;  // of an actor of another node
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_WEAK_REF_H_
