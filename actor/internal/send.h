// What all sends have in common, whoever they go to.

#ifndef REHEARSE_ACTOR_INTERNAL_SEND_H_
#define REHEARSE_ACTOR_INTERNAL_SEND_H_

#include <string>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/internal/remote_target.h"
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

// What an ask has that says nothing; one object, so that each such ask does not make its own.
inline constexpr AskOptions kPlainAsk = {};

enum class Patience : uint8_t { kTries, kWaits };

absl::Status AwaitStartOfCell(const CellRef& cell, absl::Duration timeout);
absl::StatusOr<ExitReason> JoinCell(const CellRef& cell, absl::Duration timeout);

// All sends go through these few functions, which know no message's type: so each message of a
// program costs its compiler little, where each function that it makes is what costs. `message` is
// of the type that `ops` are for. `put` takes it from where it is: that of `ops` moves it, another
// copies it.

// What was moved, and is not sent, is put back where it came from.
SendResult SendTell(const CellRef& cell, const MessageOps& ops, const void* message,
                    MessageOps::Put put, Patience patience);
// The same, and waits for room no longer than `timeout`.
SendResult SendTellWithin(const CellRef& cell, const MessageOps& ops, const void* message,
                          MessageOps::Put put, absl::Duration timeout);
PendingBase SendAsk(const CellRef& cell, const MessageOps& ops, const void* message,
                    MessageOps::Put put, const AskOptions& options);
// As SendAsk, and waits for the answer. Null: there is none, and `error` says why.
EnvelopePtr SendAskAndWait(const CellRef& cell, const MessageOps& ops, const void* message,
                           MessageOps::Put put, const AskOptions& options, absl::Status& error);
SendResult SendTellRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, Patience patience);
SendResult SendTellRemoteAcknowledged(const RemoteTarget& target, MessageId message,
                                      absl::string_view name, absl::string_view bytes,
                                      absl::Duration timeout);
PendingBase SendAskRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, ParseReply parse, const AskOptions& options);

// Copies a From&&, which need not be an M: it may be const, or an array whose pointer is sent.
template <typename M, typename From>
void CopyFrom(void* place, void* message) {
  new (place) M(static_cast<From&&>(*static_cast<std::remove_reference_t<From>*>(message)));
}

// How a From&& becomes an M.
template <typename M, typename From>
inline constexpr MessageOps::Put kPutFrom = &CopyFrom<M, From>;
template <typename M>
inline constexpr MessageOps::Put kPutFrom<M, M> = kPut<M>;

template <typename M, typename From>
SendResult TellTo(const CellRef& cell, const MessageOps& ops, From&& message, Patience patience) {
  return SendTell(cell, ops, __builtin_addressof(message), kPutFrom<M, From>, patience);
}

// Has the actor end when it comes to it.
SendResult TellToStop(const CellRef& cell);

// What a handler that returns R leaves pending.
template <typename R>
using PendingOf = Pending<typename AskTraits<R>::Value>;

// Sends, and waits for the answer.
template <typename R>
AskResult<R> SendAndAwait(const CellRef& cell, const MessageOps& ops, const void* message,
                          MessageOps::Put put, const AskOptions& options) {
  absl::Status error;
  EnvelopePtr reply = SendAskAndWait(cell, ops, message, put, options, error);
  if (reply == nullptr) [[unlikely]] {
    return error;
  }
  return TakeAnswer<typename AskTraits<R>::Value>(std::move(reply));
}

template <typename R, typename M, typename From>
PendingOf<R> RequestFrom(const CellRef& cell, const MessageOps& ops, From&& message,
                         const AskOptions& options) {
  return PendingOf<R>(SendAsk(cell, ops, __builtin_addressof(message), kPutFrom<M, From>, options));
}

template <typename R, typename M, typename From>
AskResult<R> AskOf(const CellRef& cell, const MessageOps& ops, From&& message,
                   const AskOptions& options) {
  return SendAndAwait<R>(cell, ops, __builtin_addressof(message), kPutFrom<M, From>, options);
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

template <typename M>
SendResult TellRemoteAcknowledged(const RemoteTarget& target, const M& message,
                                  absl::Duration timeout) {
  if constexpr (WireMessage<M>) {
    std::string bytes;
    AppendWire<M>(message, bytes);
    return SendTellRemoteAcknowledged(target, M::kMessageId, kTypeName<M>, bytes, timeout);
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
