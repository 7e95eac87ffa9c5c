// A member's own word, signed: what anybody can pass on and nobody else can make.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBER_PROOF_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBER_PROOF_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/membership/gossip.h"

namespace rehearse::net {

// The proof of `word`, by its subject: of its name, address, life, incarnation, and whether it has
// left. That it is suspected or dead is others' word, and not proven.
std::string ProofOf(const MemberWord& word, const Identity& subject);

// Whether the subject of `word` has said so: the one whose key is in its address's "/p2p/" part.
//   kDataLoss  it has not, or the address has no such part.
absl::Status CheckProof(const MemberWord& word);

// "/p2p/ID", or "/sim/NODE", of an address: what its network proves of who is there. Empty if it
// proves nothing.
absl::string_view ProvenPart(absl::string_view address);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBER_PROOF_H_
