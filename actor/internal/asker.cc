#include "rehearse/actor/internal/asker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::internal {

bool IsGivenUp(Worker& worker, const Envelope& handled) {
  Strand* const strand = worker.current().strand();
  if (strand == nullptr) return false;
  return !static_cast<Node&>(strand->domain()).AnswerIsWanted(handled.ask().reply_to);
}

bool LearnsThatAskerHasLeft() {
  Worker* const worker = CurrentWorker();
  if (worker == nullptr) return false;
  Envelope* const handled = AskHandledOn(*worker);
  if (handled == nullptr || handled->ask().knows_asker_left) return false;
  handled->ask().knows_asker_left = IsGivenUp(*worker, *handled);
  return handled->ask().knows_asker_left;
}

void LearnedThatAskerHasLeft() {
  Worker* const worker = CurrentWorker();
  Envelope* const handled = worker == nullptr ? nullptr : AskHandledOn(*worker);
  if (handled != nullptr) handled->ask().knows_asker_left = true;
}

absl::Status AskerHasLeftError(absl::string_view what) {
  return WaitStatus(WakeReason::kGivenUp, what);
}

bool EndsWithAsker(absl::string_view where) {
  constexpr absl::string_view kWheres[] = {"Ask", "Await", "Send", "Sleep", "Tell"};
  return std::find(std::begin(kWheres), std::end(kWheres), where) != std::end(kWheres);
}

// Carries the news to a worker on which the handler may be parked.
class Cell::LetGo final : public Runnable {
 public:
  LetGo(Cell& cell, ReplyId ask)
      // Of no domain that could end before it arrives.
      : Runnable(RunnableKind::kPinned, cell.domain().scheduler().own_domain()),
        cell_(cell),
        ask_(ask) {
    cell_.Ref();
  }

  void Run(Worker& worker) override {
    cell_.LetGoOf(ask_, worker);
    Unref();
  }

 private:
  ~LetGo() override { cell_.Unref(); }

  Cell& cell_;
  const ReplyId ask_;
};

void Cell::AskGivenUp(ReplyId ask) {
  Scheduler& scheduler = domain().scheduler();
  const auto let_go = [&](int index) {
    Worker& worker = scheduler.worker(index);
    if (&worker == CurrentWorker()) return LetGoOf(ask, worker);
    worker.Post(*new LetGo(*this, ask));
  };
  // One that handles it on no worker's stack yet will see for itself.
  if (scheduler.has_one_worker() || !may_move()) {
    return let_go(home_.load(std::memory_order_relaxed));
  }
  for (int i = 0; i < scheduler.worker_count(); ++i) let_go(i);
}

// On `worker`.
void Cell::LetGoOf(ReplyId ask, Worker& worker) {
  Fiber* const fiber = FiberOn(worker);
  if (fiber == nullptr || fiber == &worker.current()) return;
  auto* const handled = static_cast<Envelope*>(fiber->handling);
  if (handled == nullptr || handled->reply_to().value != ask.value) return;
  if (fiber->where == nullptr || !EndsWithAsker(fiber->where)) return;
  Waitable::Wake(fiber->token(), WakeReason::kGivenUp);
}

}  // namespace rehearse::internal
