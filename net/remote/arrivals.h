// How far the messages of one stream have come here.
//
// Each has a place on the stream. It is settled when a mailbox has it, or never will, for a reason
// that is not the stream's end. Some wait for room meanwhile, and others overtake them. What the
// peer is told is up to which place all are settled: of one actor while the stream goes on
// (flow.h), of all on the stream that follows it (unsettled.h).

#ifndef REHEARSE_NET_REMOTE_ARRIVALS_H_
#define REHEARSE_NET_REMOTE_ARRIVALS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// Whoever shares it has a lock of their own.
class Arrivals {
 public:
  // The message at that place waits for room.
  void Hold(absl::string_view target, uint64_t place) {
    const auto at = held_.find(target);
    if (at != held_.end()) {
      at->second.insert(place);
    } else {
      held_[std::string(target)].insert(place);
    }
  }
  // It waits no more, and is settled.
  void LetGo(absl::string_view target, uint64_t place) {
    const auto at = held_.find(target);
    if (at == held_.end()) return;
    at->second.erase(place);
    if (at->second.empty()) held_.erase(at);
  }
  // It is lost with its stream.
  void Drop(uint64_t place) { lost_ = lost_ == 0 ? place : std::min(lost_, place); }

  // Up to which place all for `target` are settled, if `done` have been taken from the stream.
  uint64_t SettledOf(absl::string_view target, uint64_t done) const {
    const auto at = held_.find(target);
    return at == held_.end() ? done : std::min(done, *at->second.begin() - 1);
  }
  // The same for all, once none waits any more.
  uint64_t Settled(uint64_t done) const { return lost_ == 0 ? done : std::min(done, lost_ - 1); }

 private:
  std::map<std::string, std::set<uint64_t>, std::less<>> held_;  // places, by target
  uint64_t lost_ = 0;                                            // the first; 0: none
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_ARRIVALS_H_
