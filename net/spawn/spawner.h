// Actors that one node starts on another.
//
//   // There. Nobody can start what was not allowed, and nothing before ServeSpawns.
//   net::SpawnTypes types;
//   types.Allow<CounterProtocol, CounterStart>("counter", [](Node& node, const CounterStart& start)
//   {
//     return node.Spawn<Counter>(start.first);
//   });
//   absl::Status status = net::ServeSpawns(node, std::move(types));
//
//   // Here.
//   absl::StatusOr<ActorRef<CounterProtocol>> counter =
//       net::SpawnAt<CounterProtocol>(node, "server-1", "counter", CounterStart{.first = 5});
//   Link(Self(this), *counter);
//
// What is started is an actor of that node's own: it ends with it, or by whoever is linked to it.
// Who may ask is a matter of Permissions, for SpawnRequest.

#ifndef REHEARSE_NET_SPAWN_SPAWNER_H_
#define REHEARSE_NET_SPAWN_SPAWNER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/wire.h"
#include "rehearse/net/spawn/spawn.h"

namespace rehearse::net {

// An actor that was started, and the address that the asker gets.
struct SpawnedHere {
  AnyRef actor;
  std::string address;
};

// What may be started, and how.
class SpawnTypes {
 public:
  using Make = std::function<absl::StatusOr<SpawnedHere>(Node&, absl::string_view arguments)>;

  // Actors of `type` take the messages of P, and are made by `make` of an Arguments, which comes
  // from a schema. `make` returns an ActorRef that converts to ActorRef<P>.
  template <typename P, WireMessage Arguments, typename Function>
  void Allow(std::string type, Function make) {
    makes_[std::move(type)] = [make = std::move(make)](
                                  Node& node,
                                  absl::string_view bytes) -> absl::StatusOr<SpawnedHere> {
      const absl::StatusOr<Arguments> arguments = ParseWire<Arguments>(bytes);
      if (!arguments.ok()) return arguments.status();
      const auto actor = make(node, *arguments);
      return SpawnedHere{actor, AddressOf<P>(actor)};
    };
  }

  // Null: it may not.
  const Make* Find(absl::string_view type) const {
    const auto at = makes_.find(type);
    return at == makes_.end() ? nullptr : &at->second;
  }

 private:
  std::map<std::string, Make, std::less<>> makes_;
};

struct SpawnLimits {
  // Of what was started for others and has not ended.
  size_t alive_max = 1000;
};

using SpawnerProtocol = Protocol<Spawned(SpawnRequest)>;

// From now on other nodes may start these.
//   kAlreadyExists  it was called before: the actor "spawner" is there.
absl::Status ServeSpawns(Node& node, SpawnTypes types, const SpawnLimits& limits = {});

// Asks `at` for an actor of `type`. Parks.
//   kNotFound           the node starts nothing, or nothing of that type.
//   kPermissionDenied   not for this node.
//   kResourceExhausted  it has started as many as it may.
//   kDataLoss           the arguments are of another type than it has there.
//   the errors of Ask
absl::StatusOr<std::string> SpawnAddressAt(Node& node, absl::string_view at, SpawnRequest request,
                                           absl::Duration timeout);

template <typename P, WireMessage Arguments>
absl::StatusOr<ActorRef<P>> SpawnAt(Node& node, absl::string_view at, std::string type,
                                    const Arguments& arguments,
                                    absl::Duration timeout = absl::Seconds(10)) {
  SpawnRequest request{.type = std::move(type)};
  AppendWire(arguments, request.arguments);
  absl::StatusOr<std::string> address = SpawnAddressAt(node, at, std::move(request), timeout);
  if (!address.ok()) return address.status();
  return RefAt<P>(node, *address);
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SPAWN_SPAWNER_H_
