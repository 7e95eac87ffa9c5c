// How one message reaches several who have no time for it.

#ifndef REHEARSE_ACTOR_PATTERNS_DELIVERY_H_
#define REHEARSE_ACTOR_PATTERNS_DELIVERY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"

namespace rehearse {

// What is done for a receiver whose mailbox is full.
struct DeliveryPolicy {
  enum class Kind : uint8_t {
    kBestEffort,  // nothing: it misses the message, which is a dead letter
    kWait,        // wait for room, and let all who come after it wait too
    kWithin,      // wait for `timeout` at most; all receivers of this kind wait at once
  };

  Kind kind = Kind::kBestEffort;
  absl::Duration timeout = absl::ZeroDuration();  // of kWithin
};

template <typename M>
struct Addressee {
  Recipient<M> to;
  DeliveryPolicy policy;
};

// Waits for room in somebody's stead, and ends. Whether it could tell is in `told`.
template <typename M>
class Courier final : public Actor {
 public:
  Courier(Recipient<M> to, M message, std::shared_ptr<absl::StatusCode> told)
      : to_(std::move(to)), message_(std::move(message)), told_(std::move(told)) {}

  absl::Status OnStart() override {
    *told_ = to_.Tell(std::move(message_)).code();
    Stop();
    return absl::OkStatus();
  }

 private:
  const Recipient<M> to_;
  M message_;
  const std::shared_ptr<absl::StatusCode> told_;
};

// The couriers that one publisher has sent out. They may outlast a message of which a panic has cut
// the delivery short; those are called back before the next is delivered, so that what is delivered
// later arrives later.
template <typename M>
class CourierService {
 public:
  // Calls back who is still out. May wait, as long as they take to see it.
  void CallBack() {
    for (const Errand& errand : errands_) errand.courier.Stop();
    for (const Errand& errand : errands_) (void)errand.courier.Join();
    errands_.clear();
  }

  void SendOut(size_t index, const Addressee<M>& to, const M& message) {
    auto told = std::make_shared<absl::StatusCode>(absl::StatusCode::kCancelled);
    auto courier = SpawnChild<Courier<M>>(to.to, message, told);
    const Instant deadline = CurrentNode().clock().Now() + to.policy.timeout;
    errands_.push_back({index, std::move(courier), deadline, std::move(told)});
  }

  // Until all have told or have no time left.
  void AwaitInto(std::vector<absl::StatusCode>& results) {
    for (const Errand& errand : errands_) {
      const absl::Duration left = errand.deadline - CurrentNode().clock().Now();
      if (!errand.courier.Join(left).ok()) errand.courier.Stop();
    }
    for (const Errand& errand : errands_) {
      // It fails only if the caller is to stop, and its children with it.
      if (errand.courier.Join().ok()) results[errand.index] = *errand.told;
    }
    errands_.clear();
  }

 private:
  struct Errand {
    size_t index;
    ActorRef<Courier<M>> courier;
    Instant deadline;
    std::shared_ptr<absl::StatusCode> told;
  };

  std::vector<Errand> errands_;
};

// Tells a copy of `message` to each of `to`, and returns what became of each: kOk, kNotFound if it
// has ended, kResourceExhausted or kCancelled if it was too slow. Best effort comes first, waiting
// last, so that who is slow delays only its like. When this returns nothing is on its way any more:
// what is delivered next arrives later. On the fiber of the actor that has `couriers`; they are its
// children.
template <typename M>
std::vector<absl::StatusCode> Deliver(const std::vector<Addressee<M>>& to, const M& message,
                                      CourierService<M>& couriers) {
  using Kind = DeliveryPolicy::Kind;
  couriers.CallBack();
  std::vector<absl::StatusCode> results(to.size(), absl::StatusCode::kCancelled);
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i].policy.kind == Kind::kBestEffort) results[i] = to[i].to.TryTell(message).code();
  }

  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i].policy.kind == Kind::kWithin) couriers.SendOut(i, to[i], message);
  }
  couriers.AwaitInto(results);

  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i].policy.kind == Kind::kWait) results[i] = to[i].to.Tell(message).code();
  }
  return results;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_DELIVERY_H_
