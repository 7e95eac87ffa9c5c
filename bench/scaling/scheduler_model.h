// How long would a program take on so many cores? A discrete model of the scheduler.
//
// What it keeps of actor/runtime: a queue for each worker; an actor that becomes ready joins the
// queue of whoever sent the message; one without work takes half, up to 32, of the first queue that
// has more than one; who parks resumes where it parked; a sleeper is woken when more than one
// thing lies ready and nobody searches; a mailbox is one word that all its senders write, a full
// one keeps them in line, and room is given back by sixteen; blocks come from a stock of a worker's
// own, which trades batches with the depot under its lock. What a step takes, and what a cache
// line, a wake-up and so on take, are given.
//
// What it leaves out: time slices of the operating system, caches' sizes, distances between cores
// (all are equally far), priorities, timers, the watch that rescues a single activation behind a
// long handler, and the bias being taken back when all others sleep.

#ifndef REHEARSE_BENCH_SCALING_SCHEDULER_MODEL_H_
#define REHEARSE_BENCH_SCALING_SCHEDULER_MODEL_H_

#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "rehearse/bench/scaling/cache_line.h"

namespace rehearse::bench {

// Nanoseconds.
struct MachineCosts {
  double line = 0;        // to fetch a cache line that another core wrote
  double migration = 0;   // an activation's first step, where its actor ran elsewhere before
  double wake_call = 0;   // to wake a worker, for who does
  double wake_delay = 0;  // until it runs
  double park = 0;        // to leave a fiber and come back to it
  double depot = 0;       // under the depot's lock, a batch
  double beside = 1;      // so many times longer takes a step while another worker is awake
};

// How the scheduler goes about it.
struct SchedulerRules {
  int steal_max = 32;       // activations at once, of half of what there is
  double look_nanos = 0;    // for how long one without work looks on before it sleeps
  double look_every = 500;  // and how often
};

class ModelProgram;

class SchedulerModel {
 public:
  struct Outcome {
    double nanos = 0;    // until the last step
    uint64_t steps = 0;  // of programs' handlers
    double work = 0;     // what steps alone took, over all workers
    double waiting = 0;  // what lines took, and queues for them
    double moving = 0;   // what activations took for being elsewhere than before
    double asleep = 0;   // over all workers
    uint64_t steals = 0;
    uint64_t wakes = 0;
    uint64_t depot_trips = 0;
    uint64_t fresh_blocks = 0;
    uint64_t parks = 0;
  };

  // 1 to 64 workers.
  SchedulerModel(const MachineCosts& costs, int workers, ModelProgram& program,
                 const SchedulerRules& rules = {});

  // Plays the program until nothing is left to do.
  Outcome Run();

  // --- For programs, before the run.

  // The new actor's number: 0, 1, and so on.
  int AddActor(int capacity);
  // A word of the program's own that actors share.
  int AddWord();
  // As from a plain thread: the workers have their turns.
  void Post(int actor, int64_t message);

  // --- For programs, in a step.

  // False: the mailbox is full. The sender waits; its handler's next step is when there is room,
  // and the message is in it then.
  bool Tell(int to, int64_t message);
  // A block of each of so many kinds, and back. True: memory that nobody had before.
  bool TakeBlock(int kinds);
  void GiveBlock(int kinds);
  void Touch(int word);
  void Spend(double nanos);

 private:
  static constexpr int kQuantum = 128;
  static constexpr int kCreditBatch = 16;
  static constexpr int kBatch = 64;

  struct Mail {
    int64_t message;
    int worker;  // whose stock it came from; -1: nobody's
  };
  struct Waiter {
    int actor;
    Mail mail;
  };
  struct Actor {
    enum class State : uint8_t { kIdle, kReady, kRuns, kParked };
    int capacity = 0;
    State state = State::kIdle;
    bool in_handler = false;
    int64_t handled = 0;  // the message
    int last_worker = -1;
    std::deque<Mail> mail;
    int counted = 0;  // in it, and credit not given back
    int credit = 0;
    std::deque<Waiter> line;
    CacheLine head;
    CacheLine line_lock;
  };
  struct Worker {
    bool sleeps = false;
    bool wakes_up = false;
    bool looks = false;  // on, until then
    double looks_until = 0;
    int runs = -1;
    int budget = 0;
    bool pinned_next = true;
    std::deque<int> pinned;   // parked handlers that go on
    std::deque<int> movable;  // activations
    double slept_at = 0;
    int blocks = 0;
    int fresh = 0;  // of them, nobody had before
    CacheLine queue;
    CacheLine inbox;
  };
  struct Event {
    double time;
    uint64_t number;
    int worker;
    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : number > other.number;
    }
  };

  void At(double time, int worker) { events_.push({time, next_event_++, worker}); }
  void EndStep(int worker);
  void BeginStep(int worker, int actor);
  void LeaveActor(int worker, int actor);
  void Next(int worker);
  int TakeReady(Worker& worker);
  int Search(int worker);
  int TakeFrom(Worker& victim, Worker& thief);
  bool LooksOn(Worker& worker);
  bool IsBesideAnother(int worker) const;
  void FallAsleep(int worker);
  void WakeOne();
  void Wake(int worker);
  void MakeReady(int actor, int worker);
  void Resume(int actor);
  void GiveCredit(Actor& actor);
  void GoToDepot(int times);
  bool HasRoom(const Actor& actor) const {
    return actor.line.empty() && (actor.capacity == 0 || actor.counted < actor.capacity);
  }
  void Put(Actor& actor, Mail mail) {
    actor.mail.push_back(mail);
    ++actor.counted;
  }
  void Write(CacheLine& line) { Pass(line.Write(here_, now_, costs_.line)); }
  void Read(CacheLine& line) { Pass(line.Read(here_, now_, costs_.line)); }
  void Pass(double until) {
    outcome_.waiting += until - now_;
    now_ = until;
  }

  const MachineCosts costs_;
  const SchedulerRules rules_;
  ModelProgram& program_;
  std::vector<Actor> actors_;
  std::vector<Worker> workers_;
  std::vector<CacheLine> words_;
  CacheLine sleepers_;  // who sleeps, and how many search
  size_t looking_ = 0;
  CacheLine depot_;
  int64_t depot_blocks_ = 0;
  uint64_t next_post_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t next_event_ = 0;
  double now_ = 0;  // of the step or search at hand
  int here_ = 0;    // the worker whose it is
  bool parks_ = false;
  Outcome outcome_;
};

// What the actors do.
class ModelProgram {
 public:
  virtual ~ModelProgram() = default;

  // Adds actors and posts the first messages.
  virtual void Begin(SchedulerModel& model) = 0;
  // What `actor`'s step takes: to handle `message`, or a part of that.
  virtual double Cost(int actor, int64_t message) = 0;
  // It is over. Returns whether the handler goes on, with another step.
  virtual bool Step(SchedulerModel& model, int actor, int64_t message) = 0;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_SCALING_SCHEDULER_MODEL_H_
