// Which transaction must come before which, and why: a graph in two flat arrays.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCY_GRAPH_H_
#define REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCY_GRAPH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace rehearse::sim {

enum class Dependency : uint8_t {
  kWriteWrite,  // appended to a list right after the other, or some time after
  kWriteRead,   // read what the other appended
  kReadWrite,   // appended what the other's list had not yet
  kProcess,     // is the same client's, and later
  kRealTime,    // began after the other had ended
  kThrough,     // the second half of one of these, from a node that is no transaction
};

// A set of kinds, as bits. kThrough is in all.
using Dependencies = uint8_t;
constexpr Dependencies Only(Dependency kind) {
  return static_cast<Dependencies>(1u << static_cast<unsigned>(kind));
}

// Nodes are numbers. Those up to the number of transactions are transactions; others stand for many
// arcs at once: from all that lead to such a node, to all that it leads to.
class DependencyGraph {
 public:
  class Arc {
   public:
    Arc() = default;
    Arc(uint32_t to, Dependency kind) : bits_(to << 3 | static_cast<uint32_t>(kind)) {}
    uint32_t to() const { return bits_ >> 3; }
    Dependency kind() const { return static_cast<Dependency>(bits_ & 7); }

   private:
    uint32_t bits_ = 0;
  };

  static constexpr uint32_t kNodesMax = uint32_t{1} << 29;

  // The nodes that are transactions, numbered from 0.
  explicit DependencyGraph(uint32_t transactions)
      : transactions_(transactions), nodes_(transactions) {}

  // Another node; at most kNodesMax in all.
  uint32_t AddNode() { return nodes_++; }

  // An arc to itself is none.
  void Add(uint32_t from, uint32_t to, Dependency kind) {
    if (from != to) unsorted_.emplace_back(from, Arc(to, kind));
  }

  // After the last Add and before the first From.
  void Seal();

  // In the order of their adding.
  absl::Span<const Arc> From(uint32_t node) const {
    return absl::MakeConstSpan(arcs_).subspan(begins_[node], begins_[node + 1] - begins_[node]);
  }

  uint32_t transactions() const { return transactions_; }
  uint32_t nodes() const { return nodes_; }

 private:
  const uint32_t transactions_;
  uint32_t nodes_;
  std::vector<std::pair<uint32_t, Arc>> unsorted_;
  std::vector<uint32_t> begins_;  // by node, and the end
  std::vector<Arc> arcs_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCY_GRAPH_H_
