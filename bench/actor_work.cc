#include "rehearse/bench/actor_work.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/node.h"

namespace rehearse::bench {

// --- Ping-pong.

PingPongWork::PingPongWork(int pairs) : game_(*node_, pairs, [this] { node_.Finish(); }) {}

void PingPongWork::Run(int64_t messages) {
  node_.Run([this, messages] { game_.Serve(messages); });
}

// --- A stream.

class Consumer : public Actor {
 public:
  explicit Consumer(std::function<void()> on_last) : on_last_(std::move(on_last)) {}
  void Handle(const Item& item) {
    if (item.left == 0) on_last_();
  }

 private:
  const std::function<void()> on_last_;
};

class Producer : public Actor {
 public:
  explicit Producer(ActorRef<Consumer> consumer) : consumer_(std::move(consumer)) {}
  void Handle(const Produce& produce) {
    for (int64_t left = produce.items - 1; left >= 0; --left) (void)consumer_.Tell(Item{left});
  }

 private:
  const ActorRef<Consumer> consumer_;
};

StreamWork::StreamWork(int32_t mailbox_capacity)
    : consumer_(node_->SpawnWith<Consumer>({.mailbox_capacity = mailbox_capacity},
                                           [this] { node_.Finish(); })),
      producer_(node_->Spawn<Producer>(consumer_)) {}

void StreamWork::Run(int64_t messages) {
  node_.Run([this, messages] { (void)producer_.Tell(Produce{messages}); });
}

// --- Asks.

class Asker : public Actor {
 public:
  Asker(ActorRef<Oracle> oracle, std::function<void()> on_last)
      : oracle_(std::move(oracle)), on_last_(std::move(on_last)) {}
  void Handle(const AskAll& all) {
    for (int64_t i = 0; i < all.asks; ++i) {
      const absl::StatusOr<int64_t> answer = oracle_.Ask(Question{});
      REHEARSE_CHECK(answer.ok(), answer.status().ToString());
    }
    on_last_();
  }

 private:
  const ActorRef<Oracle> oracle_;
  const std::function<void()> on_last_;
};

AskWork::AskWork()
    : oracle_(node_->Spawn<Oracle>()),
      asker_(node_->Spawn<Asker>(oracle_, [this] { node_.Finish(); })) {}

void AskWork::Run(int64_t asks) {
  node_.Run([this, asks] { (void)asker_.Tell(AskAll{asks}); });
}

// --- Short lives.

namespace {

struct Litter {
  int64_t alive = 0;
  int64_t to_come = 0;
};

struct Live {};

class Mayfly : public Actor {
 public:
  Mayfly(Litter* litter, const ActorRef<Spawner>* parent) : litter_(litter), parent_(parent) {}
  void Handle(const Live&) {
    if (--litter_->alive == 0) (void)parent_->Tell(SpawnAll{litter_->to_come});
    Stop();
  }

 private:
  Litter* const litter_;
  const ActorRef<Spawner>* const parent_;
};

}  // namespace

class Spawner : public Actor {
 public:
  Spawner(int64_t litter, std::function<void()> on_last)
      : size_(litter), on_last_(std::move(on_last)) {}
  absl::Status OnStart() override {
    self_ = Self(this);
    return absl::OkStatus();
  }
  void Handle(const SpawnAll& all) {
    if (all.actors == 0) return on_last_();
    litter_.alive = std::min(size_, all.actors);
    litter_.to_come = all.actors - litter_.alive;
    for (int64_t i = litter_.alive; i > 0; --i) {
      const ActorRef<Mayfly> mayfly = node().Spawn<Mayfly>(&litter_, &self_);
      (void)mayfly.Tell(Live{});
    }
  }

 private:
  const int64_t size_;
  const std::function<void()> on_last_;
  Litter litter_;
  ActorRef<Spawner> self_;
};

SpawnWork::SpawnWork(int64_t litter)
    : spawner_(node_->Spawn<Spawner>(litter, [this] { node_.Finish(); })) {}

void SpawnWork::Run(int64_t actors) {
  node_.Run([this, actors] { (void)spawner_.Tell(SpawnAll{actors}); });
}

}  // namespace rehearse::bench
