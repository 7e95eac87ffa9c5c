// Names by Kademlia in a simulated world: the engine of --names=kademlia, over simulated links.
//
//   const sim::KademliaNames names({.bootstrap = {"server-1"}});
//   world.AddNodes("server", 3, names.Around(Server));

#ifndef REHEARSE_SIM_NAMES_KADEMLIA_NAMES_H_
#define REHEARSE_SIM_NAMES_KADEMLIA_NAMES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/frame_host.h"
#include "rehearse/net/registry/kad_names.h"
#include "rehearse/net/registry/name_validator.h"

namespace rehearse::sim {

struct KademliaNamesOptions {
  std::vector<std::string> bootstrap;  // nodes that the others join by
  absl::Duration join_timeout = absl::Seconds(10);  // then the program begins, joined or not
  net::KadNamesOptions names = {};
  net::NameValidatorOptions validator = {};
  net::DhtOptions dht = {.rejoin_every = absl::Seconds(10)};
  net::FrameHostOptions host = {};
};

// A value; outlives the world.
class KademliaNames {
 public:
  explicit KademliaNames(KademliaNamesOptions options);

  // `program`, on a node that has these names from the start.
  Program Around(Program program) const;

  // The key of a node of that name, in all its lives.
  static net::Identity IdentityOf(const std::string& node);

  // How registrations are judged and stored on this node, for tests that meddle. Null if it has
  // none of these names.
  struct Home;
  Home* HomeOf(const Node& node) const;
  static net::Dht& DhtOf(Home& home);

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NAMES_KADEMLIA_NAMES_H_
