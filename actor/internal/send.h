// What all sends have in common, whoever they go to.

#ifndef REHEARSE_ACTOR_INTERNAL_SEND_H_
#define REHEARSE_ACTOR_INTERNAL_SEND_H_

#include <string>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/send_result.h"
#include "rehearse/actor/wire.h"

namespace rehearse {

struct AskOptions {
  // How long to wait for room in a full mailbox.
  absl::Duration mailbox_timeout = absl::InfiniteDuration();
  // How long to wait for the answer, counted from the call; an ask made while handling another ends
  // no later than that one. Late answers are dropped.
  absl::Duration reply_timeout = absl::InfiniteDuration();
};

namespace internal {

enum class Patience : uint8_t { kTries, kWaits };

// A named actor of another node.
struct RemoteTarget {
  Node* from;  // the node that would send
  std::string node;
  std::string actor;

  std::string ToString() const { return actor + "@" + node; }
};

absl::Status AwaitStartOfCell(const CellRef& cell, absl::Duration timeout);
absl::StatusOr<ExitReason> JoinCell(const CellRef& cell, absl::Duration timeout);

// On failure `envelope` is still the caller's.
SendResult SendTell(Cell& cell, Envelope& envelope, Patience patience);
// The same on a fiber of `worker`, which belongs to the cell's scheduler.
SendResult SendTellOn(Worker& worker, Cell& cell, Envelope& envelope, Patience patience);
PendingBase SendAsk(Cell& cell, EnvelopePtr envelope, const AskOptions& options);
// As SendAsk, and waits for the answer. Null: there is none, and `error` says why.
EnvelopePtr SendAskAndWait(Cell& cell, EnvelopePtr&& envelope, const AskOptions& options,
                           absl::Status& error);
SendResult SendTellRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, Patience patience);
PendingBase SendAskRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, ParseReply parse, const AskOptions& options);
absl::Status NobodyToAsk();
SendResult NobodyToTell(Patience patience);

// Gives an rvalue back to the sender whose `envelope` nobody took.
template <typename M, typename From>
[[gnu::noinline, gnu::cold]] void GiveBack(Envelope& envelope, [[maybe_unused]] From&& message) {
  const EnvelopePtr refused(&envelope);
  if constexpr (!std::is_lvalue_reference_v<From> && std::is_move_assignable_v<M>) {
    message = std::move(envelope.As<M>());
  }
}

// With no block at hand.
template <typename M, typename From>
[[gnu::noinline]] SendResult TellTheLongWay(Cell& cell, const MessageOps& ops, From&& message,
                                            Patience patience) {
  Envelope& envelope =
      *MakeEnvelope<M, false>(cell.domain().scheduler().blocks(), ops, std::forward<From>(message));
  const SendResult result = SendTell(cell, envelope, patience);
  if (!result.ok()) GiveBack<M>(envelope, std::forward<From>(message));
  return result;
}

template <typename M, typename From>
SendResult TellTo(const CellRef& cell, const MessageOps& ops, From&& message, Patience patience) {
  if (!cell) [[unlikely]] {
    return NobodyToTell(patience);
  }
  Worker* const worker = WorkerOf(cell->domain().scheduler().blocks());
  void* const block =
      worker == nullptr ? nullptr : worker->magazine().AtHand(EnvelopeBlock<M, false>::kClass);
  if (block == nullptr) [[unlikely]] {
    return TellTheLongWay<M>(*cell, ops, std::forward<From>(message), patience);
  }
  Envelope& envelope = *MakeEnvelopeIn<M, false>(block, ops, std::forward<From>(message));
  const SendResult result = SendTellOn(*worker, *cell, envelope, patience);
  if (!result.ok()) [[unlikely]] {
    GiveBack<M>(envelope, std::forward<From>(message));
  }
  return result;
}

// What a handler that returns R leaves pending.
template <typename R>
using PendingOf = Pending<typename AskTraits<R>::Value>;

template <typename R, typename M, typename From>
PendingOf<R> RequestFrom(const CellRef& cell, const MessageOps& ops, From&& message,
                         const AskOptions& options) {
  if (!cell) return PendingOf<R>(NobodyToAsk());
  EnvelopePtr envelope(
      MakeEnvelope<M, true>(cell->domain().scheduler().blocks(), ops, std::forward<From>(message)));
  return PendingOf<R>(SendAsk(*cell, std::move(envelope), options));
}

template <typename R, typename M, typename From>
AskResult<R> AskOf(const CellRef& cell, const MessageOps& ops, From&& message,
                   const AskOptions& options) {
  if (!cell) {
    RestAfterFailure();
    return NobodyToAsk();
  }
  absl::Status error;
  EnvelopePtr reply =
      SendAskAndWait(*cell,
                     EnvelopePtr(MakeEnvelope<M, true>(cell->domain().scheduler().blocks(), ops,
                                                       std::forward<From>(message))),
                     options, error);
  if (reply == nullptr) [[unlikely]] {
    return error;
  }
  return TakeAnswer<typename AskTraits<R>::Value>(std::move(reply));
}

// On failure whoever waits for `reply_to` is told; `envelope` is an ask's.
void SendForward(Node& node, const CellRef& cell, EnvelopePtr envelope, ReplyId reply_to);

template <typename M, typename From>
void ForwardTo(Node& node, const CellRef& cell, const MessageOps& ops, From&& message,
               ReplyId reply_to) {
  SendForward(node, cell,
              EnvelopePtr(MakeEnvelope<M, true>(BlocksOf(node), ops, std::forward<From>(message))),
              reply_to);
}

// Worked out by the compiler, not at each send.
template <typename M>
inline constexpr absl::string_view kTypeName = TypeName<M>();

// A protocol with a message that has no codec can't be looked up, so its refs are never remote.
template <typename M>
SendResult TellRemote(const RemoteTarget& target, const M& message, Patience patience) {
  if constexpr (WireMessage<M>) {
    std::string bytes;
    AppendWire<M>(message, bytes);
    return SendTellRemote(target, M::kMessageId, kTypeName<M>, bytes, patience);
  } else {
    return {absl::StatusCode::kInvalidArgument, "the message has no codec"};
  }
}

template <typename R, typename M>
PendingOf<R> RequestRemote(const RemoteTarget& target, const M& message,
                           const AskOptions& options) {
  if constexpr (WireMessage<M> && WireValue<typename AskTraits<R>::Value>) {
    std::string bytes;
    AppendWire<M>(message, bytes);
    return PendingOf<R>(
        SendAskRemote(target, M::kMessageId, kTypeName<M>, bytes, &ParseAnswer<R>, options));
  } else {
    return PendingOf<R>(FrameworkError(
        absl::InvalidArgumentError("ask: the message or its reply has no codec"), Effect::kNone));
  }
}

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_SEND_H_
