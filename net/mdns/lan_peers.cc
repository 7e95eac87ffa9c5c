#include "rehearse/net/mdns/lan_peers.h"

#include <algorithm>
#include <utility>

namespace rehearse::net {

bool LanPeers::HasRoom(const std::string& host) const {
  const auto at = hosts_.find(host);
  return size_ < options_.peers_max &&
         (at == hosts_.end() || at->second.size() < options_.peers_per_host_max);
}

bool LanPeers::Take(const std::string& host, const PeerClaim& claim, Instant now) {
  const auto of_host = hosts_.find(host);
  if (!claim.peer.has_value()) {
    if (of_host == hosts_.end()) return false;
    for (auto& [id, said] : of_host->second) {
      if (said.label == claim.label) said.until = std::min(said.until, now);
    }
    return false;
  }
  const Said fresh = {.label = claim.label,
                      .addresses = claim.peer->addresses,
                      .until = now + std::min(claim.ttl, options_.ttl_max),
                      .told = now};
  const auto at =
      of_host == hosts_.end() ? OfHost::iterator() : of_host->second.find(claim.peer->id);
  if (of_host == hosts_.end() || at == of_host->second.end()) return TakeNew(host, claim, fresh);
  Said& said = at->second;
  const bool is_news = said.until <= now || said.addresses != fresh.addresses;
  if (is_news && now < said.told + options_.news_every) return false;
  const Instant told = is_news ? now : said.told;
  said = fresh;
  said.told = told;
  return is_news;
}

bool LanPeers::TakeNew(const std::string& host, const PeerClaim& claim, const Said& said) {
  if (!HasRoom(host)) Drop(said.told);
  if (!HasRoom(host)) {
    ++refused_;
    return false;
  }
  hosts_[host].emplace(claim.peer->id, said);
  ++size_;
  return true;
}

std::vector<LanPeer> LanPeers::Present(Instant now) const {
  std::map<PeerId, std::vector<Multiaddr>> present;
  for (const auto& [host, of_host] : hosts_) {
    for (const auto& [id, said] : of_host) {
      if (said.until <= now) continue;
      std::vector<Multiaddr>& all = present[id];
      for (const Multiaddr& address : said.addresses) {
        if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
      }
    }
  }
  std::vector<LanPeer> peers;
  for (auto& [id, addresses] : present) peers.push_back({id, std::move(addresses)});
  return peers;
}

// What was told lately stays, so that nobody makes news of it by taking it back.
void LanPeers::Drop(Instant now) {
  for (auto host = hosts_.begin(); host != hosts_.end();) {
    size_ -= std::erase_if(host->second, [&](const auto& entry) {
      return entry.second.until <= now && entry.second.told + options_.news_every <= now;
    });
    host = host->second.empty() ? hosts_.erase(host) : std::next(host);
  }
}

}  // namespace rehearse::net
