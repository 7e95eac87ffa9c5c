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
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// Whoever shares it has a lock of their own.
class Arrivals {
 public:
  // The message at that place, later than all before, waits for room.
  void Hold(absl::string_view target, uint64_t place) {
    if (last_ == held_.end() || last_->first != target) {
      last_ = held_.find(target);
      if (last_ == held_.end()) last_ = held_.try_emplace(std::string(target)).first;
    }
    last_->second.push_back(place);
  }
  // It waits no more, and is settled.
  void LetGo(absl::string_view target, uint64_t place) {
    if (last_ == held_.end() || last_->first != target) last_ = held_.find(target);
    if (last_ == held_.end()) return;
    Line& line = last_->second;
    // Mostly the first: only where a name is another actor's now do they overtake each other.
    const auto at = std::lower_bound(line.begin(), line.end(), place);
    if (at == line.end() || *at != place) return;
    line.erase(at);
    if (!line.empty()) return;
    held_.erase(last_);
    last_ = held_.end();
  }
  // It is lost with its stream.
  void Drop(uint64_t place) { lost_ = lost_ == 0 ? place : std::min(lost_, place); }

  // Up to which place all for `target` are settled, if `done` have been taken from the stream.
  uint64_t SettledOf(absl::string_view target, uint64_t done) const {
    const auto at = held_.find(target);
    return at == held_.end() ? done : std::min(done, at->second.front() - 1);
  }
  // The same for all, once none waits any more.
  uint64_t Settled(uint64_t done) const { return lost_ == 0 ? done : std::min(done, lost_ - 1); }

 private:
  using Line = std::deque<uint64_t>;  // places
  using Lines = std::map<std::string, Line, std::less<>>;

  Lines held_;                          // by target
  Lines::iterator last_ = held_.end();  // mostly the next one too
  uint64_t lost_ = 0;                   // the first; 0: none
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_ARRIVALS_H_
