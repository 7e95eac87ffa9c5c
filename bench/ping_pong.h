// Pairs of actors that tell a ball to and fro: the least that two actors can do with each other.

#ifndef REHEARSE_BENCH_PING_PONG_H_
#define REHEARSE_BENCH_PING_PONG_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/node.h"

namespace rehearse::bench {

class Player;

struct Meet {
  ActorRef<Player> other;
};

struct Ball {
  int64_t left = 0;  // tells to come after this one
};

class Player : public Actor {
 public:
  explicit Player(std::function<void()> on_last) : on_last_(std::move(on_last)) {}

  void Handle(const Meet& meet) { other_ = meet.other; }
  void Handle(const Ball& ball) {
    if (ball.left == 0) return on_last_();
    (void)other_.Tell(Ball{.left = ball.left - 1});
  }

 private:
  const std::function<void()> on_last_;
  ActorRef<Player> other_;
};

// The players of one node.
class PingPong {
 public:
  // `on_end` is called on a fiber of the node when all balls are at rest.
  PingPong(Node& node, int pairs, std::function<void()> on_end) : on_end_(std::move(on_end)) {
    const auto on_last = [this] {
      if (--playing_ == 0) on_end_();
    };
    for (int i = 0; i < pairs; ++i) {
      const ActorRef<Player> one = node.Spawn<Player>(on_last);
      const ActorRef<Player> other = node.Spawn<Player>(on_last);
      (void)one.Tell(Meet{other});
      (void)other.Tell(Meet{one});
      servers_.push_back(one);
    }
  }

  // Serves a ball a pair; together they are told `messages` times.
  void Serve(int64_t messages) {
    playing_ = servers_.size();
    const auto pairs = static_cast<int64_t>(servers_.size());
    for (const ActorRef<Player>& server : servers_) {
      (void)server.Tell(Ball{.left = messages / pairs - 1});
    }
  }

 private:
  const std::function<void()> on_end_;
  std::vector<ActorRef<Player>> servers_;
  size_t playing_ = 0;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_PING_PONG_H_
