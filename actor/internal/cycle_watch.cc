#include "rehearse/actor/internal/cycle_watch.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/node.h"

namespace rehearse {
namespace internal {
namespace {

auto Key(const ObservedActor& actor) { return std::tuple(actor.node.value, actor.id.value); }

bool ByActor(const BusyFiber& a, const BusyFiber& b) { return Key(a.actor) < Key(b.actor); }

const BusyFiber* Find(const WorkerSurvey& waits, const ObservedActor& actor) {
  const auto at = std::lower_bound(
      waits.begin(), waits.end(), actor,
      [](const BusyFiber& busy, const ObservedActor& key) { return Key(busy.actor) < Key(key); });
  return at != waits.end() && Key(at->actor) == Key(actor) ? &*at : nullptr;
}

// The ring that begins with `first`; empty if it is in none.
std::vector<const BusyFiber*> RingFrom(const WorkerSurvey& waits, const BusyFiber& first) {
  std::vector<const BusyFiber*> ring;
  for (const BusyFiber* at = &first; at != nullptr && ring.size() <= waits.size();
       at = Find(waits, at->waits_for)) {
    if (at == &first && !ring.empty()) return ring;
    ring.push_back(at);
  }
  return {};
}

bool Asks(const BusyFiber& busy) { return std::strcmp(busy.waits_in, "Ask") == 0; }

std::string NamesOf(const std::vector<const BusyFiber*>& ring) {
  std::string names;
  for (const BusyFiber* const member : ring) {
    absl::StrAppend(&names, member->actor.class_name, member->actor.id.ToString(), " -> ");
  }
  return absl::StrCat(names, ring.front()->actor.class_name, ring.front()->actor.id.ToString());
}

}  // namespace

class CycleWatch::Round {
 public:
  Round(std::shared_ptr<CycleWatch> watch, int workers)
      : watch_(std::move(watch)), left_(workers) {}

  void Saw(WorkerSurvey saw) {
    {
      const std::lock_guard<SpinLock> lock(lock_);
      for (BusyFiber& busy : saw) {
        if (busy.actor.id && busy.waits_for.id) waits_.push_back(std::move(busy));
      }
      if (--left_ > 0) return;
    }
    watch_->Conclude(std::move(waits_));
  }

 private:
  const std::shared_ptr<CycleWatch> watch_;
  SpinLock lock_;
  int left_;
  WorkerSurvey waits_;
};

void CycleWatch::Look() {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (std::exchange(looking_, true)) return;
  }
  Scheduler& scheduler = node_.scheduler();
  auto round = std::make_shared<Round>(shared_from_this(), scheduler.worker_count());
  SurveyWaits(scheduler, [round](int, WorkerSurvey saw) { round->Saw(std::move(saw)); });
}

void CycleWatch::Conclude(WorkerSurvey waits) {
  std::sort(waits.begin(), waits.end(), ByActor);
  WorkerSurvey lasting;  // what went on all the time between the two looks
  for (const BusyFiber& busy : waits) {
    const BusyFiber* const before = Find(last_, busy.actor);
    if (before != nullptr && before->wait == busy.wait) lasting.push_back(busy);
  }
  // One at a time: what is left of it may be none any more.
  for (const BusyFiber& busy : lasting) {
    const std::vector<const BusyFiber*> ring = RingFrom(lasting, busy);
    if (ring.empty()) continue;
    Break(ring);
    break;
  }
  last_ = std::move(waits);
  const std::lock_guard<SpinLock> lock(lock_);
  looking_ = false;
}

void CycleWatch::Break(const std::vector<const BusyFiber*>& ring) {
  const std::string words =
      absl::StrCat("each waits for the next, and none can go on: ", NamesOf(ring));
  node_.log().Write(Severity::kWarning, words);
  const auto asker =
      std::find_if(ring.begin(), ring.end(), [](const BusyFiber* member) { return Asks(*member); });
  if (asker == ring.end()) {
    Waitable::Wake(ring.front()->wait, WakeReason::kDeadline);
    return;
  }
  // The message is in the other's mailbox, and may yet be handled.
  EnvelopePtr answer = MakeStatusReply(
      BlocksOf(node_),
      FrameworkError(absl::FailedPreconditionError(absl::StrCat("ask: ", words)), Effect::kMaybe));
  if (Waitable::Deliver((*asker)->wait, answer.get())) answer.release();
}

}  // namespace internal

void WatchForCycles(Node& node, absl::Duration interval) {
  const std::shared_ptr<internal::CycleWatch> watch = internal::CycleWatch::Create(node);
  while (Sleep(interval).ok()) watch->Look();
}

}  // namespace rehearse
