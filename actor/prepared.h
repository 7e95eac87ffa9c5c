// A ref before the start.

#ifndef REHEARSE_ACTOR_PREPARED_H_
#define REHEARSE_ACTOR_PREPARED_H_

#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/internal/spawn.h"
#include "rehearse/actor/node.h"

namespace rehearse {

// An actor that has an address and a mailbox, and nothing else yet: for those who must know each
// other before they begin.
//
//   Prepared<Left> left(node);
//   Prepared<Right> right(node);
//   left.Start(right.ref());
//   right.Start(left.ref());
//
// What is sent before the start waits. Dropped without a start, the actor has ended: what was sent
// is refused. Any thread.
template <typename A>
class Prepared {
 public:
  explicit Prepared(Node& node, const SpawnOptions& options = {})
      : ref_(internal::PrepareCell(node, internal::kActorClass<A>,
                                   node.CellOptionsOf(options, nullptr))),
        link_to_(options.link_to) {}
  Prepared(Prepared&& other) noexcept
      : ref_(std::move(other.ref_)),
        link_to_(std::move(other.link_to_)),
        started_(std::exchange(other.started_, true)) {}
  Prepared& operator=(Prepared&&) = delete;
  ~Prepared() {
    if (!started_) ref_.cell()->NeverStart();
  }

  const ActorRef<A>& ref() const { return ref_; }

  // As Node::Spawn, once.
  template <typename... Arguments>
  ActorRef<A> Start(Arguments&&... arguments) {
    REHEARSE_CHECK(!started_, "a prepared actor was started twice");
    EnvelopePtr start =
        internal::MakeStart<A>(ref_.cell()->node(), std::forward<Arguments>(arguments)...);
    started_ = true;  // not if the arguments could not be copied
    ref_.cell()->Start(std::move(start), link_to_.cell().get());
    return ref_;
  }

  // Starts it, and waits until it has ended: the actor is run by its caller. A caller that is
  // stopped stops it, and is told kCancelled.
  template <typename... Arguments>
  absl::StatusOr<ExitReason> Run(Arguments&&... arguments) {
    const ActorRef<A> actor = Start(std::forward<Arguments>(arguments)...);
    absl::StatusOr<ExitReason> reason = actor.Join();
    if (!reason.ok()) actor.Stop();
    return reason;
  }

 private:
  ActorRef<A> ref_;
  AnyRef link_to_;
  bool started_ = false;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PREPARED_H_
