// Which actor of another node a ref names.

#ifndef REHEARSE_ACTOR_INTERNAL_REMOTE_TARGET_H_
#define REHEARSE_ACTOR_INTERNAL_REMOTE_TARGET_H_

#include <cstdint>
#include <string>

namespace rehearse {

class Node;

namespace internal {

// Kept by the cell that stands for the actor here; see stand_ins.h.
struct RemoteTarget {
  Node* from = nullptr;  // the node that would send
  std::string node;
  std::string actor;         // a name, or "#7": the actor of that number
  uint64_t incarnation = 0;  // of the node, for a number; 0: any

  std::string ToString() const { return actor + "@" + node; }
};

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_REMOTE_TARGET_H_
