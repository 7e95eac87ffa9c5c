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

}  // namespace
}  // namespace rehearse
