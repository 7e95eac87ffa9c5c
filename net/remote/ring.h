// What is to be told of a ring of waits: whether two are the same, who is let go, and in words.

#ifndef REHEARSE_NET_REMOTE_RING_H_
#define REHEARSE_NET_REMOTE_RING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "rehearse/net/remote/ring_probe.h"

namespace rehearse::net {

// A ring that is found has no more members, and of an actor no longer name is told.
inline constexpr size_t kRingHopsMax = 32;
inline constexpr size_t kRingNameMax = 256;

using Ring = std::vector<RingHop>;

// Whether a probe may be as this one: it has a look and a beginning, and is in bounds.
bool IsInBounds(const RingProbe& probe);

bool IsSameWait(const RingHop& a, const RingHop& b);

// Whether the same waits are in both, in the same order. No wait's number comes twice: so what was
// seen twice, each member one time after the other, was a ring all the time between.
bool IsSameRing(const Ring& a, const Ring& b);

// Whether the first member is the one that gives up, of all that wait for another node. All members
// agree on who that is: an ask if there is one, for who asks can be told why.
bool FirstGivesUp(const Ring& ring);

// "Teller#3 on bank -> Vault#4 on vault -> Teller#3 on bank"
std::string RingText(const Ring& ring);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_RING_H_
