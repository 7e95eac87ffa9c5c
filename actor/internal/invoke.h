// From an envelope to a call of Handle, and from what it returns to an answer.

#ifndef REHEARSE_ACTOR_INTERNAL_INVOKE_H_
#define REHEARSE_ACTOR_INTERNAL_INVOKE_H_

#include <concepts>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/incoming.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/reply.h"

namespace rehearse::internal {

// A told handler returned an error: nobody waits for it, so it is a panic.
class ToldHandlerFailed : public std::runtime_error {
 public:
  explicit ToldHandlerFailed(const absl::Status& status) : std::runtime_error(status.ToString()) {}
};

// Whether `status` is what an actor returns because it is being stopped, as it should.
inline bool ObeysStop(const Cell& cell, const absl::Status& status) {
  return status.code() == absl::StatusCode::kCancelled && cell.stop_requested();
}

template <typename T>
const absl::Status* StatusOf(const T& result) {
  if constexpr (std::is_same_v<T, absl::Status>) {
    return &result;
  } else if constexpr (requires { result.status(); }) {
    return &result.status();
  } else {
    return nullptr;
  }
}

// The handler returned.
inline void AnswerDone(Cell& cell, Envelope& envelope) {
  if (const ReplyId to = envelope.TakeReplyTo()) SendAnswer<void>(NodeOf(cell), to);
}

// The handler returned `result`. Panics if that is an error that has nobody to go to.
template <typename R>
void AnswerWith(Cell& cell, Envelope& envelope, R&& result) {
  static_assert(!std::is_reference_v<R> && IsReplyValue<R>::value,
                "a handler returns a value, Status or StatusOr: no references, pointers, views");
  if (const ReplyId to = envelope.TakeReplyTo()) {
    SendAnswer<typename AskTraits<R>::Value>(NodeOf(cell), to, std::move(result));
  } else if (const absl::Status* status = StatusOf(result);
             status != nullptr && !status->ok() && !ObeysStop(cell, *status)) {
    throw ToldHandlerFailed(*status);
  }
}

// The reply, for a handler that answers later.
template <typename R>
Reply<R> TakeOver(Cell& cell, Envelope& envelope) {
  Node& node = NodeOf(cell);
  const ReplyId reply_to = envelope.TakeReplyTo();
  ReplyIsTakenOver(node, reply_to);
  return Reply<R>(node, reply_to);
}

// Whether A overrides the hook.
template <typename A>
inline constexpr bool kHasOnMessage = !requires {
  requires std::same_as<decltype(&A::OnMessage), Admission (Actor::*)(Incoming&)>;
};

// `envelope`, which a ref sent, with all that is in it, in a block of its own.
EnvelopePtr MovedOut(BlockPool& pool, Envelope& envelope);

template <typename A, typename M>
void InvokeHandler(Cell& cell, Envelope& envelope) {
  A& actor = *static_cast<A*>(cell.object());
  if constexpr (kHasOnMessage<A>) {
    Incoming incoming(envelope);
    switch (static_cast<Actor&>(actor).OnMessage(incoming)) {
      case Admission::kHandle: break;
      case Admission::kRefuse: return cell.RefuseMessage(envelope);
      case Admission::kStash: return cell.Stash(MovedOut(BlocksOf(NodeOf(cell)), envelope));
    }
  }
  using Handler = HandlerOf<A, M>;
  using Return = typename Handler::Return;
  constexpr typename Handler::Pointer handle = &A::Handle;
  M& message = *static_cast<M*>(envelope.payload());
  if constexpr (Handler::kLater) {
    (actor.*handle)(static_cast<M&&>(message), TakeOver<Return>(cell, envelope));
  } else if constexpr (std::is_void_v<Return>) {
    (actor.*handle)(static_cast<M&&>(message));
    AnswerDone(cell, envelope);
  } else {
    AnswerWith<Return>(cell, envelope, (actor.*handle)(static_cast<M&&>(message)));
  }
}

template <typename A, typename M>
inline constexpr MessageOps kHandlerOps = {
    TypeName<M>(), &InvokeHandler<A, M>, kDestroy<M>, kPut<M>, sizeof(M), kAssign<M>};

}  // namespace rehearse::internal

namespace rehearse {

template <typename A, typename M>
M* Incoming::As() {
  return envelope_.ops == &internal::kHandlerOps<A, M> ? &envelope_.As<M>() : nullptr;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_INVOKE_H_
