// An actor that is a function: where it waits in its code is the state that it is in.
//
//   bazel run //examples/function_actor

#ifndef EXAMPLES_FUNCTION_ACTOR_FUNCTION_ACTOR_H_
#define EXAMPLES_FUNCTION_ACTOR_FUNCTION_ACTOR_H_

#include "absl/status/statusor.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"

namespace examples::function_actor {

struct Coin {};
struct Push {};

// The messages, each with its answer: nobody waits for a Coin's, and a Push is answered with
// whether one gets through.
using TurnstileInbox = rehearse::Inbox<void(Coin), bool(Push)>;

// Locked: nobody gets through until a coin comes. False: the actor is to end.
inline bool AwaitCoin(TurnstileInbox& inbox) {
  for (bool paid = false; !paid;) {
    auto message = inbox.Receive();  // waits; empty when the actor is to end
    if (!message.has_value()) return false;
    message->Match([&](Coin&) { paid = true; },  //
                   [](Push&) { return false; });
  }
  return true;
}

// Open: the next one gets through. Another coin is kept.
inline bool AwaitPush(TurnstileInbox& inbox) {
  for (bool passed = false; !passed;) {
    auto message = inbox.Receive();
    if (!message.has_value()) return false;
    message->Match([](Coin&) {},  //
                   [&](Push&) { return passed = true; });
  }
  return true;
}

// The actor: no class, no member that remembers a state.
inline void Turnstile(TurnstileInbox& inbox) {
  while (AwaitCoin(inbox) && AwaitPush(inbox)) {
  }
}

struct Visit {
  bool without_coin = false;
  bool with_coin = false;
  bool again = false;
};

// One visitor who tries three times, and pays once.
inline absl::StatusOr<Visit> TryTurnstile(rehearse::Node& node) {
  const TurnstileInbox::Ref turnstile = node.Spawn(Turnstile);
  const absl::StatusOr<bool> without_coin = turnstile.Ask(Push{});
  turnstile.Tell(Coin{});
  const absl::StatusOr<bool> with_coin = turnstile.Ask(Push{});
  const absl::StatusOr<bool> again = turnstile.Ask(Push{});
  if (!again.ok()) return again.status();
  return Visit{without_coin.value_or(false), with_coin.value_or(false), *again};
}

}  // namespace examples::function_actor

#endif  // EXAMPLES_FUNCTION_ACTOR_FUNCTION_ACTOR_H_
