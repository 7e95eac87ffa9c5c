// Refs that name a message instead of an actor's class.
//
//   Recipient<Tick> ticks = clock_ref;                       // of any actor that handles Tick
//   ReplyRecipient<Get, int64_t> counter = counter_ref;      // and answers int64_t

#ifndef REHEARSE_ACTOR_RECIPIENT_H_
#define REHEARSE_ACTOR_RECIPIENT_H_

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/send_result.h"

namespace rehearse {

namespace internal {

// Where messages of type M go that are not simply put in a mailbox of this node.
template <typename M>
class Detour {
 public:
  virtual ~Detour() = default;
  virtual SendResult Send(const M& message, Patience patience) const = 0;
  virtual std::string ToString() const = 0;
};

template <typename M>
class RemoteDetour final : public Detour<M> {
 public:
  RemoteDetour(CellRef stand_in, const RemoteTarget& target)
      : stand_in_(std::move(stand_in)), target_(target) {}
  SendResult Send(const M& message, Patience patience) const override {
    return TellRemote<M>(target_, message, patience);
  }
  std::string ToString() const override { return target_.ToString(); }

 private:
  const CellRef stand_in_;
  const RemoteTarget& target_;  // its
};

// How A, a class or a protocol, handles M.
template <typename M, typename A>
const MessageOps* OpsOf(const ActorRef<A>&) {
  return &kHandlerOps<A, M>;
}
template <typename M, typename... Signatures>
const MessageOps* OpsOf(const ActorRef<Protocol<Signatures...>>& ref) {
  if (ref.table() == nullptr) return &kNoHandler;
  return ref.table()[Protocol<Signatures...>::template IndexOf<M>()];
}
template <typename A>
const RemoteTarget* TargetOf(const ActorRef<A>&) {
  return nullptr;
}
template <typename... Signatures>
const RemoteTarget* TargetOf(const ActorRef<Protocol<Signatures...>>& ref) {
  return ref.target();
}

// Whether A takes M, and what it returns: void if it does not.
template <typename A, typename M>
struct Takes {
  static constexpr bool kValue = kHandles<A, M>;
  using Return = ReturnOf<A, M>;
};
template <typename M, typename... Signatures>
struct Takes<Protocol<Signatures...>, M> {
  static constexpr size_t kIndex = Protocol<Signatures...>::template IndexOf<M>();
  static constexpr bool kValue = kIndex < sizeof...(Signatures);
  static auto ReturnAt() {
    if constexpr (kValue) {
      using Signature = std::tuple_element_t<kIndex, std::tuple<Signatures...>>;
      return std::type_identity<typename SignatureTraits<Signature>::Return>();
    } else {
      return std::type_identity<void>();
    }
  }
  using Return = typename decltype(ReturnAt())::type;
};

}  // namespace internal

// Takes messages of type M, whoever handles them and whatever the answer would be. Counts as a ref
// of the actor. Any thread.
template <typename M>
class Recipient : public AnyRef {
  static_assert(std::is_same_v<M, std::decay_t<M>>, "a message is a plain type");

 public:
  Recipient() = default;
  // From the ref of any actor that handles M.
  template <typename T>
  Recipient(const ActorRef<T>& ref)  // NOLINT: the conversion is the point
      : AnyRef(ref.cell()) {
    static_assert(internal::Takes<T, M>::kValue, "the actor or protocol T does not take M");
    if constexpr (internal::Takes<T, M>::kValue) {
      ops_ = internal::OpsOf<M>(ref);
      if (const internal::RemoteTarget* const target = internal::TargetOf(ref)) {
        detour_ = std::make_shared<internal::RemoteDetour<M>>(cell_, *target);
      }
    }
  }
  explicit Recipient(std::shared_ptr<const internal::Detour<M>> detour)
      : detour_(std::move(detour)) {}

  // As ActorRef's.
  SendResult Tell(const M& message) const { return Send(message, internal::Patience::kWaits); }
  SendResult Tell(M&& message) const {
    return Send(std::move(message), internal::Patience::kWaits);
  }
  SendResult TryTell(const M& message) const { return Send(message, internal::Patience::kTries); }
  SendResult TryTell(M&& message) const {
    return Send(std::move(message), internal::Patience::kTries);
  }

  explicit operator bool() const { return cell_ || detour_ != nullptr; }
  std::string ToString() const {
    return detour_ != nullptr ? detour_->ToString() : AnyRef::ToString();
  }

  // The same actor by the same way.
  friend bool operator==(const Recipient& a, const Recipient& b) {
    return a.cell_ == b.cell_ && a.detour_ == b.detour_;
  }

 private:
  template <typename From>
  SendResult Send(From&& message, internal::Patience patience) const {
    if (detour_ != nullptr) return detour_->Send(message, patience);
    return internal::TellTo<M>(cell_, *ops_, std::forward<From>(message), patience);
  }

  const MessageOps* ops_ = &internal::kNoHandler;
  std::shared_ptr<const internal::Detour<M>> detour_;
};

// The same where the answer matters: R as in a protocol's signature R(M).
template <typename M, typename R>
class ReplyRecipient : public AnyRef {
  static_assert(std::is_same_v<M, std::decay_t<M>>, "a message is a plain type");

 public:
  ReplyRecipient() = default;
  // From the ref of any actor that handles M and answers R.
  template <typename T>
  ReplyRecipient(const ActorRef<T>& ref)  // NOLINT: the conversion is the point
      : AnyRef(ref.cell()) {
    constexpr bool kSame =
        std::is_same_v<AskResult<typename internal::Takes<T, M>::Return>, AskResult<R>>;
    static_assert(internal::Takes<T, M>::kValue && kSame,
                  "the actor or protocol T does not answer M with R");
    if constexpr (internal::Takes<T, M>::kValue && kSame) {
      ops_ = internal::OpsOf<M>(ref);
      target_ = internal::TargetOf(ref);
    }
  }

  SendResult Tell(M message) const {
    if (target_ != nullptr) {
      return internal::TellRemote<M>(*target_, message, internal::Patience::kWaits);
    }
    return internal::TellTo<M>(cell_, *ops_, std::move(message), internal::Patience::kWaits);
  }
  AskResult<R> Ask(M message, const AskOptions& options = internal::kPlainAsk) const {
    if (target_ != nullptr) {
      return internal::RequestRemote<R, M>(*target_, message, options).Await();
    }
    return internal::AskOf<R, M>(cell_, *ops_, std::move(message), options);
  }
  auto Request(M message, const AskOptions& options = internal::kPlainAsk) const {
    if (target_ != nullptr) return internal::RequestRemote<R, M>(*target_, message, options);
    return internal::RequestFrom<R, M>(cell_, *ops_, std::move(message), options);
  }

  friend bool operator==(const ReplyRecipient& a, const ReplyRecipient& b) {
    return a.cell_ == b.cell_;
  }

 private:
  const MessageOps* ops_ = &internal::kNoHandler;
  const internal::RemoteTarget* target_ = nullptr;  // the cell's
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RECIPIENT_H_
