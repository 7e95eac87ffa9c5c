// Which node each shard of a kind of actors is at home on: the same answer wherever it is asked.
//
// Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates",
// IEEE/ACM Transactions on Networking 6(1), 1998): each shard gives each node a number that is
// drawn from their names, and lives where that is greatest. So a node that comes takes its share
// and nothing else moves; what a node had that goes is spread over those that stay. A ring needs
// points in memory for that, and jump hashing needs nodes that are numbered and leave in order.

#ifndef REHEARSE_NET_CLUSTER_SHARD_PLACEMENT_H_
#define REHEARSE_NET_CLUSTER_SHARD_PLACEMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rehearse::net {

// The shard of a key, below `shards`. Pinned: nodes of different builds agree. Not for hostile
// keys: who chooses them can choose those of one shard.
size_t ShardOf(absl::string_view key_bytes, size_t shards);

// For each shard of `name` the index of its node in `nodes`, which are distinct; empty if there are
// none. The order of `nodes` does not matter.
std::vector<size_t> PlaceShards(absl::string_view name, size_t shards,
                                absl::Span<const std::string> nodes);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARD_PLACEMENT_H_
