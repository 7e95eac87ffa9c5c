// What the benchmarks of actors have one worker do, a class a kind of work.
//
// Each is set up once, on the calling thread, and then run as often as wanted.

#ifndef REHEARSE_BENCH_ACTOR_WORK_H_
#define REHEARSE_BENCH_ACTOR_WORK_H_

#include <cstdint>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/bench/bench_node.h"
#include "rehearse/bench/ping_pong.h"

namespace rehearse::bench {

// Pairs of actors tell a ball to and fro; one pair's messages each wake an idle actor.
class PingPongWork {
 public:
  explicit PingPongWork(int pairs);
  void Run(int64_t messages);

 private:
  BenchNode node_;
  PingPong game_;
};

struct Item {
  int64_t left = 0;
};
struct Produce {
  int64_t items = 0;
};

class Consumer;
class Producer;

// One actor tells another as fast as it can, and waits when the mailbox is full.
class StreamWork {
 public:
  explicit StreamWork(int32_t mailbox_capacity);
  void Run(int64_t messages);

 private:
  BenchNode node_;
  ActorRef<Consumer> consumer_;
  ActorRef<Producer> producer_;
};

struct Question {};
struct AskAll {
  int64_t asks = 0;
};

class Oracle : public Actor {
 public:
  int64_t Handle(const Question&) { return ++answers_; }

 private:
  int64_t answers_ = 0;
};

class Asker;

// One actor asks another and waits for the answer, again and again.
class AskWork {
 public:
  AskWork();
  void Run(int64_t asks);

 private:
  BenchNode node_;
  ActorRef<Oracle> oracle_;
  ActorRef<Asker> asker_;
};

struct SpawnAll {
  int64_t actors = 0;
};

class Spawner;

// Starts actors, a litter at a time; each gets one message and stops in its handler. The next
// litter begins when the last of this one has been told.
class SpawnWork {
 public:
  explicit SpawnWork(int64_t litter);
  void Run(int64_t actors);

 private:
  BenchNode node_;
  ActorRef<Spawner> spawner_;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_ACTOR_WORK_H_
