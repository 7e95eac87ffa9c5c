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

// Answers with what `call` returns, or panics if an error has nobody to go to.
template <typename R, typename Call>
void AnswerWith(Cell& cell, Envelope& envelope, Call&& call) {
  if constexpr (std::is_void_v<R>) {
    call();
    if (const ReplyId to = envelope.TakeReplyTo()) SendAnswer<void>(NodeOf(cell), to);
  } else {
    static_assert(!std::is_reference_v<R> && IsReplyValue<R>::value,
                  "a handler returns a value, Status or StatusOr: no references, pointers, views");
    R result = call();
    if (const ReplyId to = envelope.TakeReplyTo()) {
      SendAnswer<typename AskTraits<R>::Value>(NodeOf(cell), to, std::move(result));
    } else if (const absl::Status* status = StatusOf(result);
               status != nullptr && !status->ok() && !ObeysStop(cell, *status)) {
      throw ToldHandlerFailed(*status);
    }
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

template <typename A, typename M>
void InvokeHandler(Cell& cell, Envelope& envelope) {
  A& actor = *static_cast<A*>(cell.object());
  if constexpr (kHasOnMessage<A>) {
    Incoming incoming(envelope);
    if (static_cast<Actor&>(actor).OnMessage(incoming) == Admission::kRefuse) {
      return cell.RefuseMessage(envelope);
    }
  }
  Exact<M> message(envelope.As<M>());
  using Return = ReturnOf<A, M>;
  if constexpr (HandlerTraits<A, M>::kLater) {
    actor.Handle(std::move(message), TakeOver<Return>(cell, envelope));
  } else {
    AnswerWith<Return>(cell, envelope,
                       [&]() -> Return { return actor.Handle(std::move(message)); });
  }
}

template <typename A, typename M>
inline constexpr MessageOps kHandlerOps = {TypeName<M>(), &InvokeHandler<A, M>, kDestroy<M>};

}  // namespace rehearse::internal

namespace rehearse {

template <typename A, typename M>
M* Incoming::As() {
  return envelope_.ops == &internal::kHandlerOps<A, M> ? &envelope_.As<M>() : nullptr;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_INVOKE_H_
