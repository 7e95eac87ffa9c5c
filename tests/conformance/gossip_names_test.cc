// The suite of Names, for names that the members of a cluster tell each other.

#include "rehearse/tests/conformance/names_conformance.h"
#include "rehearse/tests/membership/cluster_member.h"

namespace rehearse {
namespace {

NamesArm GossipArm(sim::World& world) {
  return {.around =
              [&world](Program program) {
                return [&world, program = std::move(program)](Node& node) {
                  JoinWithNames(node, world);
                  return program(node);
                };
              },
          .gone_within = absl::Seconds(45)};
}

REHEARSE_NAMES_CONFORMANCE(GossipNames, GossipArm(world))

}  // namespace
}  // namespace rehearse
