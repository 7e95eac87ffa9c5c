// Rooms in which all hear what one says.
//
//   bazel run //examples/pubsub_chat

#ifndef EXAMPLES_PUBSUB_CHAT_PUBSUB_CHAT_H_
#define EXAMPLES_PUBSUB_CHAT_PUBSUB_CHAT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/pubsub.h"

namespace examples::pubsub_chat {

struct Line {
  std::string who;
  std::string text;
};
struct GetHeard {};

// A room is an actor that tells each Line to those who subscribed. It knows them by the message
// that they take, and forgets who has ended.
using Room = rehearse::PubSub<Line>;

class Member : public rehearse::Actor {
 public:
  Member(std::string name, std::vector<rehearse::ActorRef<Room>> rooms)
      : name_(std::move(name)), rooms_(std::move(rooms)) {}

  // The filter is asked by the room, before it tells: nobody hears what they said themselves.
  absl::Status OnStart() override {
    const auto of_others = [name = name_](const Line& line) { return line.who != name; };
    for (const auto& room : rooms_) {
      room.Tell(rehearse::Subscribe<Line>{.to = Self(this), .filter = of_others});
    }
    return absl::OkStatus();
  }

  void Handle(const Line& line) { heard_.push_back(absl::StrCat(line.who, ": ", line.text)); }
  std::vector<std::string> Handle(const GetHeard&) { return heard_; }

 private:
  const std::string name_;
  const std::vector<rehearse::ActorRef<Room>> rooms_;
  std::vector<std::string> heard_;
};

// An evening in two rooms; what Cleo, who was in both, has heard of it.
inline absl::StatusOr<std::vector<std::string>> Chat(rehearse::Node& node) {
  const auto garden = node.Spawn<Room>();
  const auto kitchen = node.Spawn<Room>();
  using Rooms = std::vector<rehearse::ActorRef<Room>>;
  const auto ada = node.Spawn<Member>("Ada", Rooms{garden});
  const auto ben = node.Spawn<Member>("Ben", Rooms{kitchen});
  const auto cleo = node.Spawn<Member>("Cleo", Rooms{garden, kitchen});
  for (const auto& member : {ada, ben, cleo}) {
    if (absl::Status here = member.AwaitStart(); !here.ok()) return here;
  }
  // Asked, a room answers how many it told when it has told them.
  (void)kitchen.Ask(Line{"Ben", "Soup is ready."});
  (void)kitchen.Ask(Line{"Cleo", "Coming!"});
  (void)garden.Ask(Line{"Ada", "Look, a hedgehog."});
  kitchen.Tell(rehearse::Unsubscribe<Line>{cleo});  // Cleo leaves the kitchen
  (void)kitchen.Ask(Line{"Ben", "Who does the dishes?"});
  return cleo.Ask(GetHeard{});
}

}  // namespace examples::pubsub_chat

#endif  // EXAMPLES_PUBSUB_CHAT_PUBSUB_CHAT_H_
