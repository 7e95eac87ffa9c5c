// Laws of the rule books: what the real thing does is allowed, however its clients overlap; and a
// history with one result changed is refused whenever no order explains it.

#include <gtest/gtest.h>
//
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/log_model.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/queue_model.h"
#include "rehearse/sim/check/sequential_model.h"
#include "rehearse/sim/check/set_model.h"
#include "rehearse/sim/check/testing/atomic_object_workload.h"
#include "rehearse/sim/check/testing/brute_force.h"

namespace rehearse::sim {
namespace {

AtomicObjectOptions Options(uint64_t operations, uint64_t objects) {
  AtomicObjectOptions options;
  options.operations = *rc::gen::inRange<uint64_t>(1, operations + 1);
  options.objects = *rc::gen::inRange<uint64_t>(1, objects + 1);
  options.clients = *rc::gen::inRange<uint64_t>(1, 6);
  options.unknown = Ratio::Percent(*rc::gen::element<uint64_t>(0, 5, 30));
  options.failed = Ratio::Percent(*rc::gen::element<uint64_t>(0, 10));
  return options;
}

void AcceptsTheRealThing(const AtomicKind& kind, const SequentialModel& model) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto history = AtomicObjectWorkload(kind, Options(120, 4), Random(seed)).Run();
  const Judgement judgement = CheckLinearizability(history, model);
  RC_ASSERT(judgement.linearizable());
}

// Those whose results say something.
std::vector<Operation*> Answered(std::vector<Operation>& history) {
  std::vector<Operation*> answered;
  for (Operation& operation : history) {
    if (operation.outcome == Outcome::kOk && !operation.result.empty()) {
      answered.push_back(&operation);
    }
  }
  RC_PRE(!answered.empty());
  return answered;
}

// A result becomes that of another operation of its name, or none.
void RefusesWhatNothingExplains(const AtomicKind& kind, const SequentialModel& model) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  auto history = AtomicObjectWorkload(kind, Options(7, 1), Random(seed)).Run();
  const std::vector<Operation*> answered = Answered(history);
  Operation& changed = *answered[seed % answered.size()];
  const std::string before = changed.result;
  changed.result.clear();
  for (const Operation* other : answered) {
    if (other->operation == changed.operation && other->result != before) {
      changed.result = other->result;
    }
  }
  const Answer expected = ByBruteForce(history, model);
  RC_CLASSIFY(expected == Answer::kLinearizable, "linearizable");
  RC_CLASSIFY(expected == Answer::kNotLinearizable, "not linearizable");
  RC_ASSERT(CheckLinearizability(history, model).answer == expected);
}

// A result that no operation can have had.
void RefusesTheImpossible(const AtomicKind& kind, const SequentialModel& model) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  auto history = AtomicObjectWorkload(kind, Options(16, 2), Random(seed)).Run();
  const std::vector<Operation*> answered = Answered(history);
  answered[seed % answered.size()]->result += "?";
  RC_ASSERT(CheckLinearizability(history, model).answer == Answer::kNotLinearizable);
}

RC_GTEST_PROP(QueueModelProperty, AcceptsAQueue, ()) {
  AcceptsTheRealThing(AtomicQueue(), QueueModel());
}
RC_GTEST_PROP(QueueModelProperty, RefusesWhatNothingExplains, ()) {
  RefusesWhatNothingExplains(AtomicQueue(), QueueModel());
}
RC_GTEST_PROP(QueueModelProperty, RefusesTheImpossible, ()) {
  RefusesTheImpossible(AtomicQueue(), QueueModel());
}

RC_GTEST_PROP(SetModelProperty, AcceptsASet, ()) { AcceptsTheRealThing(AtomicSet(), SetModel()); }
RC_GTEST_PROP(SetModelProperty, RefusesWhatNothingExplains, ()) {
  RefusesWhatNothingExplains(AtomicSet(), SetModel());
}
RC_GTEST_PROP(SetModelProperty, RefusesTheImpossible, ()) {
  RefusesTheImpossible(AtomicSet(), SetModel());
}

RC_GTEST_PROP(LogModelProperty, AcceptsALog, ()) { AcceptsTheRealThing(AtomicLog(), LogModel()); }
RC_GTEST_PROP(LogModelProperty, RefusesWhatNothingExplains, ()) {
  RefusesWhatNothingExplains(AtomicLog(), LogModel());
}
RC_GTEST_PROP(LogModelProperty, RefusesTheImpossible, ()) {
  RefusesTheImpossible(AtomicLog(), LogModel());
}

}  // namespace
}  // namespace rehearse::sim
