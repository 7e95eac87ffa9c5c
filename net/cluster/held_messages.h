// Messages that can't go on now, in the order in which they came, by where they are to go.

#ifndef REHEARSE_NET_CLUSTER_HELD_MESSAGES_H_
#define REHEARSE_NET_CLUSTER_HELD_MESSAGES_H_

#include <cstddef>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "rehearse/actor/dead_letters.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"

namespace rehearse::net {

// The end of what can't be passed on: whoever asks hears why, and of what was told there is a dead
// letter, with `note`.
template <typename M, typename R>
void DropMessage(Node& node, Reply<R>&& reply, absl::Status why, const char* note) {
  if (reply.wanted()) {
    std::move(reply).Refuse(std::move(why));
  } else {
    node.dead_letters().Add({TypeName<M>(), {}, note});
  }
}

// One actor's.
template <typename To>
class HeldMessages {
 public:
  // Passes the message on, and returns true; false if it can't yet. Told to give up, it answers
  // whoever waits, and returns true. It adds no message here.
  using Pass = absl::AnyInvocable<bool(bool give_up)>;

  explicit HeldMessages(size_t max) : max_(max) {}

  bool full() const { return size_ >= max_; }
  bool empty() const { return size_ == 0; }
  // Whatever comes for `to` now, comes after these.
  bool Has(const To& to) const { return held_.contains(to); }

  // Not if it is full. No longer than until `end`.
  void Add(const To& to, Instant end, Pass pass) {
    held_[to].push_back({end, std::move(pass)});
    ++size_;
  }

  // Passes on what is for `to`, as far as that can be done; gives up what has waited too long.
  void Try(const To& to, Instant now) {
    const auto at = held_.find(to);
    if (at == held_.end()) return;
    std::deque<Held>& line = at->second;
    while (!line.empty() && (Expired(line.front(), now) || line.front().pass(false))) {
      line.pop_front();
      --size_;
    }
    if (line.empty()) held_.erase(at);
  }
  void TryAll(Instant now) {
    std::vector<To> all;
    for (const auto& [to, line] : held_) all.push_back(to);
    for (const To& to : all) Try(to, now);
  }

  void GiveUp() {
    for (auto& [to, line] : held_) {
      for (Held& held : line) held.pass(true);
    }
    held_.clear();
    size_ = 0;
  }

 private:
  struct Held {
    Instant end;
    Pass pass;
  };

  static bool Expired(Held& held, Instant now) { return held.end <= now && held.pass(true); }

  const size_t max_;
  std::map<To, std::deque<Held>> held_;
  size_t size_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_HELD_MESSAGES_H_
