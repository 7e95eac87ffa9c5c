// Which node has which address: told before the start, or learned from a cluster's members.

#ifndef REHEARSE_NET_REMOTE_PEER_BOOK_H_
#define REHEARSE_NET_REMOTE_PEER_BOOK_H_

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// Any thread, besides Add and addresses. A node that is called by its peer id, as all are whose
// names are in a distributed hash table, needs no entry: the network finds it by that.
class PeerBook {
 public:
  // Before the node starts.
  void Add(absl::string_view node, absl::string_view address) {
    addresses_[std::string(node)] = std::string(address);
  }

  // A member of the cluster is there from now on. What was added stays as it is.
  void Learn(absl::string_view node, absl::string_view address) {
    const std::lock_guard<SpinLock> lock(lock_);
    learned_[std::string(node)] = std::string(address);
  }

  //   kNotFound  nobody said where this node is: add it (--peer=NAME=ADDRESS).
  absl::StatusOr<std::string> AddressOf(absl::string_view node) const {
    std::string address = Find(node);
    if (!address.empty()) return address;
    if (IsPeerId(node)) return absl::StrCat("/p2p/", node);
    return absl::NotFoundError(absl::StrCat("node ", node, ": no address is known"));
  }

  // Whether `from`, where a stream comes from that says it is `node`'s, can be that node's. Of two
  // addresses with a /p2p/ part, that is proven, and must be the same; and so of simulated ones. Of
  // others, a node is who it says it is; see Vouches.
  bool MayBe(absl::string_view node, absl::string_view from) const {
    const std::string address = Find(node);
    if (address.empty()) return !IsPeerId(node) || Vouches(node, from);
    const absl::string_view known = ProvenPart(address);
    const absl::string_view proven = ProvenPart(from);
    return known.empty() || proven.empty() || known == proven;
  }

  // Whether a stream from `from` is known to be `node`'s, as far as its network tells who its peers
  // are: then only if the node's address is known with the part that was proven.
  bool Vouches(absl::string_view node, absl::string_view from) const {
    const absl::string_view proven = ProvenPart(from);
    if (proven.empty()) return true;
    const std::string address = Find(node);
    if (address.empty()) return IsPeerId(node) && proven == absl::StrCat("/p2p/", node);
    return ProvenPart(address) == proven;
  }

  // Who is on the other end of a stream from `from` and says that it is `node`: what its network
  // has proven; and where it proves nothing, what it says.
  static std::string IdentityOf(absl::string_view node, absl::string_view from) {
    const absl::string_view proven = ProvenPart(from);
    return proven.empty() ? absl::StrCat("node ", node) : std::string(proven);
  }

  // Whether its network proves who is on the other end of a stream from `from`.
  static bool IsProven(absl::string_view from) { return !ProvenPart(from).empty(); }

  // Those that were added.
  const std::map<std::string, std::string>& addresses() const { return addresses_; }

 private:
  static bool IsPeerId(absl::string_view node) { return PeerId::Parse(node).ok(); }

  // Empty: it is not known.
  std::string Find(absl::string_view node) const {
    const auto at = addresses_.find(std::string(node));
    if (at != addresses_.end()) return at->second;
    const std::lock_guard<SpinLock> lock(lock_);
    const auto learned = learned_.find(std::string(node));
    return learned == learned_.end() ? "" : learned->second;
  }

  // "/p2p/ID", or "/sim/NODE".
  static absl::string_view ProvenPart(absl::string_view address) {
    constexpr absl::string_view kSim = "/sim/";
    if (absl::StartsWith(address, kSim)) return address.substr(0, address.find('/', kSim.size()));
    const size_t at = address.rfind("/p2p/");
    return at == absl::string_view::npos ? absl::string_view() : address.substr(at);
  }

  std::map<std::string, std::string> addresses_;
  mutable SpinLock lock_;  // over what follows
  std::map<std::string, std::string> learned_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PEER_BOOK_H_
