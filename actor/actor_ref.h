// The address of an actor.
//
// A ref keeps the actor's cell, never its life: the actor lives until it is stopped, its parent or
// its node ends. (SpawnOptions::stop_when_unreferenced is for actors that live by their refs.) Refs
// are cheap to copy, compare, hash and print, and may be kept on any thread.

#ifndef REHEARSE_ACTOR_ACTOR_REF_H_
#define REHEARSE_ACTOR_ACTOR_REF_H_

#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/internal/invoke.h"
#include "rehearse/actor/internal/send.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/send_result.h"

namespace rehearse {

// What all refs have in common: an actor's life, whatever it handles. Of an actor of another node,
// Stop and Kill do nothing, and Join and AwaitStart return kFailedPrecondition: Link and Monitor
// are for that. It counts as alive until this node has learned otherwise, for which somebody here
// must watch it.
class AnyRef {
 public:
  AnyRef() = default;

  // Asks the actor to end: its present handler's waits return kCancelled, what is in its mailbox
  // becomes dead letters, its children end, OnStop runs. Returns at once. A permanent child of a
  // supervisor is started anew, and keeps its mailbox. Any thread.
  void Stop() const {
    if (cell_) cell_->Stop();
  }

  // The same, and no supervisor brings it back.
  void StopForGood() const {
    if (!cell_) return;
    cell_->Retire();
    cell_->Stop();
  }

  // Ends it, as Stop does, when all that is in its mailbox now has been handled. Waits for room as
  // Tell does, and fails as Tell does.
  SendResult StopGracefully() const { return internal::TellToStop(cell_); }

  // Ends it at its present or next wait, unwinding its stack. OnStop runs all the same.
  void Kill() const {
    if (cell_) cell_->Kill();
  }

  // Waits until it has ended, OnStop and all, and returns why.
  //   kDeadlineExceeded    it still lives.
  //   kCancelled           the caller is being stopped: return.
  //   kFailedPrecondition  it is the caller, or waits for the caller; the chain is named.
  absl::StatusOr<ExitReason> Join(absl::Duration timeout = absl::InfiniteDuration()) const {
    return internal::JoinCell(cell_, timeout);
  }

  // Waits until its OnStart is over. OK: it runs, or has run.
  //   kAborted             it has ended, and never ran; the reason is named.
  //   kDeadlineExceeded    it is still starting.
  //   kCancelled           the caller is being stopped: return.
  //   kFailedPrecondition  as for Join.
  absl::Status AwaitStart(absl::Duration timeout = absl::InfiniteDuration()) const {
    return internal::AwaitStartOfCell(cell_, timeout);
  }

  // How often it was started: 1, until a supervisor restarts it.
  uint32_t incarnation() const { return cell_ ? cell_->incarnation() : 0; }

  // How many messages its mailbox holds: a hint, for others send and it handles meanwhile. The one
  // that it handles counts; of a mailbox for more than 16, up to 15 that it has just handled count
  // too. 0 if the mailbox has no bound: then nobody counts. Any thread.
  size_t mailbox_size() const { return cell_ ? cell_->mailbox_size() : 0; }
  // How many it takes; 0 if it has no bound.
  size_t mailbox_capacity() const { return cell_ ? cell_->mailbox_capacity() : 0; }

  // 0 for the default-constructed ref.
  ActorId id() const { return cell_ ? cell_->actor_id() : ActorId{}; }
  explicit operator bool() const { return static_cast<bool>(cell_); }
  // "Counter#3 on server-1"
  std::string ToString() const { return cell_ ? cell_->Describe() : "no actor"; }
  bool alive() const { return cell_ && cell_->phase() != internal::Cell::Phase::kEnded; }
  // How many refs of this node there are to the actor, this one included. Others come and go
  // meanwhile.
  uint32_t strong_count() const { return cell_ ? cell_->strong_count() : 0; }

  const internal::CellRef& cell() const { return cell_; }

  // In the order in which they were spawned, on one node.
  friend bool operator<(const AnyRef& a, const AnyRef& b) { return a.id().value < b.id().value; }

  template <typename H>
  friend H AbslHashValue(H h, const AnyRef& ref) {
    return H::combine(std::move(h), ref.id());
  }

 protected:
  explicit AnyRef(const internal::CellRef& cell) : cell_(cell) {}
  explicit AnyRef(internal::Cell& cell) : cell_(internal::CellRef::Adopted(cell)) {}
  explicit AnyRef(internal::CellRef&& cell) noexcept : cell_(std::move(cell)) {}

  internal::CellRef cell_;
};

// The ref of an actor whose class is known: it takes each message that the class handles.
//
// What a program calls for each of its actors and messages is always inlined, for a function that
// the compiler makes costs it more than a call.
template <typename A>
class ActorRef : public AnyRef {
 public:
  ActorRef() = default;
  // Takes over a reference that was added already.
  [[gnu::always_inline]] explicit ActorRef(internal::Cell& cell) : AnyRef(cell) {}
  explicit ActorRef(const internal::CellRef& cell) : AnyRef(cell) {}
  explicit ActorRef(internal::CellRef&& cell) noexcept
      : AnyRef(static_cast<internal::CellRef&&>(cell)) {}

  // Sends, and waits for room in a full mailbox: parks a fiber, blocks a plain thread. A handler
  // that has sent many lets others run meanwhile. What is not delivered is a dead letter. An rvalue
  // is untouched when it fails.
  template <typename M>
  [[gnu::always_inline]] SendResult Tell(M&& message) const {
    using Message = std::decay_t<M>;
    using Handler = internal::HandlerOf<A, Message>;
    static_assert(
        Handler::kFound,
        "the actor A has no Handle(M) for this message M (a derived class's Handle hides its "
        "base's: add using Base::Handle)");
    static_assert(Handler::kWithValue,
                  "a handler returns a value, Status or StatusOr: no references, pointers, views");
    if constexpr (Handler::kFound && Handler::kWithValue) {
      return internal::SendTell(cell_, internal::kHandlerOps<A, Message>,
                                __builtin_addressof(message), internal::kPutFrom<Message, M>,
                                internal::Patience::kWaits);
    } else {
      return {};
    }
  }

  // Sends if there is room now.
  template <typename M>
  SendResult TryTell(M&& message) const {
    using Message = std::decay_t<M>;
    using Handler = internal::HandlerOf<A, Message>;
    static_assert(
        Handler::kFound,
        "the actor A has no Handle(M) for this message M (a derived class's Handle hides its "
        "base's: add using Base::Handle)");
    static_assert(Handler::kWithValue,
                  "a handler returns a value, Status or StatusOr: no references, pointers, views");
    if constexpr (Handler::kFound && Handler::kWithValue) {
      return internal::SendTell(cell_, internal::kHandlerOps<A, Message>,
                                __builtin_addressof(message), internal::kPutFrom<Message, M>,
                                internal::Patience::kTries);
    } else {
      return {};
    }
  }

  // As Tell, but waits for room no longer than `timeout`: kDeadlineExceeded.
  template <typename M>
  SendResult TellWithin(absl::Duration timeout, M&& message) const {
    using Message = std::decay_t<M>;
    static_assert(kHandles<A, Message>, "the actor A has no Handle(M) for this message M");
    if constexpr (kHandles<A, Message>) {
      return internal::SendTellWithin(cell_, internal::kHandlerOps<A, Message>,
                                      __builtin_addressof(message), internal::kPutFrom<Message, M>,
                                      timeout);
    } else {
      return {};
    }
  }

  // Sends, and waits for the answer: StatusOr<T> for a handler that returns T or StatusOr<T>,
  // Status for void or Status. Errors of the framework are told from the handler's own by
  // IsFrameworkError.
  template <typename M>
  [[gnu::always_inline]] auto Ask(M&& message,
                                  const AskOptions& options = internal::kPlainAsk) const {
    using Message = std::decay_t<M>;
    using Handler = internal::HandlerOf<A, Message>;
    static_assert(
        Handler::kFound,
        "the actor A has no Handle(M) for this message M (a derived class's Handle hides its "
        "base's: add using Base::Handle)");
    static_assert(Handler::kWithValue,
                  "a handler returns a value, Status or StatusOr: no references, pointers, views");
    if constexpr (Handler::kFound && Handler::kWithValue) {
      return internal::SendAndAwait<typename Handler::Return>(
          cell_, internal::kHandlerOps<A, Message>, __builtin_addressof(message),
          internal::kPutFrom<Message, M>, options);
    } else {
      return absl::Status();
    }
  }

  // Ask, but fails at once if there is no room.
  template <typename M>
  auto TryAsk(M&& message, AskOptions options = internal::kPlainAsk) const {
    options.mailbox_timeout = absl::ZeroDuration();
    return Ask(static_cast<M&&>(message), options);
  }

  // Sends; the answer can be waited for later, or together with others.
  template <typename M>
  auto Request(M&& message, const AskOptions& options = internal::kPlainAsk) const {
    using Message = std::decay_t<M>;
    using Handler = internal::HandlerOf<A, Message>;
    static_assert(
        Handler::kFound,
        "the actor A has no Handle(M) for this message M (a derived class's Handle hides its "
        "base's: add using Base::Handle)");
    static_assert(Handler::kWithValue,
                  "a handler returns a value, Status or StatusOr: no references, pointers, views");
    if constexpr (Handler::kFound && Handler::kWithValue) {
      return internal::PendingOf<typename Handler::Return>(
          internal::SendAsk(cell_, internal::kHandlerOps<A, Message>, __builtin_addressof(message),
                            internal::kPutFrom<Message, M>, options));
    } else {
      return Pending<void>(absl::OkStatus());
    }
  }

  friend bool operator==(const ActorRef& a, const ActorRef& b) { return a.cell_ == b.cell_; }
};

// The ref of whatever handles a protocol, here or on another node.
template <typename... Signatures>
class ActorRef<Protocol<Signatures...>> : public AnyRef {
 public:
  using ProtocolType = Protocol<Signatures...>;

  ActorRef() = default;

  // From any actor that handles all of it, with the same replies.
  template <typename A>
  ActorRef(const ActorRef<A>& ref)  // NOLINT: the conversion is the point
      : AnyRef(ref.cell()), table_(TableOf<A>()) {}

  ActorRef(internal::CellRef cell, const MessageOps* const* table)
      : AnyRef(std::move(cell)), table_(table) {}
  // The cell stands for an actor of another node.
  explicit ActorRef(internal::CellRef stand_in)
      : AnyRef(std::move(stand_in)), remote_(cell_ ? cell_->stands_for() : nullptr) {}

  // As ActorRef<A>'s. To another node, Tell returns when the message is on its way; whether it
  // arrives is not known. It waits while the actor's mailbox is full, as far as that is known here.
  // TryTell does not wait for a connection either: it has one dialled.
  //   kDataLoss  what the caller has told the actor before may be lost with a broken connection.
  //              This was not sent, and what is sent next will be; so for asks. All tasks of a node
  //              count as one caller.
  template <typename M>
  SendResult Tell(M&& message) const {
    return Send(std::forward<M>(message), internal::Patience::kWaits);
  }
  template <typename M>
  SendResult TryTell(M&& message) const {
    return Send(std::forward<M>(message), internal::Patience::kTries);
  }
  // Tell, and waits until the actor's mailbox has it. To another node it is sent again when a
  // connection breaks, and taken once there, as long as the node does not start anew.
  //   kDeadlineExceeded  no acknowledgement came in time.
  //   kUnavailable       the node has started anew.
  //   kDataLoss          as for Tell: it was not sent, or not again.
  // Each is without effect unless EffectOf says kMaybe.
  template <typename M>
  SendResult TellAcknowledged(M&& message,
                              absl::Duration timeout = absl::InfiniteDuration()) const {
    using Message = std::decay_t<M>;
    constexpr size_t kIndex = ProtocolType::template IndexOf<Message>();
    static_assert(kIndex < ProtocolType::kSize, "the protocol has no message M");
    if constexpr (kIndex < ProtocolType::kSize) {
      if (remote_ != nullptr) {
        return internal::TellRemoteAcknowledged<Message>(*remote_, message, timeout);
      }
      return internal::SendTellWithin(cell_, OpsAt(kIndex), __builtin_addressof(message),
                                      internal::kPutFrom<Message, M>, timeout);
    } else {
      return {};
    }
  }
  template <typename M>
  auto Ask(M&& message, const AskOptions& options = internal::kPlainAsk) const {
    using Message = std::decay_t<M>;
    constexpr size_t kIndex = ProtocolType::template IndexOf<Message>();
    static_assert(kIndex < ProtocolType::kSize, "the protocol has no message M");
    if constexpr (kIndex < ProtocolType::kSize) {
      using Return = ReturnAt<kIndex>;
      if (remote_ != nullptr) {
        return internal::RequestRemote<Return, Message>(*remote_, message, options).Await();
      }
      return internal::AskOf<Return, Message>(cell_, OpsAt(kIndex), std::forward<M>(message),
                                              options);
    } else {
      return absl::Status();
    }
  }
  template <typename M>
  auto TryAsk(M&& message, AskOptions options = internal::kPlainAsk) const {
    options.mailbox_timeout = absl::ZeroDuration();
    return Ask(std::forward<M>(message), options);
  }
  template <typename M>
  auto Request(M&& message, const AskOptions& options = internal::kPlainAsk) const {
    using Message = std::decay_t<M>;
    constexpr size_t kIndex = ProtocolType::template IndexOf<Message>();
    static_assert(kIndex < ProtocolType::kSize, "the protocol has no message M");
    if constexpr (kIndex < ProtocolType::kSize) {
      using Return = ReturnAt<kIndex>;
      if (remote_ != nullptr) {
        return internal::RequestRemote<Return, Message>(*remote_, message, options);
      }
      return internal::RequestFrom<Return, Message>(cell_, OpsAt(kIndex), std::forward<M>(message),
                                                    options);
    } else {
      return Pending<void>(absl::OkStatus());
    }
  }

  bool remote() const { return remote_ != nullptr; }
  const MessageOps* const* table() const { return table_; }
  const internal::RemoteTarget* target() const { return remote_; }

  friend bool operator==(const ActorRef& a, const ActorRef& b) { return a.cell_ == b.cell_; }

 private:
  template <size_t kIndex>
  using ReturnAt =
      typename SignatureTraits<std::tuple_element_t<kIndex, std::tuple<Signatures...>>>::Return;

  // A ref that names nobody has no table; then nobody looks at what this returns.
  const MessageOps& OpsAt(size_t index) const {
    return table_ == nullptr ? internal::kNoHandler : *table_[index];
  }

  template <typename A>
  static const MessageOps* const* TableOf() {
    constexpr bool kAll =
        (std::is_same_v<AskResult<ReturnOf<A, typename SignatureTraits<Signatures>::Message>>,
                        AskResult<typename SignatureTraits<Signatures>::Return>> &&
         ...) &&
        (kHandles<A, typename SignatureTraits<Signatures>::Message> && ...);
    static_assert(kAll, "the actor A does not handle each message of the protocol as it says");
    if constexpr (kAll) {
      static constexpr const MessageOps* kTable[] = {
          &internal::kHandlerOps<A, typename SignatureTraits<Signatures>::Message>..., nullptr};
      return kTable;
    } else {
      return nullptr;
    }
  }

  template <typename M>
  SendResult Send(M&& message, internal::Patience patience) const {
    using Message = std::decay_t<M>;
    constexpr size_t kIndex = ProtocolType::template IndexOf<Message>();
    static_assert(kIndex < ProtocolType::kSize, "the protocol has no message M");
    if constexpr (kIndex < ProtocolType::kSize) {
      if (remote_ != nullptr) return internal::TellRemote<Message>(*remote_, message, patience);
      return internal::TellTo<Message>(cell_, OpsAt(kIndex), std::forward<M>(message), patience);
    } else {
      return {};
    }
  }

  const MessageOps* const* table_ = nullptr;
  const internal::RemoteTarget* remote_ = nullptr;  // the cell's
};

// The typed ref of the actor whose code calls, with `self` its `this`. In its constructor too.
template <typename A>
ActorRef<A> Self(A*) {
  return ActorRef<A>(internal::CellRef::Shared(internal::CurrentCell()));
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ACTOR_REF_H_
