// A server of the register: holds the newest value it was told of, for each key.

#ifndef EXAMPLES_REPLICATED_REGISTER_REPLICA_H_
#define EXAMPLES_REPLICATED_REGISTER_REPLICA_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "examples/replicated_register/options.h"
#include "examples/replicated_register/register.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"

namespace examples::replicated_register {

using ReplicaProtocol = rehearse::Protocol<Held(Query), void(Store)>;

// Whether `a` is newer than `b`.
bool Newer(const Tagged& a, const Tagged& b);

class Replica : public rehearse::Actor {
 public:
  Held Handle(const Query& query);
  void Handle(const Store& store);

 private:
  std::map<std::string, Tagged> held_;
};

// The server's program: a replica named "register". Nothing is on disk, so a server that restarts
// has forgotten what it acknowledged; it stays silent, and the others carry on without it.
absl::Status RunServer(rehearse::Node& node, const Options& options);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_REPLICA_H_
