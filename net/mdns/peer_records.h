// How libp2p's peers are told of in the DNS: libp2p/specs, discovery/mdns.md.
//
//   _p2p._udp.local         PTR  <label>._p2p._udp.local
//   <label>._p2p._udp.local TXT  "dnsaddr=/ip4/192.168.1.7/tcp/4001/p2p/12D3KooW…" …
//
// The label is a peer's own choice, and says nothing. Differences from the specification: no SRV, A
// and AAAA records, which tools alone would look for (js-libp2p has none either); a TXT record is
// enough to be found by, with its PTR record or without; no private networks.

#ifndef REHEARSE_NET_MDNS_PEER_RECORDS_H_
#define REHEARSE_NET_MDNS_PEER_RECORDS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/mdns/dns_message.h"
#include "rehearse/net/mdns/dns_name.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

// A peer nearby, as whoever told of it says. A hint: who is dialled there has to prove the id.
struct LanPeer {
  static constexpr size_t kAddressesMax = 16;

  PeerId id;
  std::vector<Multiaddr> addresses;  // without the id; kAddressesMax at most

  friend bool operator==(const LanPeer&, const LanPeer&) = default;
};

// What one message says of one label.
struct PeerClaim {
  std::string label;            // in small letters
  absl::Duration ttl;           // how long it holds; zero: it is over
  std::optional<LanPeer> peer;  // nothing, if it is over: the label tells who is meant
};

// "_p2p._udp.local", a peer's own name under it, and where services are listed (RFC 6763, section
// 9).
DnsName PeerServiceName();
DnsName PeerName(absl::string_view label);
DnsName ServiceListName();

// "Who is there?"
DnsMessage PeersQuestion();
// "I am": an address that does not fit in a text is left out, and so is what comes behind those
// that fit in one packet of an Ethernet.
DnsMessage PeerAnswer(absl::string_view label, const LanPeer& self, absl::Duration ttl);
// "I go": of the PTR record alone. js-libp2p reads no TTL, and takes who is told of with addresses
// for found.
DnsMessage PeerGoodbye(absl::string_view label);
// "There are libp2p's peers."
DnsMessage ServiceAnswer(absl::Duration ttl);

// Addresses that are read of one message; to read one costs some microseconds, of whatever it has
// in the place of an id.
inline constexpr size_t kLanAddressesReadMax = 32;

// Whom `response` tells of, in the order of their labels. What can't be read is left out, and so
// are addresses with another id than the first of its label, and those beyond kLanAddressesReadMax.
std::vector<PeerClaim> ClaimsIn(const DnsMessage& response);

// Of an IPv4 packet on an Ethernet, less its headers.
inline constexpr size_t kLanDatagramBytes = 1472;

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_PEER_RECORDS_H_
