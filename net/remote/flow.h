// How many messages may be on their way to one actor.
//
// A sender has credit for so many messages to an actor of another node; each takes one, and comes
// back when the actor's mailbox has it, or will never have it. So a full mailbox stops who sends to
// it, and nobody else, and little is kept for it on either node. Credits go back by the batch.

#ifndef REHEARSE_NET_REMOTE_FLOW_H_
#define REHEARSE_NET_REMOTE_FLOW_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

inline constexpr uint32_t kCreditMax = 512;
inline constexpr uint32_t kCreditBatch = 128;

// The sender's side of one stream. Whoever shares it has a lock of their own.
class CreditOut {
 public:
  // Takes one for `actor`. False: there is none, or others wait for it.
  bool Take(absl::string_view actor) {
    Flow& flow = FlowOf(actor);
    if (flow.under_way >= kCreditMax || !flow.waiting.empty()) return false;
    ++flow.under_way;
    return true;
  }
  // `waiter` is to be woken when it may try again; and it no longer waits.
  void Await(absl::string_view actor, WaitToken waiter) { FlowOf(actor).waiting.push_back(waiter); }
  void Leave(absl::string_view actor, WaitToken waiter) {
    const auto at = flows_.find(actor);
    if (at != flows_.end()) std::erase(at->second.waiting, waiter);
  }

  // So many are back. Whom to wake.
  std::vector<WaitToken> GiveBack(absl::string_view actor, uint64_t count) {
    const auto at = flows_.find(actor);
    if (at == flows_.end()) return {};
    at->second.under_way -= static_cast<uint32_t>(std::min<uint64_t>(count, at->second.under_way));
    std::vector<WaitToken> waiting = std::exchange(at->second.waiting, {});
    if (at->second.under_way == 0) {
      last_ = flows_.end();
      flows_.erase(at);
    }
    return waiting;
  }

  // All that wait; nothing is under way any more.
  std::vector<WaitToken> Clear() {
    std::vector<WaitToken> waiting;
    for (const auto& [actor, flow] : flows_) {
      waiting.insert(waiting.end(), flow.waiting.begin(), flow.waiting.end());
    }
    flows_.clear();
    last_ = flows_.end();
    return waiting;
  }

  // Whether some of what was taken for `actor` is not back.
  bool IsUnderWay(absl::string_view actor) const {
    const auto at = flows_.find(actor);
    return at != flows_.end() && at->second.under_way > 0;
  }

  size_t size() const { return flows_.size(); }

 private:
  struct Flow {
    uint32_t under_way = 0;
    std::vector<WaitToken> waiting;
  };
  using Flows = std::map<std::string, Flow, std::less<>>;

  Flow& FlowOf(absl::string_view actor) {
    if (last_ != flows_.end() && last_->first == actor) return last_->second;
    last_ = flows_.find(actor);
    if (last_ == flows_.end()) last_ = flows_.emplace(actor, Flow()).first;
    return last_->second;
  }

  Flows flows_;
  Flows::iterator last_ = flows_.end();  // mostly the next one too
};

// The receiver's side of one stream. Whoever shares it has a lock of their own.
class CreditIn {
 public:
  // Actors that are remembered, and the bytes of their names; then all that is owed is given back
  // at once.
  static constexpr size_t kActorsMax = 1024;
  static constexpr size_t kNamesBytesMax = size_t{64} << 10;

  struct Due {
    std::string actor;
    uint32_t count = 0;
    uint64_t settled = 0;  // for who knows it: the place up to which all for it is settled
  };

  // A message for `actor` takes up no room here any more. Whether something is to be given back
  // now.
  bool Spend(absl::string_view actor) {
    if (last_ == spent_.end() || last_->first != actor) {
      last_ = spent_.find(actor);
      if (last_ == spent_.end()) {
        last_ = spent_.emplace(actor, 0).first;
        names_bytes_ += actor.size();
      }
    }
    return ++last_->second >= kCreditBatch || spent_.size() > kActorsMax ||
           names_bytes_ > kNamesBytesMax;
  }

  // What that is, after Spend.
  std::vector<Due> TakeDue() {
    if (last_->second >= kCreditBatch) return {{last_->first, std::exchange(last_->second, 0), 0}};
    std::vector<Due> due;
    for (const auto& [name, count] : spent_) due.push_back({name, count, 0});
    spent_.clear();
    names_bytes_ = 0;
    last_ = spent_.end();
    return due;
  }

 private:
  using Spent = std::map<std::string, uint32_t, std::less<>>;

  Spent spent_;
  size_t names_bytes_ = 0;
  Spent::iterator last_ = spent_.end();
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_FLOW_H_
