// The links that other nodes have asked for, from actors of this one to their own.
//
// They outlast the stream on which they were asked for, as links do; so what a peer may have is
// counted over all of its streams, until a link is undone or one of the two has ended.

#ifndef REHEARSE_NET_REMOTE_DISTANT_LINKS_H_
#define REHEARSE_NET_REMOTE_DISTANT_LINKS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread.
class DistantLinks {
 public:
  // Of one peer.
  static constexpr size_t kLinksMax = 16384;

  struct Key {
    uint64_t actor = 0;        // its number
    uint64_t incarnation = 0;  // of the peer
    uint64_t partner = 0;      // the number of the peer's actor

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  explicit DistantLinks(size_t links_max = kLinksMax) : links_max_(links_max) {}

  // `actor` is to be linked to what stands for `partner`. Once more is as once. False: the peer has
  // as many as it may.
  bool Add(absl::string_view peer, const Key& key, internal::Cell& actor, internal::Cell& partner) {
    const std::lock_guard<SpinLock> lock(lock_);
    Links& links = links_[std::string(peer)];
    if (links.contains(key)) return true;
    if (links.size() >= links_max_) {
      std::erase_if(links, [](const auto& entry) { return entry.second.IsOver(); });
    }
    if (links.size() >= links_max_) return false;
    links.emplace(key, Ends{internal::WeakCell(actor), internal::WeakCell(partner)});
    return true;
  }

  void Remove(absl::string_view peer, const Key& key) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = links_.find(peer);
    if (at != links_.end()) at->second.erase(key);
  }

  // The actor with that number has ended.
  void RemoveAll(absl::string_view peer, uint64_t actor) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = links_.find(peer);
    if (at == links_.end()) return;
    Links& links = at->second;
    links.erase(links.lower_bound({actor, 0, 0}), links.lower_bound({actor + 1, 0, 0}));
  }

 private:
  struct Ends {
    internal::WeakCell actor;
    internal::WeakCell partner;

    bool IsOver() const {
      return actor.get()->phase() == internal::Cell::Phase::kEnded ||
             partner.get()->phase() == internal::Cell::Phase::kEnded;
    }
  };
  using Links = std::map<Key, Ends>;

  const size_t links_max_;

  SpinLock lock_;
  std::map<std::string, Links, std::less<>> links_;  // by peer; those whose address is known
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_DISTANT_LINKS_H_
