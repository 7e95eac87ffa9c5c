// Laws of the judge, on histories that chance made. Its three ways of deciding are compared with a
// fourth that is too slow for anything but tiny histories and too simple to be wrong.

#include <gtest/gtest.h>
//
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/atomic_register_workload.h"
#include "rehearse/sim/check/internal/breadth_first_search.h"
#include "rehearse/sim/check/internal/depth_first_search.h"
#include "rehearse/sim/check/internal/object_history.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/check/sequential_model.h"
#include "rehearse/sim/check/testing/brute_force.h"

namespace rehearse::sim {
namespace {

Answer InDepth(const std::vector<Operation>& history, const SequentialModel& model) {
  const ObjectHistory object(Pointers(history), model);
  return DepthFirstSearch(object, model, {}).Run();
}

Answer InBreadth(const std::vector<Operation>& history, const SequentialModel& model) {
  const ObjectHistory object(Pointers(history), model);
  return BreadthFirstSearch(object, model, {}).Run();
}

// A register with operations that depend on what they find: `swap` returns the old value, `mark`
// appends a "+" to the value if it equals the argument, and returns "1" if it did; `poke` appends a
// "+" in any case, and returns "0" only if it found "0", but anything else at any time.
class SwapModel : public SequentialModel {
 public:
  std::string Initial() const override { return "0"; }

  bool Step(const std::string& state, const Operation& operation,
            std::string* next) const override {
    const bool known = operation.outcome == Outcome::kOk;
    if (operation.operation == "read" || operation.operation == "swap") {
      *next = operation.operation == "read" ? state : operation.argument;
      return !known || operation.result == state;
    }
    if (operation.operation == "poke") {
      *next = state + "+";
      return !known || operation.result != "0" || state == "0";
    }
    const bool equal = state == operation.argument;
    *next = equal ? state + "+" : state;
    return !known || (operation.result == "1") == equal;
  }

  bool OnlyReads(const Operation& operation) const override {
    return operation.operation == "read";
  }
};

// One client's move: to begin an operation if it has none, to end the one it has otherwise.
struct Move {
  uint64_t process;
  std::string operation;
  std::string argument;
  std::string result;
  Outcome outcome;
};

// At most `operations_max` operations; those that were never ended are unknown.
std::vector<Operation> Play(const std::vector<Move>& moves, size_t operations_max) {
  std::vector<Operation> history;
  std::vector<size_t> running(8, SIZE_MAX);
  uint64_t position = 0;
  for (const Move& move : moves) {
    ++position;
    size_t& mine = running[move.process];
    if (mine != SIZE_MAX) {
      history[mine].outcome = move.outcome;
      if (move.outcome != Outcome::kOk) history[mine].result = "";
      history[mine].end = position;
      mine = SIZE_MAX;
    } else if (history.size() < operations_max) {
      mine = history.size();
      history.push_back({.id = mine + 1,
                         .process = move.process,
                         .object = "x",
                         .operation = move.operation,
                         .argument = move.operation == "read" ? "" : move.argument,
                         .result = move.operation == "write" ? "" : move.result,
                         .begin = position});
    }
  }
  for (size_t mine : running) {
    if (mine != SIZE_MAX) history[mine].result = "";
  }
  return history;
}

std::vector<Operation> ArbitraryHistory(std::vector<std::string> operations,
                                        std::vector<std::string> values, size_t operations_max) {
  const auto moves = *rc::gen::container<std::vector<Move>>(rc::gen::build<Move>(
      rc::gen::set(&Move::process, rc::gen::inRange<uint64_t>(0, 4)),
      rc::gen::set(&Move::operation, rc::gen::elementOf(operations)),
      rc::gen::set(&Move::argument, rc::gen::elementOf(values)),
      rc::gen::set(&Move::result, rc::gen::elementOf(values)),
      rc::gen::set(&Move::outcome,
                   rc::gen::weightedElement<Outcome>(
                       {{6, Outcome::kOk}, {2, Outcome::kUnknown}, {1, Outcome::kFailed}}))));
  return Play(moves, operations_max);
}

// Gives each write a value of its own; reads go on returning what they did.
void MakeWritesDistinct(std::vector<Operation>& history) {
  uint64_t next = 1;
  for (Operation& operation : history) {
    if (operation.operation == "write") operation.argument = std::to_string(next++);
  }
}

void ClassifyByAnswer(Answer answer) {
  RC_CLASSIFY(answer == Answer::kLinearizable, "linearizable");
  RC_CLASSIFY(answer == Answer::kNotLinearizable, "not linearizable");
}

RC_GTEST_PROP(LinearizabilityProperty, ZonesAgreeWithBruteForce, ()) {
  auto history = ArbitraryHistory({"read", "read", "write"}, {"0", "1", "2", "3"}, 6);
  MakeWritesDistinct(history);
  const RegisterModel model("0");
  const Answer expected = ByBruteForce(history, model);
  ClassifyByAnswer(expected);
  RC_ASSERT(CheckLinearizability(history, model).answer == expected);
}

RC_GTEST_PROP(LinearizabilityProperty, SearchesOfARegisterAgreeWithBruteForce, ()) {
  const auto history = ArbitraryHistory({"read", "write"}, {"0", "1", "2"}, 7);
  const RegisterModel model("0");
  const Answer expected = ByBruteForce(history, model);
  ClassifyByAnswer(expected);
  RC_ASSERT(InDepth(history, model) == expected);
  RC_ASSERT(InBreadth(history, model) == expected);
  RC_ASSERT(CheckLinearizability(history, model).answer == expected);
}

RC_GTEST_PROP(LinearizabilityProperty, SearchesByOtherModelsAgreeWithBruteForce, ()) {
  const std::vector<std::vector<std::string>> kinds = {{"read", "swap", "mark", "poke"}, {"poke"}};
  const auto operations = *rc::gen::elementOf(kinds);
  const auto history = ArbitraryHistory(operations, {"0", "1", "0+", "1+"}, 7);
  const Answer expected = ByBruteForce(history, SwapModel());
  ClassifyByAnswer(expected);
  RC_ASSERT(InDepth(history, SwapModel()) == expected);
  RC_ASSERT(InBreadth(history, SwapModel()) == expected);
}

AtomicRegisterOptions ArbitraryWorkload() {
  AtomicRegisterOptions options;
  options.operations = *rc::gen::inRange<uint64_t>(1, 200);
  options.clients = *rc::gen::inRange<uint64_t>(1, 12);
  options.objects = *rc::gen::inRange<uint64_t>(1, 4);
  options.values = *rc::gen::element<uint64_t>(0, 0, 2, 5);
  options.reads = Ratio::Percent(*rc::gen::inRange<uint64_t>(0, 101));
  options.unknown = Ratio::Percent(*rc::gen::element<uint64_t>(0, 5, 30));
  options.failed = Ratio::Percent(*rc::gen::element<uint64_t>(0, 10));
  return options;
}

RC_GTEST_PROP(LinearizabilityProperty, WhatAnAtomicRegisterDoesIsLinearizable, (uint64_t seed)) {
  const auto history = AtomicRegisterWorkload(ArbitraryWorkload(), Random(seed)).Run();
  const RegisterModel model;
  RC_ASSERT(CheckLinearizability(history, model).linearizable());
  RC_ASSERT(
      CheckLinearizability(history, static_cast<const SequentialModel&>(model)).linearizable());
}

// Some read returns what another one did.
std::vector<Operation> Corrupted(uint64_t seed, const AtomicRegisterOptions& options) {
  auto history = AtomicRegisterWorkload(options, Random(seed)).Run();
  std::vector<Operation*> reads;
  for (Operation& operation : history) {
    if (operation.operation == "read" && operation.outcome == Outcome::kOk) {
      reads.push_back(&operation);
    }
  }
  RC_PRE(!reads.empty());
  Random random(seed + 1);
  reads[random.Below(reads.size())]->result = reads[random.Below(reads.size())]->result;
  return history;
}

RC_GTEST_PROP(LinearizabilityProperty, AllWaysAgreeOnWhatMayBeWrong, (uint64_t seed)) {
  AtomicRegisterOptions options = ArbitraryWorkload();
  options.operations = std::min<uint64_t>(options.operations, 60);
  options.clients = std::min<uint64_t>(options.clients, 6);
  options.objects = 1;
  const auto history = Corrupted(seed, options);
  const RegisterModel model;
  const Answer expected = CheckLinearizability(history, model).answer;
  ClassifyByAnswer(expected);
  RC_ASSERT(InDepth(history, model) == expected);
  RC_ASSERT(InBreadth(history, model) == expected);
}

// Cut at `position`: what had not ended by then is unknown; what failed, failed from its begin.
std::vector<Operation> CutBefore(uint64_t position, std::vector<Operation> history) {
  std::vector<Operation> cut;
  for (Operation& operation : history) {
    if (operation.begin >= position) continue;
    if (operation.end >= position && operation.outcome != Outcome::kFailed) {
      operation.outcome = Outcome::kUnknown;
      operation.end = Operation::kNeverEnded;
      operation.result = "";
    }
    cut.push_back(operation);
  }
  return cut;
}

RC_GTEST_PROP(LinearizabilityProperty, NamesTheFirstOperationThatHasNoPlace, (uint64_t seed)) {
  AtomicRegisterOptions options = ArbitraryWorkload();
  options.objects = 1;
  options.clients = std::min<uint64_t>(options.clients, 6);
  const auto history = Corrupted(seed, options);
  const Judgement judgement = CheckLinearizability(history, RegisterModel());
  ClassifyByAnswer(judgement.answer);
  if (judgement.linearizable()) return;
  RC_ASSERT(judgement.answer == Answer::kNotLinearizable);
  const uint64_t end = history[judgement.operation - 1].end;
  RC_ASSERT(CheckLinearizability(CutBefore(end, history), RegisterModel()).linearizable());
  RC_ASSERT(!CheckLinearizability(CutBefore(end + 1, history), RegisterModel()).linearizable());
}

}  // namespace
}  // namespace rehearse::sim
