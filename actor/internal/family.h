// Actors that one actor, or the node itself, has started and will end.

#ifndef REHEARSE_ACTOR_INTERNAL_FAMILY_H_
#define REHEARSE_ACTOR_INTERNAL_FAMILY_H_

#include <vector>

#include "absl/status/status.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse {

class Node;

namespace internal {

class Cell;
class CellRef;

struct Family {
  SpinLock lock;
  Cell* newest = nullptr;  // the others follow, to the oldest
};

// Newest first.
std::vector<CellRef> MembersOf(Family& family);

enum class Ending : uint8_t {
  kStop,  // asks each to stop, and kills those that take longer than the node's stop_timeout
  kKill,  // kills at once
};

// Ends all of them, newest first, each within the node's stop_timeout for its stop and again for
// its death. On a fiber. Names who still lives.
absl::Status EndFamily(Family& family, Node& node, Ending ending);

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_FAMILY_H_
