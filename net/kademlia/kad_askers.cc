#include "rehearse/net/kademlia/kad_askers.h"

#include <algorithm>
#include <utility>

namespace rehearse::net {
namespace {

// "/ip4/10.0.0.1", of two addresses.
bool SameHost(const Multiaddr& left, const Multiaddr& right) {
  return !left.parts.empty() && !right.parts.empty() && left.parts.front() == right.parts.front();
}

}  // namespace

KadAsker KadAsker::From(const IdentifyMessage& said, absl::string_view protocol,
                        const Multiaddr& seen_at) {
  KadAsker asker;
  asker.serves =
      std::find(said.protocols.begin(), said.protocols.end(), protocol) != said.protocols.end();
  for (const Multiaddr& address : said.listen_addresses) {
    if (asker.addresses.size() == kAddressesMax) break;
    if (SameHost(address, seen_at)) asker.addresses.push_back(address.WithoutPeer().ToBytes());
  }
  return asker;
}

bool KadAskers::ShouldAsk(const PeerId& peer, Instant now) {
  const auto found = peers_.find(peer);
  if (found != peers_.end()) {
    if (now < found->second.asked + options_.ask_every) return false;
    found->second.asked = now;
    return true;
  }
  if (peers_.size() >= options_.peers_max) ForgetOldest();
  peers_.emplace(peer, Known{.asked = now, .said = {}});
  return true;
}

void KadAskers::ForgetOldest() {
  const auto oldest = std::min_element(
      peers_.begin(), peers_.end(),
      [](const auto& left, const auto& right) { return left.second.asked < right.second.asked; });
  if (oldest != peers_.end()) peers_.erase(oldest);
}

void KadAskers::Learn(const PeerId& peer, KadAsker said) {
  const auto found = peers_.find(peer);
  if (found != peers_.end()) found->second.said = std::move(said);
}

KadAsker KadAskers::Find(const PeerId& peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? KadAsker() : found->second.said;
}

}  // namespace rehearse::net
