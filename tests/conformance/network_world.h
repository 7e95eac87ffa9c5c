// Where a claim about Networks is tried: two nodes with a network each.

#ifndef REHEARSE_TESTS_CONFORMANCE_NETWORK_WORLD_H_
#define REHEARSE_TESTS_CONFORMANCE_NETWORK_WORLD_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One world for one test. Its fibers have all returned when it goes; listeners and streams are
// gone.
class NetworkWorld {
 public:
  virtual ~NetworkWorld() = default;

  virtual TwoNodes& nodes() = 0;
  virtual Network& network(int node) = 0;
  // One of node `node`'s, not in use; may say "any port".
  virtual std::string free_address(int node) = 0;
  // Nobody listens there; nobody answers there.
  virtual std::string refusing_address() = 0;
  virtual std::string silent_address() = 0;
  // What may at most be written to a stream that nobody reads from.
  virtual size_t unread_bytes_max() = 0;
  // All lines of both nodes' logs.
  virtual std::vector<std::string> log() = 0;
};

struct NetworkArm {
  std::string name;
  std::function<std::unique_ptr<NetworkWorld>()> make;
};

struct NetworkArmName {
  std::string operator()(const testing::TestParamInfo<NetworkArm>& info) const {
    return info.param.name;
  }
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_NETWORK_WORLD_H_
