#include "rehearse/actor/runtime/worker.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/fiber_switch.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin.h"
#include "rehearse/actor/runtime/strand.h"

namespace rehearse {
namespace {

// More than all of WorkerOptions::spins take.
constexpr absl::Duration kMoment = absl::Milliseconds(1);

}  // namespace

void internal::ScheduleFromOutside(Runnable& runnable) {
  runnable.domain().scheduler().Post(runnable);
}

Worker::Worker(Scheduler& scheduler, int index, Role role, const WorkerOptions& options,
               std::unique_ptr<ReadyPolicy> policy, std::unique_ptr<Poller> poller)
    : scheduler_(scheduler),
      index_(index),
      options_(options),
      policy_(std::move(policy)),
      fifo_(dynamic_cast<FifoPolicy*>(policy_.get())),
      stealing_(dynamic_cast<StealingPolicy*>(policy_.get())),
      poller_(std::move(poller)),
      role_(role),
      watched_(scheduler.watched()),
      magazine_(scheduler.blocks()),
      stacks_(options.stacks),
      root_(*this, scheduler.own_domain()),
      seat_(scheduler.bias(), this) {
  policy_->set_seat(seat_);
}

Worker::~Worker() {
  for (Fiber* const fiber : fibers_) fiber->sanitizer_.Destroy();
}

void Worker::Run() {
  REHEARSE_CHECK(CurrentWorker() == nullptr, "a worker's loop was started inside another's");
  SetCurrentWorker(this);
  thread_exceptions_ = ExceptionState::OfThisThread();
  thread_errno_ = &errno;
  root_.sanitizer_.AdoptThread();
  current_ = &root_;
  seat_.Enter();
  RefreshNow();
  ContinueOn(TakeIdle(), After::kNothing);
  seat_.Leave();
  SetCurrentWorker(nullptr);
}

SendStamp Worker::Stamp() {
  last_stamp_ = std::max(static_cast<uint64_t>(poller_->Now().nanos()), last_stamp_ + 1);
  if ((last_stamp_ & SendStamp::kMask) == 0) ++last_stamp_;  // that one says that there is none
  return {last_stamp_ & SendStamp::kMask};
}

// One thing that is ready needs nobody woken where another worker keeps watch.
void Worker::WakeAnother() {
  if (stealing_ != nullptr && stealing_->stock().count <= 1 &&
      watched_.load(std::memory_order_seq_cst)) {
    return;
  }
  scheduler_.OfferToOthers(*this);
}

void Worker::Resume(Fiber& fiber) {
  if (CurrentWorker() == this) {
    Queue(fiber);
  } else {
    Post(fiber);
  }
}

void Worker::Post(Runnable& runnable) {
  Runnable* newest = inbox_.load(std::memory_order_relaxed);
  do {
    runnable.next = newest;
  } while (!inbox_.compare_exchange_weak(newest, &runnable, std::memory_order_seq_cst));
  scheduler_.WakeIfAsleep(*this);
}

void Worker::Yield() { ContinueOn(TakeIdle(), After::kReady); }

void Worker::Abandon() {
  ContinueOn(TakeIdle(), After::kNothing);
  REHEARSE_CHECK(false, "an abandoned fiber was resumed");
  __builtin_unreachable();
}

// The next runnable; null when the loop is to end.
inline Runnable* Worker::Next() {
  while (true) {
    if (--until_poll_ < 0) [[unlikely]] {
      if (scheduler_.stopping()) return nullptr;
      Poll();
    }
    if (inbox_.load(std::memory_order_relaxed) != nullptr) DrainInbox();
    Runnable* runnable = TakeReady();
    if (runnable == nullptr) {
      runnable = Sleep();
      if (runnable == nullptr && scheduler_.stopping()) return nullptr;
    }
    if (runnable != nullptr && runnable->domain().Admits(*runnable)) return runnable;
  }
}

void Worker::Loop(Worker& worker) {
  while (true) {
    Runnable* const runnable = worker.Next();
    worker.budget = worker.options_.quantum;
    if (runnable == nullptr) {
      worker.ContinueOn(worker.root_, After::kIdle);
    } else if (runnable->kind() == RunnableKind::kFiber) {
      worker.ContinueOn(static_cast<Fiber&>(*runnable), After::kIdle);
    } else {
      runnable->Run(worker);
    }
  }
}

// Nothing is ready here: look at the others' queues, then wait. Returns what was found, or null.
Runnable* Worker::Sleep() {
  if (Runnable* const stolen = scheduler_.StealFor(*this)) return stolen;
  if (AwaitGuest()) return nullptr;
  TrimIdle();
  const bool watches = scheduler_.TakeWatch(*this);
  scheduler_.MarkAsleep(*this);
  // Not counted as a search: it is the last one, and what is published behind its back must wake
  // somebody.
  Runnable* const late = scheduler_.LookFor(*this);
  if (late == nullptr && inbox_.load(std::memory_order_seq_cst) == nullptr &&
      !scheduler_.stopping()) {
    WaitAsleep(watches);
  }
  scheduler_.MarkAwake(*this);
  if (watches) scheduler_.GiveWatchBack();
  if (late != nullptr) scheduler_.WakeOneToSteal();  // the wake for it may have gone to this worker
  if (scheduler_.has_priorities()) BeginPriorities();
  now_ = poller_->Now();
  if (timers_.next() <= now_) timers_.FireDue(now_);
  until_poll_ = options_.poll_every;
  seat_.Look();
  return late;
}

// Stays up for a moment if a plain thread was here, whose next question may be on its way, and no
// timer is due by then. Whether there is something to do.
bool Worker::AwaitGuest() {
  if (options_.spins == 0 || timers_.next() < now_ + kMoment || !scheduler_.TakeGuest(*this)) {
    return false;
  }
  const bool found = SpinUntil(options_.spins, [this] {
    return inbox_.load(std::memory_order_acquire) != nullptr || scheduler_.stopping();
  });
  scheduler_.ForgetHost();
  return found || inbox_.load(std::memory_order_seq_cst) != nullptr;
}

// Where there are others, they may be alone meanwhile. What the poller calls is not inside then.
void Worker::WaitAsleep(bool watches) {
  if (role_ != Role::kShares) return poller_->Wait(timers_.next());
  seat_.Leave();
  do {
    poller_->Wait(watches ? std::min(timers_.next(), scheduler_.NextLook(*this)) : timers_.next());
  } while (watches && !HasReasonToWake());
  seat_.Enter();
}

bool Worker::HasReasonToWake() {
  return !scheduler_.IsMarkedAsleep(*this) || !policy_->empty() ||
         inbox_.load(std::memory_order_seq_cst) != nullptr || scheduler_.stopping() ||
         timers_.next() <= poller_->Now() || scheduler_.HasWorkFor(*this);
}

void Worker::QueueByPolicy(Runnable& runnable) {
  if (stealing_ != nullptr) return stealing_->Push(runnable);
  if (lanes_ != nullptr) {
    Priority priority = runnable.priority();
    if (runnable.kind() == RunnableKind::kFiber) {
      Strand* const strand = static_cast<Fiber&>(runnable).strand();
      if (strand != nullptr) priority = strand->priority();
    }
    if (priority != Priority::kNormal) return lanes_->Push(runnable, priority);
  }
  policy_->Push(runnable);
}

Runnable* Worker::TakeByPolicy() {
  if (stealing_ != nullptr) return stealing_->Pop();
  return lanes_ != nullptr ? lanes_->Pop(*policy_) : policy_->Pop();
}

void Worker::BeginPriorities() {
  if (lanes_ != nullptr || !policy_->by_arrival()) return;
  lanes_ = std::make_unique<PriorityLanes>();
  fifo_ = nullptr;
  stealing_ = nullptr;
}

void Worker::Poll() {
  until_poll_ = options_.poll_every;
  if (scheduler_.has_priorities()) BeginPriorities();
  now_ = poller_->Now();
  poller_->Wait(now_);
  if (timers_.next() <= now_) timers_.FireDue(now_);
  seat_.Look();
}

void Worker::DrainInbox() {
  Runnable* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
  Runnable* oldest = nullptr;
  while (newest != nullptr) {
    Runnable* const next = newest->next;
    newest->next = oldest;
    oldest = std::exchange(newest, next);
  }
  while (oldest != nullptr) {
    Runnable* const next = oldest->next;
    Queue(*oldest);
    oldest = next;
  }
}

Fiber& Worker::NewFiber() {
  Fiber& fiber = Fiber::Create(stacks_.Allocate(), *this, scheduler_.own_domain(), &Loop);
  scheduler_.waitables().Add(fiber);
  fibers_.push_back(&fiber);
  return fiber;
}

void Worker::TrimIdle() {
  for (; trimmed_ + options_.warm_fibers < idle_.size(); ++trimmed_) {
    const Fiber& fiber = *idle_[trimmed_];
    stacks_.Trim(fiber.stack(), static_cast<const std::byte*>(fiber.saved_context()));
  }
}

}  // namespace rehearse
