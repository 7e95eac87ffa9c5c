// Were these transactions isolated from one another, and how well?
//
// Elle's way (Kingsbury and Alvaro, VLDB 2020): a transaction appends values to lists and reads
// lists. A list that was read tells who appended before whom; so which transaction must precede
// which is not searched for but read off, and a history is wrong if that is a circle.

#ifndef REHEARSE_SIM_CHECK_LIST_APPEND_H_
#define REHEARSE_SIM_CHECK_LIST_APPEND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

struct ListAppendOptions {
  // What is asked for. Below kSessionSerializable nobody's clock or session counts.
  ConsistencyModel model = ConsistencyModel::kStrictSerializable;

  // Of each kind, as many are explained.
  size_t anomalies_max = 4;
};

struct ListAppendJudgement {
  // The strictest model, up to the one that was asked for, that nothing in the history breaks.
  ConsistencyModel strictest = ConsistencyModel::kNone;

  // What breaks the stricter ones, the worst first.
  std::vector<Anomaly> anomalies{};

  // All of them, for people; empty if the model that was asked for holds.
  std::string explanation{};

  // Arcs looked at: a measure of time that is the same on each machine.
  uint64_t steps = 0;

  // Whether what was asked for holds.
  bool holds = false;
};

//   ListAppendJudgement judgement = CheckListAppend(history);
//   REHEARSE_EXPECT(judgement.holds) << judgement.explanation;
//
// Exact for serializable and what is stricter: they hold if and only if some order of the committed
// transactions explains every list. The same goes for read committed as Adya has it. Of snapshot
// isolation each violation found is one; that none is found proves it only if all that was appended
// was also read, for else who appended first is not known.
//
// A history that is none (two appends of one value to one key; an end before its begin) holds
// nothing and is explained.
//
// Differences from the paper: appends that nobody read come after those that were read, which finds
// updates lost at a list's end; a transaction of unknown outcome counts as committed if and only if
// something it appended was read.
//
// Time and memory grow with the history's size, all lists added, up to the sorting of its ends. Of
// a cycle, the shortest of those that a bounded search meets is shown. A pure function.
ListAppendJudgement CheckListAppend(absl::Span<const Transaction> history,
                                    const ListAppendOptions& options = {});

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_LIST_APPEND_H_
