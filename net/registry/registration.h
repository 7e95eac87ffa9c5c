// What a node says of a name that its actors have, signed by its key: it can be passed on by
// anybody, and made, moved to another name or changed by nobody else.
//
// Differences from a SignedRecord: who may say it is not part of its key, since anybody may have a
// name that is free; so of two for one unique name it takes rules to say who has it.

#ifndef REHEARSE_NET_REGISTRY_REGISTRATION_H_
#define REHEARSE_NET_REGISTRY_REGISTRATION_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/names.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// An actor that has the name.
struct NamedActor {
  std::string actor = {};  // "#7"
  ProtocolId protocol = {};

  friend bool operator==(const NamedActor&, const NamedActor&) = default;
};

struct Registration {
  // Open refuses what is beyond these, and who signs is to keep to them.
  static constexpr size_t kBytesMax = 4096;
  static constexpr size_t kActorsMax = 16;
  static constexpr size_t kActorBytesMax = 64;
  static constexpr size_t kMessagesBytesMax = 256;  // the text of a ProtocolId
  static constexpr size_t kNodeBytesMax = 128;
  static constexpr size_t kAddressesMax = 8;
  static constexpr size_t kAddressBytesMax = 256;

  std::string name = {};
  bool shared = false;
  std::string node = {};                    // what the node is called
  std::vector<std::string> addresses = {};  // where it is dialled, in text; its word alone
  uint64_t incarnation = 0;
  // Of a unique name: one at most. None: the node does not have the name any more.
  std::vector<NamedActor> actors = {};
  bool claiming = false;  // a unique name that it does not have yet: others may object
  uint64_t token = 0;     // of a unique name; below 2^63
  uint64_t sequence = 0;  // greater in each later one of this incarnation; below 2^63
  absl::Time expires = absl::UnixEpoch();  // to the millisecond

  // The registration, signed by `owner`.
  std::string Sign(const Identity& owner) const;

  // Whether it says at `now` that somebody has the name.
  bool IsLive(absl::Time now) const { return !actors.empty() && now < expires; }

  // The one of `index`.
  Location LocationOf(size_t index) const;

  friend bool operator==(const Registration&, const Registration&) = default;
};

// One that was signed by `peer`.
struct SignedRegistration {
  // Reads what Sign wrote.
  //   kInvalidArgument  it is none, is beyond a bound, or is not signed by the key that it holds.
  static absl::StatusOr<SignedRegistration> Open(absl::string_view bytes);

  PeerId peer;
  Registration registration;
};

// Of two for one name, who has it: the greater, by a total order that is the same for all.
//   - Of a unique name the one with the greater token. So in a cluster that was in two parts, each
//     with an owner, the one that claimed later stays: what tokens guard has seen its token.
//   - Of one peer, the later. Replayed, an older one is smaller, and that is its end.
std::strong_ordering Compare(const SignedRegistration& a, const SignedRegistration& b);

// Whether who keeps `held` is to take `offered` in its place, at `now`. A unique name that a peer
// has is not taken from it, by whatever token: it has to give it up, or to let it expire.
bool MayReplace(const SignedRegistration& offered, const SignedRegistration& held, absl::Time now);

// A token for `owner`, greater than `seen`, the greatest that is known of the name. It begins with
// the calendar's time, so that it is greater than the last even where nobody remembers that, and
// ends with bits of the owner's id, so that two who claim at once have different ones.
uint64_t NextToken(uint64_t seen, absl::Time now, const PeerId& owner);
// When it was claimed, by its owner's calendar, or later.
absl::Time ClaimTimeOf(uint64_t token);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_REGISTRATION_H_
