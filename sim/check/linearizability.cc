#include "rehearse/sim/check/linearizability.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/check/internal/breadth_first_search.h"
#include "rehearse/sim/check/internal/depth_first_search.h"
#include "rehearse/sim/check/internal/explanation.h"
#include "rehearse/sim/check/internal/object_history.h"
#include "rehearse/sim/check/internal/value_zones.h"

namespace rehearse::sim {
namespace {

// The part of the steps that the search in depth may take.
constexpr uint64_t kShareInDepth = 2;

using ObjectOperations = std::vector<const Operation*>;

// In the order of first appearance. A read of unknown outcome says nothing and is left out.
std::vector<ObjectOperations> ByObject(absl::Span<const Operation> operations,
                                       const SequentialModel& model) {
  std::vector<ObjectOperations> objects;
  // order-free: looked up, never iterated.
  absl::flat_hash_map<absl::string_view, size_t> places;
  for (const Operation& operation : operations) {
    if (operation.outcome == Outcome::kUnknown && model.OnlyReads(operation)) continue;
    const auto [place, is_new] = places.try_emplace(operation.object, objects.size());
    if (is_new) objects.emplace_back();
    objects[place->second].push_back(&operation);
  }
  return objects;
}

Judgement Wrong(const Operation& stuck, std::string explanation, uint64_t steps) {
  return {Answer::kNotLinearizable, std::move(explanation), stuck.object, stuck.id, steps};
}

Judgement Conclude(const ObjectOperations& object, Answer answer, const DeadEnd& furthest,
                   uint64_t steps) {
  if (answer == Answer::kLinearizable) return {answer, "", "", 0, steps};
  if (answer == Answer::kUndecided) {
    return {answer, ExplainUndecided(object, furthest, steps), "", 0, steps};
  }
  return Wrong(*furthest.stuck, ExplainDeadEnd(object, furthest), steps);
}

// In depth first, which finds an order soon if there is one; then in breadth, which soon rules all
// of them out.
Judgement Search(const ObjectOperations& object, const SequentialModel& model, JudgeLimits limits) {
  const ObjectHistory history(object, model);
  DepthFirstSearch depth(history, model,
                         {limits.steps_max / kShareInDepth, limits.memory_bytes_max});
  const Answer in_depth = depth.Run();
  if (in_depth != Answer::kUndecided) {
    return Conclude(object, in_depth, depth.Furthest(), depth.steps());
  }
  limits.steps_max -= depth.steps();
  BreadthFirstSearch breadth(history, model, limits);
  const Answer in_breadth = breadth.Run();
  return Conclude(object, in_breadth, breadth.Furthest(), depth.steps() + breadth.steps());
}

// Nullopt if the values don't tell who wrote them.
std::optional<Judgement> JudgeByValues(const ObjectOperations& object, absl::string_view initial) {
  ValueZones zones(object, initial);
  if (!zones.Applicable()) return std::nullopt;
  const std::optional<RegisterConflict> conflict = zones.FirstConflict();
  if (!conflict) return Judgement{Answer::kLinearizable, "", "", 0, zones.steps()};
  return Wrong(*conflict->read, ExplainConflict(object, *conflict), zones.steps());
}

const Operation* FirstMalformed(absl::Span<const Operation> operations) {
  for (const Operation& operation : operations) {
    if (operation.end < operation.begin) return &operation;
  }
  return nullptr;
}

Judgement JudgeEach(absl::Span<const Operation> operations, const SequentialModel& model,
                    const std::function<Judgement(const ObjectOperations&)>& judge) {
  if (const Operation* malformed = FirstMalformed(operations)) {
    return {Answer::kUndecided,
            absl::StrCat("not a history: an operation ends before it begins:\n    ",
                         malformed->ToString(), "\n"),
            "", 0, 0};
  }
  Judgement whole = {Answer::kLinearizable, "", "", 0, 0};
  const std::vector<ObjectOperations> objects = ByObject(operations, model);
  for (const ObjectOperations& object : objects) {
    Judgement judgement = judge(object);
    judgement.steps = whole.steps += judgement.steps;
    if (judgement.answer == Answer::kNotLinearizable) return judgement;
    if (judgement.answer == Answer::kUndecided) {
      whole.answer = judgement.answer;
      whole.explanation += judgement.explanation;
    }
  }
  if (whole.linearizable()) {
    whole.explanation = absl::StrCat("linearizable (operations: ", operations.size(),
                                     ", objects: ", objects.size(), ")\n");
  }
  return whole;
}

}  // namespace

Judgement CheckLinearizability(absl::Span<const Operation> operations, const SequentialModel& model,
                               const JudgeLimits& limits) {
  return JudgeEach(operations, model, [&](const ObjectOperations& object) {  //
    return Search(object, model, limits);
  });
}

Judgement CheckLinearizability(absl::Span<const Operation> operations, const RegisterModel& model,
                               const JudgeLimits& limits) {
  const std::string initial = model.Initial();
  return JudgeEach(operations, model, [&](const ObjectOperations& object) {
    std::optional<Judgement> judgement = JudgeByValues(object, initial);
    return judgement ? *std::move(judgement) : Search(object, model, limits);
  });
}

}  // namespace rehearse::sim
