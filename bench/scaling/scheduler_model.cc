#include "rehearse/bench/scaling/scheduler_model.h"

#include <algorithm>
#include <utility>

#include "rehearse/actor/env/check.h"

namespace rehearse::bench {

SchedulerModel::SchedulerModel(const MachineCosts& costs, int workers, ModelProgram& program,
                               const SchedulerRules& rules)
    : costs_(costs), rules_(rules), program_(program), workers_(static_cast<size_t>(workers)) {
  REHEARSE_CHECK(workers >= 1 && workers <= 64, "a scheduler has 1 to 64 workers");
}

int SchedulerModel::AddActor(int capacity) {
  actors_.emplace_back().capacity = capacity;
  return static_cast<int>(actors_.size()) - 1;
}

int SchedulerModel::AddWord() {
  words_.emplace_back();
  return static_cast<int>(words_.size()) - 1;
}

void SchedulerModel::Post(int actor, int64_t message) {
  Actor& to = actors_[static_cast<size_t>(actor)];
  Put(to, {message, -1});
  if (to.state != Actor::State::kIdle) return;
  to.state = Actor::State::kReady;
  workers_[next_post_++ % workers_.size()].movable.push_back(actor);
}

SchedulerModel::Outcome SchedulerModel::Run() {
  program_.Begin(*this);
  for (size_t i = 0; i < workers_.size(); ++i) At(0, static_cast<int>(i));
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    here_ = event.worker;
    Worker& worker = workers_[static_cast<size_t>(event.worker)];
    if (std::exchange(worker.wakes_up, false)) Write(sleepers_);
    if (worker.runs >= 0) {
      EndStep(event.worker);
    } else {
      Next(event.worker);
    }
  }
  for (const Worker& worker : workers_) {
    if (worker.sleeps) outcome_.asleep += std::max(outcome_.nanos - worker.slept_at, 0.0);
  }
  return outcome_;
}

// --- A worker.

void SchedulerModel::EndStep(int worker) {
  Worker& self = workers_[static_cast<size_t>(worker)];
  const int number = self.runs;
  ++outcome_.steps;
  outcome_.nanos = std::max(outcome_.nanos, now_);
  parks_ = false;
  const bool goes_on = program_.Step(*this, number, actors_[static_cast<size_t>(number)].handled);
  Actor& actor = actors_[static_cast<size_t>(number)];
  actor.in_handler = goes_on;
  if (parks_) {
    ++outcome_.parks;
    actor.state = Actor::State::kParked;
    self.runs = -1;
    return Next(worker);
  }
  if (goes_on) return BeginStep(worker, number);
  LeaveActor(worker, number);
}

// Its handler is through: on to the next message, or the next actor.
void SchedulerModel::LeaveActor(int worker, int number) {
  Worker& self = workers_[static_cast<size_t>(worker)];
  Actor& actor = actors_[static_cast<size_t>(number)];
  if (++actor.credit >= kCreditBatch || actor.mail.empty()) GiveCredit(actor);
  if (--self.budget > 0 && !actor.mail.empty()) return BeginStep(worker, number);
  self.runs = -1;
  if (actor.mail.empty()) {
    actor.state = Actor::State::kIdle;
  } else {
    MakeReady(number, worker);
  }
  Next(worker);
}

void SchedulerModel::BeginStep(int worker, int number) {
  Worker& self = workers_[static_cast<size_t>(worker)];
  Actor& actor = actors_[static_cast<size_t>(number)];
  if (!actor.in_handler) {
    REHEARSE_CHECK(!actor.mail.empty(), "an activation without a message");
    const Mail mail = actor.mail.front();
    actor.mail.pop_front();
    actor.handled = mail.message;
    if (mail.worker >= 0 && mail.worker != worker) Pass(now_ + costs_.line);
  }
  if (actor.last_worker >= 0 && actor.last_worker != worker) {
    now_ += costs_.migration;
    outcome_.moving += costs_.migration;
  }
  actor.last_worker = worker;
  actor.state = Actor::State::kRuns;
  self.runs = number;
  double cost = program_.Cost(number, actor.handled);
  if (costs_.beside != 1 && IsBesideAnother(worker)) cost *= costs_.beside;
  outcome_.work += cost;
  At(now_ + cost, worker);
}

bool SchedulerModel::IsBesideAnother(int worker) const {
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (i != static_cast<size_t>(worker) && !workers_[i].sleeps) return true;
  }
  return false;
}

void SchedulerModel::Next(int worker) {
  Worker& self = workers_[static_cast<size_t>(worker)];
  int number = TakeReady(self);
  if (number < 0) number = Search(worker);
  if (number < 0 && LooksOn(self)) return At(now_ + rules_.look_every, worker);
  if (std::exchange(self.looks, false)) {
    --looking_;
    Write(sleepers_);
  }
  if (number < 0) return FallAsleep(worker);
  self.budget = kQuantum;
  const Actor& actor = actors_[static_cast<size_t>(number)];
  const bool resumed = actor.state == Actor::State::kParked;
  if (resumed) now_ += costs_.park;
  if (resumed && !actor.in_handler) return LeaveActor(worker, number);  // it had only to wait
  BeginStep(worker, number);
}

// In turn from its two queues.
int SchedulerModel::TakeReady(Worker& worker) {
  worker.pinned_next = !worker.pinned_next;
  for (const bool pinned : {worker.pinned_next, !worker.pinned_next}) {
    std::deque<int>& queue = pinned ? worker.pinned : worker.movable;
    if (queue.empty()) continue;
    Write(pinned ? worker.inbox : worker.queue);
    const int actor = queue.front();
    queue.pop_front();
    return actor;
  }
  return -1;
}

int SchedulerModel::Search(int worker) {
  if (workers_.size() == 1) return -1;
  Write(sleepers_);
  for (size_t i = 1; i < workers_.size(); ++i) {
    Worker& victim = workers_[(static_cast<size_t>(worker) + i) % workers_.size()];
    Read(victim.queue);
    if (victim.movable.size() < 2) continue;
    Write(victim.queue);
    Write(sleepers_);
    ++outcome_.steals;
    return TakeFrom(victim, workers_[static_cast<size_t>(worker)]);
  }
  Write(sleepers_);
  return -1;
}

// The first to run, the others to the thief's own queue.
int SchedulerModel::TakeFrom(Worker& victim, Worker& thief) {
  const size_t share =
      std::clamp(victim.movable.size() / 2, size_t{1}, static_cast<size_t>(rules_.steal_max));
  const int first = victim.movable.front();
  victim.movable.pop_front();
  if (share > 1) Write(thief.queue);
  for (size_t i = 1; i < share; ++i) {
    thief.movable.push_back(victim.movable.front());
    victim.movable.pop_front();
  }
  if (victim.movable.size() > 1 || thief.movable.size() > 1) WakeOne();
  return first;
}

// Half of the workers at most do.
bool SchedulerModel::LooksOn(Worker& worker) {
  if (worker.looks) return now_ < worker.looks_until;
  if (rules_.look_nanos == 0 || 2 * (looking_ + 1) > workers_.size()) return false;
  Write(sleepers_);
  ++looking_;
  worker.looks = true;
  worker.looks_until = now_ + rules_.look_nanos;
  return true;
}

void SchedulerModel::FallAsleep(int worker) {
  Worker& self = workers_[static_cast<size_t>(worker)];
  Write(sleepers_);
  self.sleeps = true;
  self.slept_at = now_;
}

// One that sleeps, if there is one.
void SchedulerModel::WakeOne() {
  if (workers_.size() == 1) return;
  Read(sleepers_);
  if (looking_ != 0) return;
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].sleeps) return Wake(static_cast<int>(i));
  }
}

void SchedulerModel::Wake(int number) {
  Worker& worker = workers_[static_cast<size_t>(number)];
  Write(sleepers_);
  Spend(costs_.wake_call);
  ++outcome_.wakes;
  outcome_.asleep += std::max(now_ - worker.slept_at, 0.0);
  worker.sleeps = false;
  worker.wakes_up = true;
  At(now_ + costs_.wake_delay, number);
}

void SchedulerModel::MakeReady(int number, int worker) {
  actors_[static_cast<size_t>(number)].state = Actor::State::kReady;
  Worker& self = workers_[static_cast<size_t>(worker)];
  Write(self.queue);
  self.movable.push_back(number);
  if (self.movable.size() > 1) WakeOne();
}

// On the worker where it parked.
void SchedulerModel::Resume(int number) {
  const int home = actors_[static_cast<size_t>(number)].last_worker;
  Worker& worker = workers_[static_cast<size_t>(home)];
  Write(worker.inbox);
  worker.pinned.push_back(number);
  if (worker.sleeps) Wake(home);
}

// --- Mailboxes and blocks.

bool SchedulerModel::Tell(int to, int64_t message) {
  Actor& actor = actors_[static_cast<size_t>(to)];
  Write(actor.head);
  --workers_[static_cast<size_t>(here_)].budget;
  if (!HasRoom(actor)) {
    Write(actor.line_lock);
    actor.line.push_back({workers_[static_cast<size_t>(here_)].runs, {message, here_}});
    parks_ = true;
    return false;
  }
  Put(actor, {message, here_});
  if (actor.state == Actor::State::kIdle) MakeReady(to, here_);
  return true;
}

// As many as were handled come in from the line.
void SchedulerModel::GiveCredit(Actor& actor) {
  Write(actor.head);
  int room = std::exchange(actor.credit, 0);
  actor.counted -= room;
  if (!actor.line.empty()) Write(actor.line_lock);
  for (; room > 0 && !actor.line.empty(); --room) {
    const Waiter waiter = actor.line.front();
    actor.line.pop_front();
    Put(actor, waiter.mail);
    Resume(waiter.actor);
  }
}

bool SchedulerModel::TakeBlock(int kinds) {
  Worker& worker = workers_[static_cast<size_t>(here_)];
  if (worker.blocks == 0) {
    GoToDepot(kinds);
    worker.blocks = kBatch;
    if (depot_blocks_ >= kBatch) {
      depot_blocks_ -= kBatch;
    } else {
      worker.fresh = kBatch;
    }
  }
  --worker.blocks;
  if (worker.fresh == 0) return false;
  --worker.fresh;
  ++outcome_.fresh_blocks;
  return true;
}

void SchedulerModel::GiveBlock(int kinds) {
  Worker& worker = workers_[static_cast<size_t>(here_)];
  if (worker.blocks == 2 * kBatch) {
    GoToDepot(kinds);
    worker.blocks -= kBatch;
    depot_blocks_ += kBatch;
  }
  ++worker.blocks;
}

void SchedulerModel::GoToDepot(int times) {
  for (; times > 0; --times) {
    Write(depot_);
    Spend(costs_.depot);
    ++outcome_.depot_trips;
  }
}

void SchedulerModel::Touch(int word) { Write(words_[static_cast<size_t>(word)]); }

void SchedulerModel::Spend(double nanos) { now_ += nanos; }

}  // namespace rehearse::bench
