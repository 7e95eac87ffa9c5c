// Owners of a unique name in a distributed hash table, under faults; see owners.h.

#include "rehearse/sim/names/kademlia_names.h"
#include "rehearse/tests/names/owners.h"

namespace rehearse {
namespace {

std::function<Program(Program)> Around(size_t holders_min) {
  sim::KademliaNamesOptions options{.bootstrap = {"node-1", "node-2"}};
  options.names.holders_min = holders_min;
  options.names.lifetime = absl::Seconds(30);
  options.names.renew_every = absl::Seconds(8);
  options.host.core.request_timeout = absl::Seconds(2);
  return [names = sim::KademliaNames(options)](Program program) {
    return names.Around(std::move(program));
  };
}

REHEARSE_TEST(KademliaOwners, ATokenIsOneOwnersAndTheLastCanUseWhatItGuards) {
  OwnersWorld owners(world, Around(OwnersWorld::kNodes / 2 + 1));
  owners.PlayUnderFaults(absl::Minutes(2));
}

// Each part of a network that is cut has an owner of its own; the tokens part them.
REHEARSE_TEST(KademliaOwners, SoItIsWhereFewMayGiveAName) {
  OwnersWorld owners(world, Around(1));
  owners.PlayUnderFaults(absl::Minutes(2));
}

}  // namespace
}  // namespace rehearse
