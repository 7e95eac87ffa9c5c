// Who is meant: nodes and actors as numbers that are never used twice.
//
// Traces, hashes and tie-breaks know things by these and by nothing else: not by addresses, slots
// or fibers, which differ between two runs of one seed.

#ifndef REHEARSE_ACTOR_ENV_IDS_H_
#define REHEARSE_ACTOR_ENV_IDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace rehearse {

// A node within one process: for real there is one, numbered 0; a simulated world numbers its nodes
// in the order they were added.
struct NodeId {
  uint32_t value = 0;

  friend constexpr auto operator<=>(NodeId, NodeId) = default;
  template <typename H>
  friend H AbslHashValue(H h, NodeId id) {
    return H::combine(std::move(h), id.value);
  }
};

// The n-th actor of its node's incarnation, counted from 1; 0 is no actor. The node is known from
// the context.
struct ActorId {
  uint64_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  std::string ToString() const { return absl::StrCat("#", value); }

  friend constexpr auto operator<=>(ActorId, ActorId) = default;
  template <typename H>
  friend H AbslHashValue(H h, ActorId id) {
    return H::combine(std::move(h), id.value);
  }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_IDS_H_
