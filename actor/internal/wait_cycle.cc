#include "rehearse/actor/internal/wait_cycle.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {

std::string CycleThrough(Cell& self, Cell& target) {
  std::string chain = self.Describe();
  for (Cell* at = &target; at != nullptr; at = at->waits_for()) {
    absl::StrAppend(&chain, " -> ", at->Describe());
    if (at == &self) return chain;
  }
  return "";
}

void ReplyIsTakenOver(Node& node, ReplyId reply_to) {
  Scheduler& scheduler = node.scheduler();
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
