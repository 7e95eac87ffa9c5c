#include "rehearse/sim/check/internal/cycle_search.h"

#include <algorithm>
#include <deque>

namespace rehearse::sim {

CycleSearch::CycleSearch(const DependencyGraph& graph, const CycleQuestion& question,
                         const std::vector<uint32_t>* within)
    : graph_(graph),
      question_(question),
      within_(within),
      states_(question.apart ? 2 * graph.nodes() : graph.nodes()) {}

// The state that an arc leads to; kNone if it may not be taken.
uint32_t CycleSearch::Next(uint32_t state, DependencyGraph::Arc arc) const {
  if (!Allows(arc.kind())) return kNone;
  const uint32_t node = NodeOf(state);
  if (within_ != nullptr && (*within_)[node] != (*within_)[arc.to()]) return kNone;
  if (!question_.apart) return arc.to();
  const bool after_read_write = state % 2 == 1;
  if (arc.kind() == Dependency::kThrough) return 2 * arc.to() + (after_read_write ? 1 : 0);
  if (arc.kind() != Dependency::kReadWrite) return 2 * arc.to();
  return after_read_write ? kNone : 2 * arc.to() + 1;
}

void CycleSearch::FindComponents() {
  number_.assign(states_, kNone);
  low_.assign(states_, kNone);
  component_of_.assign(states_, kNone);
  for (uint32_t root = 0; root < states_; ++root) {
    if (number_[root] == kNone) FindFrom(root);
  }
  number_ = {};
  low_ = {};
  std::sort(components_.begin(), components_.end());
}

void CycleSearch::FindFrom(uint32_t root) {
  Enter(root);
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    const uint32_t state = frame.state;
    const auto arcs = graph_.From(NodeOf(state));
    if (frame.arc == arcs.size()) {
      frames_.pop_back();
      Leave(state);
      continue;
    }
    ++steps_;
    const uint32_t next = Next(state, arcs[frame.arc++]);
    if (next == kNone) continue;
    if (number_[next] == kNone) {
      Enter(next);
    } else if (component_of_[next] == kNone) {
      low_[state] = std::min(low_[state], number_[next]);
    }
  }
}

void CycleSearch::Enter(uint32_t state) {
  number_[state] = low_[state] = entered_++;
  open_.push_back(state);
  frames_.push_back({state, 0});
}

void CycleSearch::Leave(uint32_t state) {
  if (!frames_.empty()) {
    uint32_t& above = low_[frames_.back().state];
    above = std::min(above, low_[state]);
  }
  if (low_[state] != number_[state]) return;
  const auto begin = std::find(open_.rbegin(), open_.rend(), state).base() - 1;
  for (auto member = begin; member != open_.end(); ++member) component_of_[*member] = done_;
  ++done_;
  if (open_.end() - begin > 1) {
    components_.emplace_back(begin, open_.end());
    std::sort(components_.back().begin(), components_.back().end());
  }
  open_.erase(begin, open_.end());
}

std::optional<Cycle> CycleSearch::Shortest(size_t component) {
  visits_.resize(states_);
  looks_ = 0;
  std::optional<Cycle> shortest;
  uint32_t length = kNone;
  for (const uint32_t state : components_[component]) {
    for (const DependencyGraph::Arc arc : graph_.From(NodeOf(state))) {
      if ((question_.required & Only(arc.kind())) == 0) continue;
      const uint32_t next = Next(state, arc);
      if (next == kNone || component_of_[next] != component_of_[state]) continue;
      const std::optional<uint32_t> back = Distance(next, state, length);
      if (back.has_value() && *back < length) {
        length = *back;
        shortest = WalkBack(next, state, arc.kind());
      }
      if (looks_ > kLooksMax || length <= 1) return shortest;
    }
  }
  return shortest;
}

// In breadth, by the number of transactions entered: the second half of an arc costs nothing.
std::optional<uint32_t> CycleSearch::Distance(uint32_t from, uint32_t to, uint32_t distance_max) {
  ++round_;
  std::deque<uint32_t> line = {from};
  visits_[from] = {.round = round_, .distance = 0, .before = from};
  while (!line.empty()) {
    const uint32_t state = line.front();
    line.pop_front();
    const uint32_t distance = visits_[state].distance;
    if (state == to) return distance;
    if (distance >= distance_max) return std::nullopt;
    for (const DependencyGraph::Arc arc : graph_.From(NodeOf(state))) {
      ++looks_;
      ++steps_;
      const uint32_t next = Next(state, arc);
      if (next == kNone || component_of_[next] != component_of_[state]) continue;
      const bool half = arc.kind() == Dependency::kThrough;
      const uint32_t length = distance + (half ? 0 : 1);
      if (visits_[next].round == round_ && visits_[next].distance <= length) continue;
      visits_[next] = {round_, length, state, arc.kind()};
      half ? line.push_front(next) : line.push_back(next);
    }
  }
  return std::nullopt;
}

// The way that the last Distance found, closed by the arc from `to` to `from`.
Cycle CycleSearch::WalkBack(uint32_t from, uint32_t to, Dependency closing) const {
  struct Reached {
    uint32_t node;
    Dependency by;
  };
  std::vector<Reached> way;
  for (uint32_t state = to; state != from; state = visits_[state].before) {
    way.push_back({NodeOf(state), visits_[state].kind});
  }
  way.push_back({NodeOf(from), closing});
  std::reverse(way.begin(), way.end());
  // Begins at a transaction: `to` if it is one, and there is one.
  const auto is_transaction = [this](const Reached& r) { return r.node < graph_.transactions(); };
  const auto last = std::find_if(way.rbegin(), way.rend(), is_transaction);
  std::rotate(way.begin(), last.base(), way.end());
  Cycle cycle;
  uint32_t before = way.back().node;
  Dependency kind = Dependency::kThrough;
  for (const Reached& reached : way) {
    if (reached.by != Dependency::kThrough) kind = reached.by;
    if (!is_transaction(reached)) continue;
    cycle.push_back({before, reached.node, kind});
    before = reached.node;
  }
  return cycle;
}

}  // namespace rehearse::sim
