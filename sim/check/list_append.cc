#include "rehearse/sim/check/list_append.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/check/internal/append_index.h"
#include "rehearse/sim/check/internal/cycle_anomaly.h"
#include "rehearse/sim/check/internal/cycle_search.h"
#include "rehearse/sim/check/internal/dependencies.h"
#include "rehearse/sim/check/internal/dependency_graph.h"
#include "rehearse/sim/check/internal/list_anomalies.h"

namespace rehearse::sim {
namespace {

constexpr Dependencies kWrites = Only(Dependency::kWriteWrite);
constexpr Dependencies kReads = kWrites | Only(Dependency::kWriteRead);
constexpr Dependencies kData = kReads | Only(Dependency::kReadWrite);
constexpr Dependencies kSessions = kData | Only(Dependency::kProcess);
constexpr Dependencies kAll = kSessions | Only(Dependency::kRealTime);

// From the worst to the mildest: what each adds to the one before.
constexpr CycleQuestion kQuestions[] = {
    {.allowed = kWrites, .required = kWrites},
    {.allowed = kReads, .required = Only(Dependency::kWriteRead)},
    {.allowed = kData, .required = Only(Dependency::kReadWrite), .apart = true},
    {.allowed = kData, .required = Only(Dependency::kReadWrite)},
    {.allowed = kSessions, .required = Only(Dependency::kProcess)},
    {.allowed = kAll, .required = Only(Dependency::kRealTime)},
};

// In as many parts of a graph a cycle is looked for. One is enough to know that the model is
// broken.
constexpr size_t kComponentsMax = 100;

class Judge {
 public:
  Judge(absl::Span<const Transaction> history, const ListAppendOptions& options)
      : history_(history), options_(options), index_(history) {}

  ListAppendJudgement Run();

 private:
  void FindCycles();
  void Ask(const DependencyGraph& graph, const CycleQuestion& question,
           const std::vector<uint32_t>& within);
  void Note(Anomaly anomaly, const Cycle& cycle);
  void Conclude();

  const absl::Span<const Transaction> history_;
  const ListAppendOptions options_;
  const AppendIndex index_;
  ListAppendJudgement judgement_;
  std::map<std::string, size_t> counts_;  // by name
};

ListAppendJudgement Judge::Run() {
  if (!index_.malformed().empty()) {
    judgement_.explanation = absl::StrCat("not a history: ", index_.malformed(), "\n");
    return judgement_;
  }
  judgement_.strictest = options_.model;
  for (Anomaly& anomaly : FindListAnomalies(history_, index_)) Note(std::move(anomaly), {});
  FindCycles();
  Conclude();
  return std::move(judgement_);
}

// First for any cycle at all, which most histories do not have.
void Judge::FindCycles() {
  const DependencyGraph graph = DependenciesOf(history_, index_, options_.model);
  CycleSearch any(graph, {.allowed = kAll}, nullptr);
  any.FindComponents();
  judgement_.steps = any.steps();
  if (any.components().empty()) return;
  for (const CycleQuestion& question : kQuestions) Ask(graph, question, any.component_of());
}

void Judge::Ask(const DependencyGraph& graph, const CycleQuestion& question,
                const std::vector<uint32_t>& within) {
  CycleSearch search(graph, question, &within);
  search.FindComponents();
  const size_t components = std::min(search.components().size(), kComponentsMax);
  for (size_t i = 0; i < components; ++i) {
    const std::optional<Cycle> cycle = search.Shortest(i);
    if (cycle.has_value()) Note(NameCycle(*cycle), *cycle);
  }
  judgement_.steps += search.steps();
}

// Counts it, and keeps it if it is one of the first of its name and no question found it before.
void Judge::Note(Anomaly anomaly, const Cycle& cycle) {
  const ConsistencyModel broken = anomaly.Breaks();
  if (broken > options_.model) return;
  for (const Anomaly& other : judgement_.anomalies) {
    if (other.kind == anomaly.kind && other.order == anomaly.order &&
        std::is_permutation(other.transactions.begin(), other.transactions.end(),
                            anomaly.transactions.begin(), anomaly.transactions.end())) {
      return;
    }
  }
  judgement_.strictest = std::min(judgement_.strictest,
                                  static_cast<ConsistencyModel>(static_cast<uint8_t>(broken) - 1));
  if (++counts_[anomaly.Name()] > options_.anomalies_max) return;
  if (!cycle.empty()) anomaly.explanation = ExplainCycle(history_, index_, cycle);
  judgement_.anomalies.push_back(std::move(anomaly));
}

void Judge::Conclude() {
  std::stable_sort(judgement_.anomalies.begin(), judgement_.anomalies.end(),
                   [](const Anomaly& a, const Anomaly& b) { return a.Breaks() < b.Breaks(); });
  judgement_.holds = judgement_.anomalies.empty();
  if (judgement_.holds) return;
  absl::StrAppend(&judgement_.explanation, "not ", ModelName(options_.model),
                  "; the strictest model that holds is ", ModelName(judgement_.strictest), "\n");
  for (const Anomaly& anomaly : judgement_.anomalies) {
    absl::StrAppend(&judgement_.explanation, anomaly.Name(), ":\n", anomaly.explanation);
  }
  for (const auto& [name, count] : counts_) {
    if (count <= options_.anomalies_max) continue;
    absl::StrAppend(&judgement_.explanation, "and more of ", name, ": ", count, " in all\n");
  }
}

}  // namespace

ListAppendJudgement CheckListAppend(absl::Span<const Transaction> history,
                                    const ListAppendOptions& options) {
  return Judge(history, options).Run();
}

}  // namespace rehearse::sim
