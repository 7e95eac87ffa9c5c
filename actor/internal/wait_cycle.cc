#include "rehearse/actor/internal/wait_cycle.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {

namespace {

// From `target` to `self`, each waiting for the next; empty if it does not lead there. It may lead
// into a ring of others, who all wait for each other's end.
std::vector<Cell*> ChainTo(const Cell& self, Cell& target) {
  std::vector<Cell*> chain;
  for (Cell* at = &target; at != nullptr; at = at->waits_for()) {
    if (std::find(chain.begin(), chain.end(), at) != chain.end()) break;
    chain.push_back(at);
    if (at == &self) return chain;
  }
  return {};
}

std::string Words(const Cell& self, const std::vector<Cell*>& chain) {
  std::string words = self.Describe();
  for (const Cell* const cell : chain) absl::StrAppend(&words, " -> ", cell->Describe());
  return words;
}

}  // namespace

std::string CycleThrough(Cell& self, Cell& target) {
  const std::vector<Cell*> chain = ChainTo(self, target);
  return chain.empty() ? "" : Words(self, chain);
}

void AnswerAskInCycle(Cell& self, Cell& target) {
  const std::vector<Cell*> chain = ChainTo(self, target);
  const auto asker = std::find_if(chain.begin(), chain.end(), [&](const Cell* cell) {
    return cell != &self && cell->wait_for_answer();
  });
  if (asker == chain.end()) return;
  // The message is in the other's mailbox, and may yet be handled.
  EnvelopePtr answer = MakeStatusReply(
      BlocksOf(self.node()),
      FrameworkError(absl::FailedPreconditionError(absl::StrCat(
                         "ask: each waits for the next, and none can go on: ", Words(self, chain))),
                     Effect::kMaybe));
  const WaitToken token = (*asker)->wait_for_answer();
  const Node& asked = (*asker)->waits_for()->node();
  if (!Waitable::Deliver(token, answer.get())) return;
  answer.release();
  GiveUpAnswer(asked, WaiterReplyOf(token));
}

void ReplyIsTakenOver(Node& node, ReplyId reply_to) {
  Scheduler& scheduler = node.scheduler();
  if (reply_to.elsewhere()) {
    if (Router* const router = node.router(); router != nullptr) router->IsTakenOver(reply_to);
    return;
  }
  if (!IsWaiterReply(reply_to)) return;
  Waitable* const waitable = scheduler.waitables().Find(WaiterIndexOf(reply_to));
  auto* const fiber = dynamic_cast<Fiber*>(waitable);
  const auto generation = static_cast<uint32_t>(reply_to.value >> 32);
  if (fiber == nullptr) return;
  if (!scheduler.has_one_worker()) {
    fiber->handed_on.store(generation, std::memory_order_release);
  } else if (fiber->token().generation == generation) {
    fiber->waits_for = nullptr;
  }
}

}  // namespace rehearse::internal
