#include "rehearse/sim/world/reply_oracle.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::sim {
namespace {

// Whose code runs: "Counter#3 on server-1, handling Inc".
std::string WhoAnswers() {
  Worker* const worker = CurrentWorker();
  const Strand* const strand = worker == nullptr ? nullptr : worker->current().strand();
  if (strand == nullptr) return "the test";
  const auto* const handled = static_cast<const Envelope*>(worker->current().handling);
  return handled == nullptr ? strand->Describe()
                            : absl::StrCat(strand->Describe(), ", handling ", handled->ops->name);
}

}  // namespace

void ReplyOracle::Unwanted(const Node& node, ReplyId ask) {
  if (given_up_.erase(KeyOf(node, ask)) > 0) return;
  found_(absl::StrCat("duplicated reply: ", WhoAnswers(), ", on ", node.name(),
                      " answered an ask that had its answer"));
}

void ReplyOracle::AnsweredAgain(const Node& node, absl::string_view peer, uint64_t request) {
  found_(absl::StrCat("duplicated reply: node ", peer, " answered request ", request, " of ",
                      node.name(), " that had its answer"));
}

}  // namespace rehearse::sim
