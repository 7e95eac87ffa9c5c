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

// A message on its way to one actor, from the block for it to what became of it. All of it that
// does not depend on the message's type, so that each message compiles through little else.
class Telling {
 public:
  // Begins with nothing at `place`, which has room for `bytes` with an envelope's.
  Telling(Cell& cell, const MessageOps& ops, uint8_t size_class, size_t bytes)
      : cell_(cell), worker_(WorkerOf(cell.domain().scheduler().blocks())) {
    void* block = worker_ == nullptr ? nullptr : worker_->magazine().AtHand(size_class);
    if (block == nullptr) [[unlikely]] {
      block = BlockTheLongWay(size_class, bytes);
    }
    envelope_ = new (block) Envelope{.ops = &ops, .size_class = size_class};
  }
  ~Telling() {
    if (envelope_ != nullptr) [[unlikely]] {
      GiveUp();
    }
  }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  void* place() const { return envelope_->payload(); }

  // The message is in its place: sends it. On failure it is there still, until this ends.
  SendResult Send(Patience patience);
  // The same, and waits for room no longer than `timeout`.
  SendResult SendWithin(absl::Duration timeout);

 private:
  bool Pushes();
  void* BlockTheLongWay(uint8_t size_class, size_t bytes);
  void GiveUp();

  Cell& cell_;
  Worker* const worker_;  // the calling thread's, if it belongs to the cell's scheduler
  Envelope* envelope_;    // until it is sent
  bool filled_ = false;
};

template <typename M, typename From>
SendResult TellTo(const CellRef& cell, const MessageOps& ops, From&& message, Patience patience) {
  static_assert(alignof(M) <= kMessageAlignmentMax, "a message's alignment is 16 at most");
  using Block = EnvelopeBlock<sizeof(M), false>;
  if (!cell) [[unlikely]] {
    return NobodyToTell(patience);
  }
  Telling telling(*cell, ops, Block::kClass, Block::kBytes);
  M& kept = *new (telling.place()) M(static_cast<From&&>(message));
  const SendResult result = telling.Send(patience);
  // An rvalue that was not sent is the sender's again.
  if constexpr (!std::is_lvalue_reference_v<From> &&
                requires { message = static_cast<M&&>(kept); }) {
    if (!result.ok()) [[unlikely]] {
      message = static_cast<M&&>(kept);
    }
  }
  return result;
}

template <typename M, typename From>
SendResult TellToWithin(const CellRef& cell, const MessageOps& ops, From&& message,
                        absl::Duration timeout) {
  using Block = EnvelopeBlock<sizeof(M), false>;
  if (!cell) return NobodyToTell(Patience::kWaits);
  Telling telling(*cell, ops, Block::kClass, Block::kBytes);
  M& kept = *new (telling.place()) M(static_cast<From&&>(message));
  const SendResult result = telling.SendWithin(timeout);
  if constexpr (!std::is_lvalue_reference_v<From> &&
                requires { message = static_cast<M&&>(kept); }) {
    if (!result.ok()) message = static_cast<M&&>(kept);
  }
  return result;
}

// Has the actor end when it comes to it.
SendResult TellToStop(const CellRef& cell);

// Null if there is nobody to ask.
template <typename M, typename From>
Envelope* MakeAsk(const CellRef& cell, const MessageOps& ops, From&& message) {
  static_assert(alignof(M) <= kMessageAlignmentMax, "a message's alignment is 16 at most");
  if (!cell) return nullptr;
  using Block = EnvelopeBlock<sizeof(M), true>;
  Blank blank(AllocateBlock(cell->domain().scheduler().blocks(), Block::kClass, Block::kBytes), ops,
              Block::kClass, true);
  new (blank.place()) M(static_cast<From&&>(message));
  return blank.Fill();
}

// What a handler that returns R leaves pending.
template <typename R>
using PendingOf = Pending<typename AskTraits<R>::Value>;

// Sends what MakeAsk made.
template <typename R>
PendingOf<R> SendRequest(const CellRef& cell, Envelope* ask, const AskOptions& options) {
  if (ask == nullptr) return PendingOf<R>(NobodyToAsk());
  return PendingOf<R>(SendAsk(*cell, EnvelopePtr(ask), options));
}

// The same, and waits for the answer.
template <typename R>
AskResult<R> SendAndAwait(const CellRef& cell, Envelope* ask, const AskOptions& options) {
  if (ask == nullptr) {
    RestAfterFailure();
    return NobodyToAsk();
  }
  absl::Status error;
  EnvelopePtr reply = SendAskAndWait(*cell, EnvelopePtr(ask), options, error);
  if (reply == nullptr) [[unlikely]] {
    return error;
  }
  return TakeAnswer<typename AskTraits<R>::Value>(std::move(reply));
}

template <typename R, typename M, typename From>
PendingOf<R> RequestFrom(const CellRef& cell, const MessageOps& ops, From&& message,
                         const AskOptions& options) {
  return SendRequest<R>(cell, MakeAsk<M>(cell, ops, static_cast<From&&>(message)), options);
}

template <typename R, typename M, typename From>
AskResult<R> AskOf(const CellRef& cell, const MessageOps& ops, From&& message,
                   const AskOptions& options) {
  return SendAndAwait<R>(cell, MakeAsk<M>(cell, ops, static_cast<From&&>(message)), options);
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
