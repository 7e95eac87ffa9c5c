// One actor, asked twice.
//
//   bazel run //examples/hello_actor -- -- Ada

#ifndef EXAMPLES_HELLO_ACTOR_HELLO_ACTOR_H_
#define EXAMPLES_HELLO_ACTOR_HELLO_ACTOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"

namespace examples::hello_actor {

// A message is any type that can be moved. It needs nothing from the framework.
struct Greet {
  std::string name;
};

// Each overload of Handle is a message that the actor takes, and what it returns is the answer. One
// handler runs at a time, so the count needs no lock.
class Greeter : public rehearse::Actor {
 public:
  std::string Handle(const Greet& greet) {
    return absl::StrCat("Hello, ", greet.name, "! I have greeted ", ++greeted_, " so far.");
  }

 private:
  int greeted_ = 0;
};

// What the node runs. Spawn returns a ref: the actor's address, cheap to copy and to send.
inline absl::StatusOr<std::string> Hello(rehearse::Node& node, const std::string& name) {
  const rehearse::ActorRef<Greeter> greeter = node.Spawn<Greeter>();
  greeter.Tell(Greet{"everybody"});  // returns at once; nobody waits for the answer
  return greeter.Ask(Greet{name});   // waits, while others run on this thread
}

}  // namespace examples::hello_actor

#endif  // EXAMPLES_HELLO_ACTOR_HELLO_ACTOR_H_
