#include "rehearse/bench/peers/programs.h"

#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/bench/peers/bench_run.h"

namespace rehearse::bench {
namespace {

// --- Ping-pong, and a ring.

class RingPlayer;
struct Neighbour {
  ActorRef<RingPlayer> next;
};
struct Ball {
  int64_t left;
};
class RingPlayer : public Actor {
 public:
  explicit RingPlayer(Gate* over) : over_(over) {}
  void Handle(const Neighbour& neighbour) { next_ = neighbour.next; }
  void Handle(const Ball& ball) {
    if (ball.left == 0) return over_->Arrive();
    (void)next_.Tell(Ball{ball.left - 1});
  }

 private:
  Gate* const over_;
  ActorRef<RingPlayer> next_;
};

}  // namespace

Figures Ring(Node& node, int64_t size, int64_t messages) {
  Gate over(1);
  std::vector<ActorRef<RingPlayer>> players;
  for (int64_t i = 0; i < size; ++i) players.push_back(node.Spawn<RingPlayer>(&over));
  for (size_t i = 0; i < players.size(); ++i) {
    (void)players[i].Tell(Neighbour{players[(i + 1) % players.size()]});
  }
  return Timed(messages, [&] {
    (void)players[0].Tell(Ball{messages});
    over.Await();
  });
}

namespace {

// --- Streams.

struct Item {
  int64_t left;
};
class Consumer : public Actor {
 public:
  Consumer(int64_t messages, Gate* over) : left_(messages), over_(over) {}
  void Handle(const Item&) {
    if (--left_ == 0) over_->Arrive();
  }

 private:
  int64_t left_;
  Gate* const over_;
};
struct Produce {
  int64_t items;
};
class Producer : public Actor {
 public:
  explicit Producer(ActorRef<Consumer> consumer) : consumer_(std::move(consumer)) {}
  void Handle(const Produce& produce) {
    for (int64_t left = produce.items; left > 0; --left) (void)consumer_.Tell(Item{left});
  }

 private:
  const ActorRef<Consumer> consumer_;
};

}  // namespace

Figures Contend(Node& node, int64_t from, int64_t messages) {
  Gate over(1);
  const int64_t each = messages / from;
  const auto consumer = node.Spawn<Consumer>(each * from, &over);
  std::vector<ActorRef<Producer>> producers;
  for (int64_t i = 0; i < from; ++i) producers.push_back(node.Spawn<Producer>(consumer));
  return Timed(each * from, [&] {
    for (const auto& producer : producers) (void)producer.Tell(Produce{each});
    over.Await();
  });
}

namespace {

// --- Short lives.

struct Go {};
class Short : public Actor {
 public:
  explicit Short(Gate* left) : left_(left) {}
  void Handle(const Go&) {
    left_->Arrive();
    Stop();
  }

 private:
  Gate* const left_;
};
class Forker : public Actor {
 public:
  explicit Forker(Gate* left) : left_(left) {}
  void Handle(const Produce& produce) {
    for (int64_t i = 0; i < produce.items; ++i) (void)node().Spawn<Short>(left_).Tell(Go{});
  }

 private:
  Gate* const left_;
};

}  // namespace

Figures Fork(Node& node, int64_t actors) {
  Gate left(actors);
  const auto forker = node.Spawn<Forker>(&left);
  return Timed(actors, [&] {
    (void)forker.Tell(Produce{actors});
    left.Await();
  });
}

namespace {

// --- Asks.

struct Question {};
class Oracle : public Actor {
 public:
  int64_t Handle(const Question&) { return ++answers_; }

 private:
  int64_t answers_ = 0;
};
class Asker : public Actor {
 public:
  Asker(ActorRef<Oracle> oracle, Gate* over) : oracle_(std::move(oracle)), over_(over) {}
  void Handle(const Produce& produce) {
    for (int64_t i = 0; i < produce.items; ++i) (void)oracle_.Ask(Question{});
    over_->Arrive();
  }

 private:
  const ActorRef<Oracle> oracle_;
  Gate* const over_;
};

}  // namespace

Figures Ask(Node& node, int64_t asks) {
  Gate over(1);
  const auto asker = node.Spawn<Asker>(node.Spawn<Oracle>(), &over);
  return Timed(asks, [&] {
    (void)asker.Tell(Produce{asks});
    over.Await();
  });
}

Figures AskFromThread(Node& node, int64_t asks) {
  const auto oracle = node.Spawn<Oracle>();
  return Timed(asks, [&] {
    for (int64_t i = 0; i < asks; ++i) (void)oracle.Ask(Question{});
  });
}

namespace {

// --- A crowd.

class Caller;
struct All {
  std::vector<ActorRef<Caller>> all;
};
struct Ping {
  ActorRef<Caller> from;
};
struct Pong {};
class Caller : public Actor {
 public:
  Caller(int64_t pings, Gate* done) : left_(pings), done_(done) {}
  void Handle(const All& all) { all_ = all.all; }
  void Handle(const Go&) { Next(); }
  void Handle(const Ping& ping) { (void)ping.from.Tell(Pong{}); }
  void Handle(const Pong&) { Next(); }

 private:
  void Next() {
    if (left_ == 0) return done_->Arrive();
    --left_;
    seed_ = (seed_ * 1103515245 + 12345) & 0x7fffffff;
    (void)all_[static_cast<size_t>((seed_ >> 8) % kCrowd)].Tell(Ping{Self(this)});
  }

  int64_t left_;
  Gate* const done_;
  int64_t seed_ = 1;
  std::vector<ActorRef<Caller>> all_;
};

}  // namespace

// No mailbox can be full: there are at most as many messages as callers in each kind.
Figures Big(Node& node, int64_t messages) {
  const int64_t each = messages / kCrowd / 2;
  Gate done(kCrowd);
  std::vector<ActorRef<Caller>> all;
  for (int64_t i = 0; i < kCrowd; ++i) {
    all.push_back(node.SpawnWith<Caller>({.mailbox_capacity = 4 * kCrowd}, each, &done));
  }
  for (const auto& one : all) (void)one.Tell(All{all});
  return Timed(each * kCrowd * 2, [&] {
    for (const auto& one : all) (void)one.Tell(Go{});
    done.Await();
  });
}

namespace {

// --- Nothing.

// With 64 bytes of state, the virtual table's pointer included.
class Sleeper : public Actor {
 public:
  explicit Sleeper(Gate* started) { started->Arrive(); }
  void Handle(const Go&) {}

 private:
  [[maybe_unused]] std::byte state_[56];
};

}  // namespace

Figures Idle(Node& node, int64_t actors) {
  Gate started(actors);
  std::vector<ActorRef<Sleeper>> all;
  all.reserve(static_cast<size_t>(actors));
  const int64_t before = ResidentBytes();
  for (int64_t i = 0; i < actors; ++i) all.push_back(node.Spawn<Sleeper>(&started));
  started.Await();
  return {actors, ResidentBytes() - before};
}

Figures IdleCpu(Node& node, int64_t millis) {
  const auto oracle = node.Spawn<Oracle>();
  (void)oracle.Ask(Question{});
  std::this_thread::sleep_for(std::chrono::milliseconds(millis));
  return {1, 0};
}

}  // namespace rehearse::bench
