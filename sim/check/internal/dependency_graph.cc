#include "rehearse/sim/check/internal/dependency_graph.h"

#include "rehearse/actor/env/check.h"

namespace rehearse::sim {

void DependencyGraph::Seal() {
  REHEARSE_CHECK(nodes_ <= kNodesMax && unsorted_.size() < UINT32_MAX, "the history is too long");
  begins_.assign(nodes_ + 1, 0);
  for (const auto& [from, arc] : unsorted_) ++begins_[from + 1];
  for (uint32_t node = 0; node < nodes_; ++node) begins_[node + 1] += begins_[node];
  arcs_.resize(unsorted_.size());
  std::vector<uint32_t> next(begins_.begin(), begins_.end() - 1);
  for (const auto& [from, arc] : unsorted_) arcs_[next[from]++] = arc;
  unsorted_ = {};
}

}  // namespace rehearse::sim
