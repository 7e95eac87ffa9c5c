// Messages that come later, or again and again.
//
//   MessageTimer timeout = SendAfter(Self(this), absl::Seconds(5), GiveUp{});
//   ...
//   timeout.Cancel();

#ifndef REHEARSE_ACTOR_MESSAGE_TIMER_H_
#define REHEARSE_ACTOR_MESSAGE_TIMER_H_

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"

namespace rehearse {

// What becomes of the ticks that an interval missed, because its node stood still.
enum class MissedTicks : uint8_t {
  kSkip,   // one comes late, the others are left out; those that follow keep to the beat
  kBurst,  // all come, one right after the other; then the beat goes on
  kDelay,  // one comes late, and the beat goes on from there
};

struct IntervalOptions {
  // Until the first tick. Negative: one period.
  absl::Duration first = absl::Seconds(-1);
  MissedTicks missed = MissedTicks::kSkip;
};

namespace internal {

class TimedMessage;
using MakeTimedEnvelope = absl::AnyInvocable<EnvelopePtr(Node&)>;

// `period` zero: once. Null if `to` names no actor; `message` is then a dead letter.
std::shared_ptr<TimedMessage> StartTimer(const CellRef& to, absl::Duration delay,
                                         absl::Duration period, MissedTicks missed,
                                         absl::string_view message, MakeTimedEnvelope make);
void CancelTimer(TimedMessage& timer);

// Throws if it is not.
void RequirePositive(absl::Duration period);

}  // namespace internal

// A timer that was set. Dropping the handle leaves the timer running.
class MessageTimer {
 public:
  MessageTimer() = default;
  explicit MessageTimer(std::shared_ptr<internal::TimedMessage> timer) : timer_(std::move(timer)) {}

  // No message of this timer is sent from now on; one that was sent may still be in the mailbox.
  // Any fiber of the node.
  void Cancel() {
    if (timer_ != nullptr) internal::CancelTimer(*timer_);
    timer_ = nullptr;
  }

 private:
  std::shared_ptr<internal::TimedMessage> timer_;
};

// Sends `message` to `to` after `delay` of its node's clock, by the lane that no bound delays. On
// the node's fibers. Nothing happens if the actor has ended by then, or has set it for itself and
// was restarted since. While the node stands still
// nothing is sent: what was due meanwhile comes when it goes on.
//
// `to` is the ref of a class: a protocol's, whose actor may be elsewhere, does not compile. If it
// names no actor, the message is a dead letter at once, and no timer is set.
template <typename A, typename M>
MessageTimer SendAfter(const ActorRef<A>& to, absl::Duration delay, M&& message) {
  using Message = std::decay_t<M>;
  static_assert(kHandles<A, Message>, "the actor A has no Handle(M) for this message M");
  if constexpr (kHandles<A, Message>) {
    return MessageTimer(internal::StartTimer(
        to.cell(), delay, absl::ZeroDuration(), MissedTicks::kSkip, internal::kTypeName<Message>,
        [kept = Message(std::forward<M>(message))](Node& node) mutable {
          return EnvelopePtr(MakeEnvelope<Message, false>(
              internal::BlocksOf(node), internal::kHandlerOps<A, Message>, std::move(kept)));
        }));
  } else {
    return MessageTimer();
  }
}

// Sends a copy of `message` every `period`; otherwise as SendAfter. Ends with the actor. Throws
// std::invalid_argument if `period` is zero or less: in a handler that is a panic.
template <typename A, typename M>
MessageTimer SendEvery(const ActorRef<A>& to, absl::Duration period, M&& message,
                       const IntervalOptions& options = {}) {
  using Message = std::decay_t<M>;
  static_assert(kHandles<A, Message>, "the actor A has no Handle(M) for this message M");
  if constexpr (kHandles<A, Message>) {
    internal::RequirePositive(period);
    return MessageTimer(internal::StartTimer(
        to.cell(), options.first < absl::ZeroDuration() ? period : options.first, period,
        options.missed, internal::kTypeName<Message>,
        [kept = Message(std::forward<M>(message))](Node& node) {
          return EnvelopePtr(MakeEnvelope<Message, false>(internal::BlocksOf(node),
                                                          internal::kHandlerOps<A, Message>, kept));
        }));
  } else {
    return MessageTimer();
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_MESSAGE_TIMER_H_
