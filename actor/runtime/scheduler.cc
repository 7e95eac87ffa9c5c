#include "rehearse/actor/runtime/scheduler.h"

#include <array>
#include <bit>
#include <thread>
#include <utility>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/thread_waiter.h"

namespace rehearse {
namespace {

// How long a thing may lie ready behind a handler that does not end, before another takes it.
constexpr absl::Duration kWatchEvery = absl::Milliseconds(1);

// Activations that one worker takes from another at once. Each search writes words that all others
// read, so the more a search brings, the fewer there are; but what is taken waits behind what the
// thief runs first.
constexpr size_t kStolenMax = 32;

}  // namespace

struct Scheduler::Threads {
  std::vector<std::thread> all;
};

Scheduler::Scheduler(SchedulerOptions options)
    : blocks_(BlockPool::Create()),
      thread_waiters_(std::make_unique<ThreadWaiterPool>(waitables_)),
      own_threads_(*this, options.worker, std::move(options.make_own_poller)),
      threads_(std::make_unique<Threads>()) {
  REHEARSE_CHECK(options.workers >= 1 && options.workers <= OwnThreads::kFirst,
                 "a scheduler has 1 to 64 workers");
  const Worker::Role role = options.workers > 1 ? Worker::Role::kShares : Worker::Role::kAlone;
  for (int i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, i, role, options.worker,
                                                options.make_policy(i), options.make_poller(i)));
  }
}

Scheduler::~Scheduler() {
  RequestStop();
  Join();
}

void Scheduler::Start() {
  stopping_.store(false, std::memory_order_seq_cst);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    threads_->all.emplace_back([&worker] { worker->Run(); });
  }
}

void Scheduler::RunInline() {
  REHEARSE_CHECK(workers_.size() == 1, "only a single worker runs on the caller's thread");
  stopping_.store(false, std::memory_order_relaxed);
  workers_.front()->Run();
}

void Scheduler::RequestStop() {
  stopping_.store(true, std::memory_order_seq_cst);
  if (Worker* const here = CurrentWorker(); here != nullptr && &here->scheduler() == this) {
    here->PollSoon();
  }
  for (Worker* const worker : AllWorkers()) worker->poller().Wake();
}

bool Scheduler::JoinWithin(absl::Duration patience) {
  for (std::thread& thread : std::exchange(threads_->all, {})) thread.join();
  if (patience != absl::InfiniteDuration() && !own_threads_.AwaitEnd(patience)) return false;
  own_threads_.Join();
  return true;
}

std::vector<Worker*> Scheduler::AllWorkers() const {
  std::vector<Worker*> all = own_threads_.All();
  for (const std::unique_ptr<Worker>& worker : workers_) all.push_back(worker.get());
  return all;
}

void Scheduler::Post(Runnable& runnable) {
  if (const int host = host_.load(std::memory_order_relaxed); host != kNobody) {
    return worker(host).Post(runnable);
  }
  const uint32_t turn = next_post_.fetch_add(1, std::memory_order_relaxed);
  workers_[turn % workers_.size()]->Post(runnable);
}

bool Scheduler::TakeGuest(Worker& worker) {
  if (worker.options().spins == 0 || worker.role() == Worker::Role::kOwnThread) return false;
  if (!guest_.load(std::memory_order_relaxed)) return false;
  guest_.store(false, std::memory_order_relaxed);
  host_.store(worker.index(), std::memory_order_relaxed);
  return true;
}

void Scheduler::OfferToOthers(Worker& worker) {
  if (worker.policy().stock().count > 1) return WakeOneToSteal();
  if (!watched_.load(std::memory_order_seq_cst)) WakeOne();
}

void Scheduler::WakeOneToSteal() {
  if (searching_.load(std::memory_order_seq_cst) == 0) WakeOne();
}

void Scheduler::WakeOne() {
  uint64_t asleep = asleep_.load(std::memory_order_seq_cst);
  while (asleep != 0) {
    const int index = std::countr_zero(asleep);
    const uint64_t bit = uint64_t{1} << index;
    if (asleep_.compare_exchange_weak(asleep, asleep & ~bit, std::memory_order_seq_cst)) {
      return worker(index).poller().Wake();
    }
  }
}

// As long as others are awake, one of those that are not looks again and again.
bool Scheduler::TakeWatch(Worker& worker) {
  return worker.role() == Worker::Role::kShares && !watched_.exchange(true);
}

Instant Scheduler::NextLook(Worker& worker) {
  if (!AllAsleep()) return worker.poller().Now() + kWatchEvery;
  GiveWatchBack();
  // Who has woken up since may have relied on that watch.
  return AllAsleep() ? Instant::Infinite() : worker.poller().Now() + kWatchEvery;
}

bool Scheduler::IsMarkedAsleep(const Worker& worker) const {
  return (asleep_.load(std::memory_order_seq_cst) >> worker.index() & 1) != 0;
}

bool Scheduler::AllAsleep() const {
  return std::popcount(asleep_.load(std::memory_order_seq_cst)) == worker_count();
}

// Who has a thread of its own may sleep in whatever its actor calls; it looks before it waits.
void Scheduler::WakeIfAsleep(Worker& worker) {
  if (worker.role() == Worker::Role::kOwnThread) return worker.poller().Wake();
  const uint64_t bit = uint64_t{1} << worker.index();
  if ((asleep_.load(std::memory_order_seq_cst) & bit) == 0) return;
  if ((asleep_.fetch_and(~bit, std::memory_order_seq_cst) & bit) != 0) worker.poller().Wake();
}

void Scheduler::MarkAsleep(Worker& worker) {
  if (worker.role() == Worker::Role::kOwnThread) return;
  asleep_.fetch_or(uint64_t{1} << worker.index(), std::memory_order_seq_cst);
}

void Scheduler::MarkAwake(Worker& worker) {
  if (worker.role() == Worker::Role::kOwnThread) return;
  asleep_.fetch_and(~(uint64_t{1} << worker.index()), std::memory_order_seq_cst);
}

Runnable* Scheduler::StealFor(Worker& thief) {
  if (thief.role() != Worker::Role::kShares) return nullptr;
  searching_.fetch_add(1, std::memory_order_seq_cst);
  Runnable* const stolen = LookFor(thief);
  const bool last = searching_.fetch_sub(1, std::memory_order_seq_cst) == 1;
  // While this one searched, others kept quiet; where one thing lay there may be a second.
  if (stolen != nullptr && last) WakeOneToSteal();
  return stolen;
}

Runnable* Scheduler::LookFor(Worker& thief) {
  if (thief.role() != Worker::Role::kShares) return nullptr;
  for (size_t i = 1; i < workers_.size(); ++i) {
    const size_t victim = (static_cast<size_t>(thief.index()) + i) % workers_.size();
    if (!Offers(thief, victim)) continue;
    if (Runnable* const stolen = StealFrom(*workers_[victim], thief)) return stolen;
  }
  return nullptr;
}

// What comes behind the first waits in the thief's queue, where others may take it in turn.
Runnable* Scheduler::StealFrom(Worker& victim, Worker& thief) {
  std::array<Runnable*, kStolenMax> stolen;
  const size_t count = victim.policy().Steal(stolen);
  for (size_t i = 1; i < count; ++i) thief.Queue(*stolen[i]);
  return count == 0 ? nullptr : stolen[0];
}

bool Scheduler::HasWorkFor(Worker& thief) {
  for (size_t victim = 0; victim < workers_.size(); ++victim) {
    if (victim != static_cast<size_t>(thief.index()) && Offers(thief, victim)) return true;
  }
  return false;
}

bool Scheduler::Offers(Worker& thief, size_t victim) {
  const ReadyPolicy::Stock stock = workers_[victim]->policy().stock();
  return stock.count > 1 || (stock.count == 1 && IsLeftLying(thief, victim, stock));
}

// Whether the only thing that `victim` has ready has been so since a look some time ago.
bool Scheduler::IsLeftLying(Worker& thief, size_t victim, const ReadyPolicy::Stock& stock) {
  if (thief.lone_.size() <= victim) thief.lone_.resize(workers_.size());
  Worker::Lone& lone = thief.lone_[victim];
  const Instant now = thief.poller().Now();
  if (lone.taken != stock.taken) lone = {stock.taken, now};
  return now - lone.since >= kWatchEvery / 2;
}

}  // namespace rehearse
