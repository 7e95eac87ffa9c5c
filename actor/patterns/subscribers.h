// Who wants what: the list that publishers keep.

#ifndef REHEARSE_ACTOR_PATTERNS_SUBSCRIBERS_H_
#define REHEARSE_ACTOR_PATTERNS_SUBSCRIBERS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/delivery.h"
#include "rehearse/actor/recipient.h"

namespace rehearse {

// What became of one publication. An answer.
struct Published {
  size_t told = 0;    // took it into their mailboxes
  size_t missed = 0;  // wanted it, and were full or gone

  friend bool operator==(const Published&, const Published&) = default;
};

// In the order in which they came; `Interest` says what one wants. Belongs to one actor, of class
// W, which is told of each subscriber's end: it hands each Down to Forget. Who is not of this node,
// or is behind a Map, is not watched, but forgotten when a message finds it gone.
template <typename W, typename M, typename Interest>
class Subscribers {
 public:
  // Each may have several; they count as refs of the subscriber.
  void Add(const ActorRef<W>& owner, Recipient<M> to, DeliveryPolicy policy, Interest interest) {
    const uint64_t monitor = Monitor(owner, to);
    entries_.push_back({std::move(to), policy, std::move(interest), monitor});
  }

  // All of `to` whose interest is as `which(interest)` says. Returns whether there were any.
  template <typename Which>
  bool Remove(const ActorRef<W>& owner, const Recipient<M>& to, const Which& which) {
    return EraseIf([&](const Entry& entry) {
      if (!(entry.to == to) || !which(entry.interest)) return false;
      Demonitor(owner, entry.to, entry.monitor);
      return true;
    });
  }

  void Forget(const Down& down) {
    EraseIf([&](const Entry& entry) { return entry.monitor == down.monitor; });
  }

  // To each whose interest is as `wants(interest)` says, once however often it subscribed, by the
  // first of its policies. Asks all before it tells any: if `wants` throws, nobody has the message.
  template <typename Wants>
  Published Publish(const M& message, const Wants& wants) {
    std::vector<Addressee<M>> wanting;
    for (const Entry& entry : entries_) {
      if (!wants(entry.interest)) continue;
      const bool known =
          std::any_of(wanting.begin(), wanting.end(),
                      [&](const Addressee<M>& addressee) { return addressee.to == entry.to; });
      if (!known) wanting.push_back({entry.to, entry.policy});
    }
    const std::vector<absl::StatusCode> results = Deliver(wanting, message, couriers_);
    Published published;
    for (size_t i = 0; i < wanting.size(); ++i) {
      ++(results[i] == absl::StatusCode::kOk ? published.told : published.missed);
      if (results[i] != absl::StatusCode::kNotFound) continue;
      EraseIf([&](const Entry& entry) { return entry.to == wanting[i].to; });
    }
    return published;
  }

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Recipient<M> to;
    DeliveryPolicy policy;
    Interest interest;
    uint64_t monitor;
  };

  template <typename Which>
  bool EraseIf(const Which& which) {
    return std::erase_if(entries_, which) != 0;
  }

  std::vector<Entry> entries_;
  CourierService<M> couriers_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_SUBSCRIBERS_H_
