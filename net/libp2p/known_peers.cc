#include "rehearse/net/libp2p/known_peers.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

void KnownPeers::LearnAddress(const PeerId& peer, const Multiaddr& address) {
  const Lock lock(lock_);
  std::vector<Multiaddr>& worked = Touch(peer).worked;
  std::erase(worked, address);
  worked.insert(worked.begin(), address);
  if (worked.size() > kAddressesMax) worked.pop_back();
}

void KnownPeers::Learn(const PeerId& peer, IdentifyMessage said) {
  const Lock lock(lock_);
  Known& known = Touch(peer);
  if (!known.said.has_value()) known.said.emplace();
  known.said->Merge(std::move(said));
}

KnownPeers::Known& KnownPeers::Touch(const PeerId& peer) {
  Known& known = peers_[peer];
  by_age_.erase(known.heard);
  known.heard = ++next_;
  by_age_.emplace(known.heard, peer);
  if (by_age_.size() > kPeersMax) {
    peers_.erase(by_age_.begin()->second);
    by_age_.erase(by_age_.begin());
  }
  return known;
}

std::vector<Multiaddr> KnownPeers::AddressesOf(const PeerId& peer) const {
  const Lock lock(lock_);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return {};
  std::vector<Multiaddr> addresses = found->second.worked;
  if (!found->second.said.has_value()) return addresses;
  for (const Multiaddr& said : found->second.said->listen_addresses) {
    const Multiaddr address = said.WithoutPeer();
    if (addresses.size() >= 2 * kAddressesMax) break;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  return addresses;
}

std::optional<IdentifyMessage> KnownPeers::Find(const PeerId& peer) const {
  const Lock lock(lock_);
  const auto found = peers_.find(peer);
  return found == peers_.end() ? std::nullopt : found->second.said;
}

}  // namespace rehearse::net
