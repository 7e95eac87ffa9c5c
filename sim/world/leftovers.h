// What outlives its node: actors that don't end when it does, and refs to those that did.

#ifndef REHEARSE_SIM_WORLD_LEFTOVERS_H_
#define REHEARSE_SIM_WORLD_LEFTOVERS_H_

#include <string>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/internal/family.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/node.h"

namespace rehearse::sim {

// One world's.
class Leftovers {
 public:
  // `node` is told to end: its actors, and theirs, are to be gone when it is.
  void Watch(Node& node) { Watch(node.family()); }

  // The first of them that has not ended, or to which a ref is left, in words; empty if there is
  // none. When the nodes of all have ended and nothing can happen any more.
  std::string Find() const;

 private:
  void Watch(rehearse::internal::Family& family);

  std::vector<rehearse::internal::WeakCell> watched_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_LEFTOVERS_H_
