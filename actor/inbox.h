// An actor that is a function and owns its receive loop.
//
//   void Teller(rehearse::Inbox<void(Deposit), int64_t(Balance)>& inbox) {
//     int64_t balance = 0;
//     while (auto message = inbox.Receive()) {
//       message->Match(
//           [&](Deposit& deposit) { balance += deposit.amount; },
//           [&](Balance&, rehearse::Reply<int64_t> reply) { std::move(reply).Send(balance); });
//     }
//   }

#ifndef REHEARSE_ACTOR_INBOX_H_
#define REHEARSE_ACTOR_INBOX_H_

#include <optional>
#include <type_traits>
#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/invoke.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/reply.h"

namespace rehearse {

template <typename... Signatures>
class Inbox;

namespace internal {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

Instant DeadlineOn(Node& node, absl::Duration timeout);

template <typename InboxType, typename M>
inline constexpr MessageOps kInboxOps = {TypeName<M>(), nullptr,   kDestroy<M>,
                                         kPut<M>,       sizeof(M), kAssign<M>};

}  // namespace internal

// A message taken from an inbox. Destroyed with its ask unanswered, it answers kAborted.
template <typename... Signatures>
class Received {
 public:
  Received(internal::Cell& cell, EnvelopePtr envelope)
      : cell_(&cell), envelope_(std::move(envelope)) {}
  Received(Received&&) noexcept = default;
  Received& operator=(Received&& other) noexcept {
    Finish();
    cell_ = other.cell_;
    envelope_ = std::move(other.envelope_);
    return *this;
  }
  ~Received() { Finish(); }

  // Calls the one of `functions` that takes the message: as (M&), whose result is the reply, or as
  // (M&, Reply<R>). There must be one for each message of the inbox.
  template <typename... Functions>
  void Match(Functions&&... functions) {
    internal::Overloaded<std::decay_t<Functions>...> visitor{std::forward<Functions>(functions)...};
    (TryMatch<Signatures>(visitor) || ...);
  }

  // The message, if it is an M.
  template <typename M>
  M* As() {
    return Is<M>() ? &envelope_->As<M>() : nullptr;
  }

 private:
  void Finish() {
    if (envelope_ == nullptr) return;
    cell_->Finished(*envelope_);
    if (const ReplyId to = envelope_->TakeReplyTo()) {
      internal::AnswerDropped(internal::NodeOf(*cell_), to);
    }
  }

  template <typename M>
  bool Is() const {
    return envelope_->ops == &internal::kInboxOps<Inbox<Signatures...>, M>;
  }

  template <typename Signature, typename Visitor>
  bool TryMatch(Visitor& visitor) {
    using M = typename SignatureTraits<Signature>::Message;
    using R = typename SignatureTraits<Signature>::Return;
    constexpr bool kLater = std::is_invocable_v<Visitor&, M&, Reply<R>>;
    static_assert(kLater || std::is_invocable_v<Visitor&, M&>,
                  "Match has no function for a message M of this inbox");
    if (!Is<M>()) return false;
    M& message = envelope_->As<M>();
    if constexpr (kLater) {
      visitor(message, internal::TakeOver<R>(*cell_, *envelope_));
    } else if constexpr (std::is_invocable_v<Visitor&, M&> && std::is_void_v<R>) {
      visitor(message);
      internal::AnswerDone(*cell_, *envelope_);
    } else if constexpr (std::is_invocable_v<Visitor&, M&>) {
      internal::AnswerWith<R>(*cell_, *envelope_, R(visitor(message)));
    }
    return true;
  }

  internal::Cell* cell_;
  EnvelopePtr envelope_;
};

// Given to a function actor. On its own fiber only.
template <typename... Signatures>
class Inbox {
 public:
  using Ref = ActorRef<Protocol<Signatures...>>;

  explicit Inbox(internal::Cell& cell) : cell_(cell) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Parks until there is a message. Empty when the actor is being stopped, or nobody refers to it
  // any more (SpawnOptions::stop_when_unreferenced): return then.
  std::optional<Received<Signatures...>> Receive() { return ReceiveBy(Instant::Infinite()); }
  // The same for no longer than `timeout`: empty then too, and the actor is not over().
  std::optional<Received<Signatures...>> Receive(absl::Duration timeout) {
    return ReceiveBy(internal::DeadlineOn(internal::NodeOf(cell_), timeout));
  }
  // What is there; empty if nothing is. Lets others run, so that a loop of these holds nobody up.
  std::optional<Received<Signatures...>> TryReceive() { return ReceiveBy(Instant()); }

  // Whether nothing will come any more, though something may have: return.
  bool over() const { return cell_.to_end(); }

  Ref self() const { return Ref(internal::CellRef::Shared(&cell_), Table()); }

  static const MessageOps* const* Table() {
    static constexpr const MessageOps* kTable[] = {
        &internal::kInboxOps<Inbox, typename SignatureTraits<Signatures>::Message>..., nullptr};
    return kTable;
  }

 private:
  std::optional<Received<Signatures...>> ReceiveBy(Instant deadline) {
    EnvelopePtr envelope(cell_.Receive(deadline));
    if (envelope == nullptr) return std::nullopt;
    return Received<Signatures...>(cell_, std::move(envelope));
  }

  internal::Cell& cell_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INBOX_H_
