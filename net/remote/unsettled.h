// Of which tells it is not known that they have arrived, by sender and actor.
//
// A tell that is under way when its stream breaks may be lost, and its sender would not know: so
// what it sends to that actor next is refused, once. A pair of a sender and an actor is remembered
// with the place on the stream of the last tell that it has sent; places before that don't matter,
// for streams lose no message in between. Pairs go as news of the actor comes back; of those that
// are left when the stream breaks, the peer says on the next stream which have arrived after all.
// The rest are gaps.

#ifndef REHEARSE_NET_REMOTE_UNSETTLED_H_
#define REHEARSE_NET_REMOTE_UNSETTLED_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// One session's, over all its streams. Whoever shares it has a lock of their own. A sender is the
// number of an actor, 0 for all that is none.
class Unsettled {
 public:
  // Gaps. With more, each sender that is not newer than theirs is told once, whomever it sends to:
  // then nothing is kept but who of them has been told, and those that have ended don't ask.
  static constexpr size_t kGapsMax = 4096;

  // One message more, of any kind, is about to be written. Its place on the stream, counted from
  // 1, or a later one if others that began before it are not written after all; an earlier one, if
  // others overtake it.
  uint64_t Begin() { return ++begun_; }
  // One that began is certainly not written.
  void Withdraw() { --begun_; }
  // The place of the last that has begun.
  uint64_t begun() const { return begun_; }

  // `sender` tells `actor` something, at `place` at the latest.
  void Remember(uint64_t sender, absl::string_view actor, uint64_t place) {
    Pairs& pairs = PairsOf(actor);
    if (pairs.last != pairs.places.end() && pairs.last->first == sender) {
      pairs.last->second = std::max(pairs.last->second, place);
      return;
    }
    pairs.last = pairs.places.try_emplace(sender, 0).first;
    pairs.last->second = std::max(pairs.last->second, place);
  }

  // What the stream has carried to `actor`, up to that place; and all of it.
  void Settle(absl::string_view actor, uint64_t place) {
    const auto at = actors_.find(actor);
    if (at == actors_.end()) return;
    Places& places = at->second.places;
    std::erase_if(places, [place](const auto& pair) { return pair.second <= place; });
    at->second.last = places.end();
    if (places.empty()) Forget(at);
  }
  void SettleAll(absl::string_view actor) {
    const auto at = actors_.find(actor);
    if (at != actors_.end()) Forget(at);
  }

  // The stream, of that number in its session, is over.
  void Break(uint64_t stream) {
    broken_ = {stream, std::exchange(begun_, 0), std::exchange(actors_, {})};
    last_ = actors_.end();
  }

  // The next one stands, and the peer has said that on the stream of that number so many messages,
  // from the first on, are settled. Of another stream (0: of none), that says nothing. In another
  // life of the peer an actor's number ("#7") is another actor's.
  void Resolve(uint64_t stream, uint64_t settled, bool is_same_life = true) {
    const Broken broken = std::exchange(broken_, {});
    const bool is_known = stream != 0 && stream == broken.stream;
    // Nothing can be settled that was not sent: a place may be too late by what was not written.
    if (is_known && settled >= broken.begun) return;
    for (const auto& [actor, pairs] : broken.actors) {
      if (!is_same_life && actor.rfind('#', 0) == 0) continue;
      for (const auto& [sender, place] : pairs.places) {
        if (is_known && place <= settled) continue;
        if (gaps_[sender].insert(actor).second) ++gap_count_;
      }
    }
    if (gap_count_ > kGapsMax) TellAll();
  }

  bool has_gaps() const { return !gaps_.empty() || everybody_.has_value(); }

  // Whether something that `sender` has told `actor` may be lost. It is told now: the next time
  // there is no gap.
  bool TakeGap(uint64_t sender, absl::string_view actor) {
    const bool is_told_with_all = everybody_.has_value() && sender <= everybody_->newest &&
                                  everybody_->told.insert(sender).second;
    return EraseGap(sender, actor) || is_told_with_all;
  }

  // Pairs that wait for news.
  size_t size() const {
    size_t count = 0;
    for (const auto& [actor, pairs] : actors_) count += pairs.places.size();
    return count;
  }
  size_t gaps() const { return gap_count_; }

 private:
  using Places = std::map<uint64_t, uint64_t>;  // by sender
  struct Pairs {
    Places places;
    Places::iterator last = places.end();  // mostly the next one too
  };
  using Actors = std::map<std::string, Pairs, std::less<>>;
  struct Broken {
    uint64_t stream = 0;
    uint64_t begun = 0;
    Actors actors;
  };
  struct Everybody {
    uint64_t newest = 0;
    std::set<uint64_t> told;
  };

  Pairs& PairsOf(absl::string_view actor) {
    if (last_ != actors_.end() && last_->first == actor) return last_->second;
    last_ = actors_.find(actor);
    if (last_ == actors_.end()) last_ = actors_.try_emplace(std::string(actor)).first;
    return last_->second;
  }
  void Forget(Actors::iterator at) {
    last_ = actors_.end();
    actors_.erase(at);
  }
  bool EraseGap(uint64_t sender, absl::string_view actor) {
    const auto of_sender = gaps_.find(sender);
    if (of_sender == gaps_.end()) return false;
    const auto at = of_sender->second.find(actor);
    if (at == of_sender->second.end()) return false;
    of_sender->second.erase(at);
    if (of_sender->second.empty()) gaps_.erase(of_sender);
    --gap_count_;
    return true;
  }
  void TellAll() {
    const uint64_t newest = std::prev(gaps_.end())->first;
    everybody_ = Everybody{everybody_ ? std::max(everybody_->newest, newest) : newest, {}};
    gaps_.clear();
    gap_count_ = 0;
  }

  uint64_t begun_ = 0;
  Actors actors_;  // of the present stream
  Actors::iterator last_ = actors_.end();
  Broken broken_;  // the one before, until it is known
  std::map<uint64_t, std::set<std::string, std::less<>>> gaps_;  // actors, by sender
  size_t gap_count_ = 0;
  std::optional<Everybody> everybody_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_UNSETTLED_H_
