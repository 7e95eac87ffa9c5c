// The suite of Names, for names in a distributed hash table.

#include "rehearse/sim/names/kademlia_names.h"
#include "rehearse/tests/conformance/names_conformance.h"

namespace rehearse {
namespace {

NamesArm KademliaArm() {
  sim::KademliaNamesOptions options{.bootstrap = {"node-1"}};
  options.names.holders_min = 2;
  options.host.core.request_timeout = absl::Seconds(2);
  return {.around = [names = sim::KademliaNames(options)](Program program) {
    return names.Around(std::move(program));
  }};
}

REHEARSE_NAMES_CONFORMANCE(KademliaNames, KademliaArm())

// Where frames are lost, come twice, and come in another order.
sim::World& InBadWeather(sim::World& world) {
  world.SetLinks({.latency = {.min = absl::Milliseconds(1), .max = absl::Milliseconds(80)},
                  .loss = {1, 20},
                  .duplicate = {1, 20},
                  .reorder = {1, 10}});
  return world;
}

REHEARSE_TEST(KademliaNamesInBadWeather, AUniqueNameIsItsFirstOwners) {
  conformance::AUniqueNameIsItsFirstOwners(InBadWeather(world), KademliaArm());
}
REHEARSE_TEST(KademliaNamesInBadWeather, AnActorsEndIsItsNamesEnd) {
  conformance::AnActorsEndIsItsNamesEnd(InBadWeather(world), KademliaArm());
}
REHEARSE_TEST(KademliaNamesInBadWeather, SharedNamesAreAllTheirs) {
  conformance::SharedNamesAreAllTheirs(InBadWeather(world), KademliaArm());
}

}  // namespace
}  // namespace rehearse
