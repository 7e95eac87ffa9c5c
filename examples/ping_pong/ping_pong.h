// Two actors that tell each other: a ref travels in a message, and says where the answer goes.
//
//   bazel run //examples/ping_pong -- -- 1000000

#ifndef EXAMPLES_PING_PONG_PING_PONG_H_
#define EXAMPLES_PING_PONG_PING_PONG_H_

#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"

namespace examples::ping_pong {

struct Pong {
  int round = 0;
};

// Whoever takes a Pong may be named here: a Recipient knows the message and no actor's class.
struct Ping {
  int round = 0;
  rehearse::Recipient<Pong> answer_to;
};

class Ponger : public rehearse::Actor {
 public:
  void Handle(const Ping& ping) { ping.answer_to.Tell(Pong{ping.round}); }
};

// Serves, waits for each answer in turn, and ends after `rounds` of them. Between two messages it
// is only an object: it has no stack and no thread.
class Pinger : public rehearse::Actor {
 public:
  Pinger(rehearse::Recipient<Ping> ponger, int rounds)
      : ponger_(std::move(ponger)), rounds_(rounds) {}

  absl::Status OnStart() override {  // before the first message
    Serve(1);
    return absl::OkStatus();
  }
  void Handle(const Pong& pong) { pong.round < rounds_ ? Serve(pong.round + 1) : Stop(); }

 private:
  void Serve(int round) { ponger_.Tell(Ping{round, Self(this)}); }

  const rehearse::Recipient<Ping> ponger_;
  const int rounds_;
};

// Plays a game to its end. Join waits for an actor's end, and says why it ended.
inline absl::Status Play(rehearse::Node& node, int rounds) {
  const auto ponger = node.Spawn<Ponger>();
  const auto pinger = node.Spawn<Pinger>(ponger, rounds);
  return pinger.Join().status();
}

}  // namespace examples::ping_pong

#endif  // EXAMPLES_PING_PONG_PING_PONG_H_
