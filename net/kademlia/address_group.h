// Which addresses may well belong to one owner.

#ifndef REHEARSE_NET_KADEMLIA_ADDRESS_GROUP_H_
#define REHEARSE_NET_KADEMLIA_ADDRESS_GROUP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// The prefix of a multiaddr, as bytes, that a single owner is likely to have whole: a /24 of IPv4,
// a /48 of IPv6. An identity costs nothing, an address prefix does; so tables bound what they take
// from one (Baumgart and Mies 2007, on Sybil attacks). Empty, for "not bounded", for loopback,
// private and link-local addresses and for names.
std::string AddressGroupOf(absl::string_view address);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_ADDRESS_GROUP_H_
