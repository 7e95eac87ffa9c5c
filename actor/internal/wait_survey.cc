#include "rehearse/actor/internal/wait_survey.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/observed.h"

namespace rehearse::internal {
namespace {

// On the fiber's worker, while it does not run.
BusyFiber Look(Fiber& fiber) {
  BusyFiber busy;
  Strand& strand = *fiber.strand();
  if (strand.kind() == RunnableKind::kActivation) {
    busy.actor = ObservedAs(static_cast<Cell&>(strand));
    const auto* const handled = static_cast<const Envelope*>(fiber.handling);
    if (handled != nullptr) busy.handling = handled->ops->name;
  } else {
    busy.actor.node = strand.domain().id();
    busy.task = strand.Describe();
  }
  const WaitToken token = fiber.token();
  // One that never waited has waited for nothing yet.
  if (token.generation == 0 || fiber.reason() != WakeReason::kNone) return busy;
  busy.waits_in = fiber.where;
  busy.wait = token;
  if (const auto* const afar = static_cast<const RemoteWait*>(fiber.waits_afar); afar != nullptr) {
    busy.waits_afar = true;
    busy.ask_afar = afar->ask;
    if (afar->ask.number == 0) busy.room_afar = std::string(afar->actor);
  }
  if (fiber.waits_for != nullptr &&
      fiber.handed_on.load(std::memory_order_acquire) != token.generation) {
    // Who waits for it has a ref of it.
    busy.waits_for = ObservedAs(*static_cast<const Cell*>(fiber.waits_for));
  }
  return busy;
}

WorkerSurvey LookAt(Worker& worker) {
  WorkerSurvey saw;
  for (Fiber* const fiber : worker.all_fibers()) {
    const Strand* const strand = fiber->strand();
    if (strand == nullptr || strand->domain().fenced() || fiber == &worker.current()) continue;
    saw.push_back(Look(*fiber));
  }
  return saw;
}

class Visit final : public Runnable {
 public:
  Visit(Scheduler& scheduler, std::function<void(int, WorkerSurvey)> seen)
      : Runnable(RunnableKind::kPinned, scheduler.own_domain()), seen_(std::move(seen)) {}

  void Run(Worker& worker) override {
    seen_(worker.index(), LookAt(worker));
    Unref();
  }

 private:
  ~Visit() override = default;

  const std::function<void(int, WorkerSurvey)> seen_;
};

}  // namespace

void SurveyWaits(const std::vector<Worker*>& workers,
                 std::function<void(int worker, WorkerSurvey saw)> seen) {
  for (Worker* const worker : workers) worker->Post(*new Visit(worker->scheduler(), seen));
}

bool ComesBefore(const ObservedActor& a, const ObservedActor& b) {
  return std::tie(a.node.value, a.id.value) < std::tie(b.node.value, b.id.value);
}

void SortByActor(WorkerSurvey& saw) {
  std::sort(saw.begin(), saw.end(),
            [](const BusyFiber& a, const BusyFiber& b) { return ComesBefore(a.actor, b.actor); });
}

const BusyFiber* FindBusy(const WorkerSurvey& saw, const ObservedActor& actor) {
  const auto at = std::lower_bound(
      saw.begin(), saw.end(), actor,
      [](const BusyFiber& busy, const ObservedActor& key) { return ComesBefore(busy.actor, key); });
  return at != saw.end() && !ComesBefore(actor, at->actor) ? &*at : nullptr;
}

}  // namespace rehearse::internal
