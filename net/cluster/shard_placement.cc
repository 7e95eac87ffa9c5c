#include "rehearse/net/cluster/shard_placement.h"

#include <utility>

#include "rehearse/actor/env/random.h"

namespace rehearse::net {

size_t ShardOf(absl::string_view key_bytes, size_t shards) {
  const auto hash = static_cast<unsigned __int128>(HashLabel(key_bytes));
  return static_cast<size_t>((hash * shards) >> 64);
}

std::vector<size_t> PlaceShards(absl::string_view name, size_t shards,
                                absl::Span<const std::string> nodes) {
  std::vector<size_t> homes;
  if (nodes.empty()) return homes;
  std::vector<Random> weights;
  for (const std::string& node : nodes) weights.push_back(Random(HashLabel(node)).Split(name));
  for (size_t shard = 0; shard < shards; ++shard) {
    const auto rank = [&](size_t node) {
      return std::pair<uint64_t, absl::string_view>(weights[node].At(shard), nodes[node]);
    };
    size_t best = 0;
    for (size_t node = 1; node < nodes.size(); ++node) {
      if (rank(node) > rank(best)) best = node;
    }
    homes.push_back(best);
  }
  return homes;
}

}  // namespace rehearse::net
