// Several recipients as one.

#ifndef REHEARSE_ACTOR_GROUP_H_
#define REHEARSE_ACTOR_GROUP_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "rehearse/actor/recipient.h"

namespace rehearse {

// In the order in which they were added. One fiber's or thread's; copy it to share it.
template <typename M>
class Group {
 public:
  Group() = default;
  explicit Group(std::vector<Recipient<M>> members) : members_(std::move(members)) {}

  void Add(Recipient<M> member) { members_.push_back(std::move(member)); }
  // False: it was in already.
  bool AddUnique(Recipient<M> member) {
    if (std::find(members_.begin(), members_.end(), member) != members_.end()) return false;
    Add(std::move(member));
    return true;
  }
  // All that are equal to it. Returns whether there were any.
  bool Remove(const Recipient<M>& member) { return std::erase(members_, member) != 0; }
  // Those whose actors have ended.
  void RemoveEnded() {
    std::erase_if(members_, [](const Recipient<M>& member) { return Ended(member); });
  }

  // Tells a copy to each that has not ended. Returns how many took it.
  size_t TellAll(const M& message) const {
    size_t told = 0;
    for (const Recipient<M>& member : members_) {
      if (!Ended(member) && member.Tell(message).ok()) ++told;
    }
    return told;
  }
  // The same, without waiting for room.
  size_t TryTellAll(const M& message) const {
    size_t told = 0;
    for (const Recipient<M>& member : members_) {
      if (!Ended(member) && member.TryTell(message).ok()) ++told;
    }
    return told;
  }

  // Tells the next in turn that has not ended; an rvalue is untouched when it fails.
  //   kNotFound  all have ended, or there are none.
  template <typename From>
  SendResult TellOne(From&& message) {
    for (size_t tries = 0; tries < members_.size(); ++tries) {
      const Recipient<M>& member = members_[next_++ % members_.size()];
      if (!Ended(member)) return member.Tell(std::forward<From>(message));
    }
    return {absl::StatusCode::kNotFound, "no member of the group is alive"};
  }

  size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  const std::vector<Recipient<M>>& members() const { return members_; }

 private:
  // Of an actor elsewhere, or behind a Map, it is not known.
  static bool Ended(const Recipient<M>& member) {
    return member.cell() ? !member.alive() : !static_cast<bool>(member);
  }

  std::vector<Recipient<M>> members_;
  size_t next_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_GROUP_H_
