// Finds the circles in a graph of dependencies: which nodes are on some, and a short one.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_CYCLE_SEARCH_H_
#define REHEARSE_SIM_CHECK_INTERNAL_CYCLE_SEARCH_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "rehearse/sim/check/internal/dependency_graph.h"

namespace rehearse::sim {

// From one transaction to the next, whatever nodes are between.
struct Step {
  uint32_t from;
  uint32_t to;
  Dependency kind;
};
using Cycle = std::vector<Step>;

// Which cycles are looked for.
struct CycleQuestion {
  Dependencies allowed = 0;   // all arcs are of these kinds
  Dependencies required = 0;  // and at least one is of these
  // No kReadWrite comes right after another, not from the last step to the first either: the cycles
  // that snapshot isolation forbids. What is found may then meet a transaction twice.
  bool apart = false;
};

// One question, on the whole graph or on a part of it.
//
// A state is a node or, for `apart`, a node and whether the arc that led to it was kReadWrite: then
// a walk among states is one among nodes that takes no two of these in a row.
class CycleSearch {
 public:
  // `graph` outlives it. With `within` (each node's component, of an earlier search that allowed
  // more), arcs from one component to another are left out: no cycle has any.
  CycleSearch(const DependencyGraph& graph, const CycleQuestion& question,
              const std::vector<uint32_t>* within);

  // Tarjan, Depth-First Search and Linear Graph Algorithms (SIAM J. Comput. 1972), with a stack of
  // its own. Call it first.
  void FindComponents();

  // The strongly connected components that are more than one state, by their smallest state.
  const std::vector<std::vector<uint32_t>>& components() const { return components_; }

  // By node. Not for `apart`.
  const std::vector<uint32_t>& component_of() const { return component_of_; }

  // A cycle in number `component`; nullopt if none has a required arc. The shortest, unless that
  // takes more than some millions of looks.
  std::optional<Cycle> Shortest(size_t component);

  // Arcs looked at so far.
  uint64_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint64_t kLooksMax = 4'000'000;  // for one component

  struct Frame {
    uint32_t state;
    uint32_t arc;
  };
  struct Visit {
    uint32_t round = 0;  // of the search in breadth that saw it last
    uint32_t distance = 0;
    uint32_t before = 0;  // the state before
    Dependency kind = Dependency::kThrough;
  };

  bool Allows(Dependency kind) const {
    return kind == Dependency::kThrough || (question_.allowed & Only(kind)) != 0;
  }
  uint32_t NodeOf(uint32_t state) const { return question_.apart ? state / 2 : state; }
  uint32_t Next(uint32_t state, DependencyGraph::Arc arc) const;
  void FindFrom(uint32_t root);
  void Enter(uint32_t state);
  void Leave(uint32_t state);
  std::optional<uint32_t> Distance(uint32_t from, uint32_t to, uint32_t distance_max);
  Cycle WalkBack(uint32_t from, uint32_t to, Dependency closing) const;

  const DependencyGraph& graph_;
  const CycleQuestion question_;
  const std::vector<uint32_t>* const within_;
  const uint32_t states_;

  std::vector<uint32_t> number_;        // by state, in the order of entering; kNone: not yet
  std::vector<uint32_t> low_;           // the smallest number that is reached and not done
  std::vector<uint32_t> component_of_;  // by state; kNone: not done
  std::vector<uint32_t> open_;          // entered and not done
  std::vector<Frame> frames_;
  uint32_t entered_ = 0;
  uint32_t done_ = 0;
  std::vector<std::vector<uint32_t>> components_;

  std::vector<Visit> visits_;  // by state
  uint32_t round_ = 0;
  uint64_t looks_ = 0;  // at arcs, for this component
  uint64_t steps_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_CYCLE_SEARCH_H_
