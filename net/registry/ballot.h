// Who has a unique name, by what many hold of it. Without I/O.

#ifndef REHEARSE_NET_REGISTRY_BALLOT_H_
#define REHEARSE_NET_REGISTRY_BALLOT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/registry/registration.h"

namespace rehearse::net {

// A peer that has the name, as some say.
struct Claimant {
  SignedRegistration latest;  // of its own, the latest that anybody holds; live
  size_t holders = 0;         // who hold one of that claim: of its token
};

struct Ballot {
  // By holders, most first; of equals, the greater registration first.
  std::vector<Claimant> claimants;
  uint64_t token_seen = 0;  // the greatest, of those that are over as well

  // Null if it claims nothing.
  const Claimant* Find(const PeerId& peer) const;
};

// `held`: what each of those who were asked holds of one name. A peer that has withdrawn its claim
// has none, whoever still holds an older registration of it: what is replayed changes nothing.
Ballot CountBallot(const std::vector<SignedRegistration>& held, absl::Time now);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_BALLOT_H_
