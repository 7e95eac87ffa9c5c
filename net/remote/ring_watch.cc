#include "rehearse/net/remote/ring_watch.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {
namespace {

using internal::BusyFiber;
using internal::WorkerSurvey;

// Probes that a wait sends by itself: one an interval at first, then ever more rarely.
constexpr int kProbes = 8;
constexpr int kProbesInSuccession = 4;

// A look that a probe brings about rests for this part of an interval first: each costs something,
// and anybody may send probes.
constexpr int kRests = 20;

// So many intervals after the last ask was sent it may still be waited for.
constexpr int kLingers = 64;

uint64_t NumberOf(WaitToken wait) {
  return uint64_t{wait.waitable->index()} << 32 | wait.generation;
}

// The wait for another node to which `first` leads; null if it leads to none.
const BusyFiber* EndOf(const WorkerSurvey& waits, const BusyFiber& first) {
  const BusyFiber* at = &first;
  for (size_t i = 0; i < waits.size() && at != nullptr && !at->waits_afar; ++i) {
    at = internal::FindBusy(waits, at->waits_for);
  }
  return at != nullptr && at->waits_afar ? at : nullptr;
}

}  // namespace

// What the workers have shown. Shared with what they are given to run, which may come late.
struct RingWatch::Survey {
  SpinLock lock;  // over what follows
  uint64_t number = 0;
  std::set<int> asked;  // the workers that have yet to answer, this survey or one before
  size_t left = 0;      // how many of them this survey waits for
  WorkerSurvey waits;
  WaitToken waiter;
};

RingWatch::RingWatch(Node& node, absl::Duration interval, Ways ways)
    : node_(node),
      interval_(interval),
      ways_(std::move(ways)),
      survey_(std::make_shared<Survey>()) {}

void RingWatch::Begin() {
  noticed_.store(true, std::memory_order_relaxed);
  const std::lock_guard<SpinLock> lock(lock_);
  StartTask();
}

void RingWatch::StartTask() {
  if (closed_ || std::exchange(running_, true)) return;
  Task::Start(node_, "rings", [self = shared_from_this()] { self->Keep(); }).Unref();
}

void RingWatch::Arrived(const internal::Cell& actor, RingProbe probe) {
  WaitToken keeper;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (arrived_.size() == kArrivedMax) return;
    arrived_.push_back({internal::ObservedAs(actor), std::move(probe)});
    keeper = keeper_;
    StartTask();
  }
  Waitable::Wake(keeper, WakeReason::kNotified);
}

bool RingWatch::IsClosed() {
  const std::lock_guard<SpinLock> lock(lock_);
  return closed_;
}

void RingWatch::Close() {
  WaitToken keeper;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    closed_ = true;
    arrived_.clear();
    keeper = keeper_;
  }
  Waitable::Wake(keeper, WakeReason::kNotified);
}

// --- The task.

void RingWatch::Keep() {
  Instant look_at = node_.DeadlineIn(interval_);
  while (AwaitTurn(look_at)) {
    std::vector<Arrival> arrived;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      arrived.swap(arrived_);
    }
    const bool is_time = look_at <= node_.DeadlineIn(absl::ZeroDuration());
    if (is_time) {
      since_notice_ = noticed_.exchange(false, std::memory_order_relaxed) ? 0 : since_notice_ + 1;
    }
    const WorkerSurvey waits = Look();
    if (IsClosed()) continue;
    if (is_time) Learn(waits);
    for (Arrival& arrival : arrived) Follow(waits, std::move(arrival));
    rests_until_ = node_.DeadlineIn(interval_ / kRests);
    if (is_time) {
      SendProbes(waits);
      look_at = node_.DeadlineIn(interval_);
    }
  }
}

// Parks until it is time to look, or a probe has come and the last look is long enough ago. False:
// the task is to end.
bool RingWatch::AwaitTurn(Instant look_at) {
  while (true) {
    const bool may_be_waited_for = since_notice_ < kLingers && ways_.is_asking();
    Wait wait(node_.scheduler(), "rings");
    Instant until = rests_until_;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      const bool is_over = arrived_.empty() && !may_be_waited_for && IsQuiet();
      if (closed_ || is_over) return running_ = false;
      if (arrived_.empty()) {
        keeper_ = wait.token();
        until = look_at;
      }
    }
    const WakeReason reason = wait.Until(until);
    const std::lock_guard<SpinLock> lock(lock_);
    keeper_ = {};
    if (closed_ || reason == WakeReason::kStopped) return running_ = false;
    if (reason == WakeReason::kDeadline) return true;
  }
}

bool RingWatch::IsQuiet() const {
  if (noticed_.load(std::memory_order_relaxed)) return false;
  return std::none_of(known_.begin(), known_.end(), [](const auto& known) {
    return known.second.is_afar && known.second.sent < kProbes;
  });
}

WorkerSurvey RingWatch::Look() {
  Wait wait(node_.scheduler(), "rings");
  std::vector<Worker*> workers = node_.scheduler().AllWorkers();
  uint64_t number = 0;
  {
    const std::lock_guard<SpinLock> lock(survey_->lock);
    // Without those that an actor keeps busy: it waits for nobody.
    std::erase_if(workers,
                  [this](Worker* worker) { return survey_->asked.count(worker->index()); });
    for (Worker* const worker : workers) survey_->asked.insert(worker->index());
    survey_->left = workers.size();
    survey_->waiter = wait.token();
    number = ++survey_->number;
  }
  if (workers.empty()) return {};
  internal::SurveyWaits(
      workers, [survey = survey_, number, node = node_.id()](int worker, WorkerSurvey saw) {
        WaitToken waiter;
        {
          const std::lock_guard<SpinLock> lock(survey->lock);
          survey->asked.erase(worker);
          if (survey->number != number) return;
          for (BusyFiber& busy : saw) {
            const bool is_nodes = busy.actor.id && busy.actor.node.value == node.value;
            if (is_nodes && (busy.waits_for.id || busy.waits_afar)) {
              survey->waits.push_back(std::move(busy));
            }
          }
          if (--survey->left == 0) waiter = survey->waiter;
        }
        Waitable::Wake(waiter, WakeReason::kNotified);
      });
  (void)wait.Until(node_.DeadlineIn(interval_));
  WorkerSurvey waits;
  {
    const std::lock_guard<SpinLock> lock(survey_->lock);
    ++survey_->number;  // who comes late is not heard
    waits.swap(survey_->waits);
  }
  internal::SortByActor(waits);
  return waits;
}

// Which waits there are now, and since when. One that is new may close a ring to which a wait that
// has been quiet belongs.
void RingWatch::Learn(const WorkerSurvey& waits) {
  for (auto& [number, known] : known_) known.is_here = false;
  for (const BusyFiber& busy : waits) {
    const auto [at, is_new] = known_.try_emplace(NumberOf(busy.wait));
    at->second.is_here = true;
    at->second.is_afar = busy.waits_afar;
    at->second.has_lasted = !is_new;
    if (!is_new) continue;
    if (const BusyFiber* const end = EndOf(waits, busy)) Rouse(known_[NumberOf(end->wait)]);
  }
  std::erase_if(known_, [](const auto& known) { return !known.second.is_here; });
}

void RingWatch::SendProbes(const WorkerSurvey& waits) {
  const Instant now = node_.DeadlineIn(absl::ZeroDuration());
  size_t sent = 0;
  // Behind the last one that was served when there were too many.
  const auto first = std::upper_bound(waits.begin(), waits.end(), served_,
                                      [](const ObservedActor& last, const BusyFiber& busy) {
                                        return internal::ComesBefore(last, busy.actor);
                                      });
  for (size_t i = 0; i < waits.size(); ++i) {
    const size_t at = (static_cast<size_t>(first - waits.begin()) + i) % waits.size();
    const BusyFiber& busy = waits[at];
    Known& known = known_[NumberOf(busy.wait)];
    if (!busy.waits_afar || !known.has_lasted || known.sent >= kProbes || now < known.next)
      continue;
    if (++sent > kSentMax) return;
    served_ = busy.actor;
    ++known.sent;
    known.next = now + interval_ * (1 << std::max(known.sent - kProbesInSuccession, 0));
    known.look = node_.random("rings").At(++looks_) | 1;  // which nobody can guess
    Send(busy, {known.look, {HopOf(busy)}});
  }
}

// From the actor that is waited for on, as far as the next wait for another node.
void RingWatch::Follow(const WorkerSurvey& waits, Arrival arrival) {
  Ring& hops = arrival.probe.hops;
  const BusyFiber* at = internal::FindBusy(waits, arrival.actor);
  while (at != nullptr) {
    RingHop hop = HopOf(*at);
    Known& known = known_[NumberOf(at->wait)];
    if (IsSameWait(hop, hops.front())) {
      const bool is_its_own = at->waits_afar && known.look == arrival.probe.look;
      if (is_its_own) CameBack(*at, known, std::move(hops));
      return;
    }
    const auto is_hop = [&hop](const RingHop& other) { return IsSameWait(hop, other); };
    if (hops.size() == kRingHopsMax || std::any_of(hops.begin(), hops.end(), is_hop)) return;
    hops.push_back(std::move(hop));
    if (at->waits_afar) {
      known.is_afar = true;
      Rouse(known);
      return Send(*at, arrival.probe);
    }
    at = internal::FindBusy(waits, at->waits_for);
  }
}

// It may close a ring now: it sends probes again, from the next interval on.
void RingWatch::Rouse(Known& known) {
  known.sent = 0;
  known.next = std::min(known.next, node_.DeadlineIn(interval_));
}

void RingWatch::CameBack(const BusyFiber& wait, Known& known, Ring ring) {
  known.look = 0;  // it comes back once
  const bool is_whole = IsSameRing(known.ring, ring);
  known.ring = std::move(ring);
  if (is_whole && FirstGivesUp(known.ring)) GiveUp(wait, known.ring);
  if (!is_whole) known.next = Instant();  // to be seen once more
}

void RingWatch::GiveUp(const BusyFiber& wait, const Ring& ring) {
  const std::string words =
      absl::StrCat("each waits for the next, and none can go on: ", RingText(ring));
  node_.log().Write(Severity::kWarning, words);
  if (wait.ask_afar.number == 0) {
    Waitable::Wake(wait.wait, WakeReason::kDeadline);
    return;
  }
  // The message is with the other, and may yet be handled.
  ways_.fail(
      wait.ask_afar,
      FrameworkError(absl::FailedPreconditionError(absl::StrCat("ask: ", words)), Effect::kMaybe));
}

void RingWatch::Send(const BusyFiber& wait, const RingProbe& probe) {
  std::string bytes;
  probe.AppendTo(bytes);
  ways_.send({wait.ask_afar, wait.room_afar}, bytes);
}

RingHop RingWatch::HopOf(const BusyFiber& wait) const {
  return {
      .node = node_.name(),
      .incarnation = node_.incarnation(),
      .wait = NumberOf(wait.wait),
      .afar = wait.waits_afar,
      .is_ask = wait.waits_afar ? wait.ask_afar.number != 0 : internal::IsAsk(wait.waits_in),
      .actor =
          absl::StrCat(wait.actor.class_name, wait.actor.id.ToString()).substr(0, kRingNameMax)};
}

}  // namespace rehearse::net
