#include "rehearse/actor/internal/cycle_watch.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/node.h"

namespace rehearse {
namespace internal {
namespace {

// The ring that begins with `first`; empty if it is in none.
WorkerSurvey RingFrom(const WorkerSurvey& waits, const BusyFiber& first) {
  WorkerSurvey ring;
  for (const BusyFiber* at = &first; at != nullptr && ring.size() <= waits.size();
       at = FindBusy(waits, at->waits_for)) {
    if (at == &first && !ring.empty()) return ring;
    ring.push_back(*at);
  }
  return {};
}

// The one that is best let go: who asks can be told why; who tells, or joins, gives up. None where
// all wait for turns of each other's life that they must see.
WorkerSurvey::const_iterator ToLetGo(const WorkerSurvey& ring) {
  for (const absl::string_view where : {"Ask", "Tell", "Join"}) {
    const auto found = std::find_if(ring.begin(), ring.end(), [where](const BusyFiber& busy) {
      return busy.waits_in == where;
    });
    if (found != ring.end()) return found;
  }
  return ring.end();
}

std::string NamesOf(const WorkerSurvey& ring) {
  std::string names;
  for (const BusyFiber& member : ring) {
    absl::StrAppend(&names, member.actor.class_name, member.actor.id.ToString(), " -> ");
  }
  return absl::StrCat(names, ring.front().actor.class_name, ring.front().actor.id.ToString());
}

}  // namespace

void CycleWatch::Look() {
  std::vector<Worker*> workers = node_.scheduler().AllWorkers();
  uint64_t look;
  WorkerSurvey ring;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    // Without those workers that an actor keeps busy: it waits for nobody.
    if (left_ > 0) ring = Conclude();
    std::erase_if(workers, [this](Worker* worker) { return asked_.count(worker->index()) != 0; });
    for (Worker* const worker : workers) asked_.insert(worker->index());
    left_ = workers.size();
    look = ++looks_;
  }
  Break(ring);
  SurveyWaits(workers, [watch = shared_from_this(), look](int worker, WorkerSurvey saw) {
    watch->Saw(look, worker, std::move(saw));
  });
}

void CycleWatch::Saw(uint64_t look, int worker, WorkerSurvey saw) {
  WorkerSurvey ring;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    asked_.erase(worker);
    if (look != looks_) return;
    for (BusyFiber& busy : saw) {
      if (busy.actor.id && busy.waits_for.id) waits_.push_back(std::move(busy));
    }
    if (--left_ == 0) ring = Conclude();
  }
  Break(ring);
}

WorkerSurvey CycleWatch::Conclude() {
  WorkerSurvey waits = std::exchange(waits_, {});
  SortByActor(waits);
  WorkerSurvey lasting;  // what went on all the time between the two looks
  for (const BusyFiber& busy : waits) {
    const BusyFiber* const before = FindBusy(last_, busy.actor);
    if (before != nullptr && before->wait == busy.wait) lasting.push_back(busy);
  }
  last_ = std::move(waits);
  for (const BusyFiber& busy : lasting) {
    if (WorkerSurvey ring = RingFrom(lasting, busy); !ring.empty()) return ring;
  }
  return {};
}

void CycleWatch::Break(const WorkerSurvey& ring) {
  const auto one = ToLetGo(ring);
  if (one == ring.end()) return;
  const std::string words =
      absl::StrCat("each waits for the next, and none can go on: ", NamesOf(ring));
  node_.log().Write(Severity::kWarning, words);
  if (!IsAsk(one->waits_in)) {
    Waitable::Wake(one->wait, WakeReason::kDeadline);
    return;
  }
  // The message is in the other's mailbox, and may yet be handled.
  EnvelopePtr answer = MakeStatusReply(
      BlocksOf(node_),
      FrameworkError(absl::FailedPreconditionError(absl::StrCat("ask: ", words)), Effect::kMaybe));
  if (Waitable::Deliver(one->wait, answer.get())) answer.release();
}

}  // namespace internal

void WatchForCycles(Node& node, absl::Duration interval) {
  const std::shared_ptr<internal::CycleWatch> watch = internal::CycleWatch::Create(node);
  while (Sleep(interval).ok()) watch->Look();
}

}  // namespace rehearse
