// Bad peers on the host's loopback: bytes from the test's own thread.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "rehearse/tests/conformance/hostile_conformance.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/integration/raw_peers.h"

namespace rehearse::net {
namespace {

class LoopbackHostileWorld final : public HostileWorld {
 public:
  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return nodes_.sockets(); }
  std::string any_address() override { return "/ip4/127.0.0.1/tcp/0"; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }
  absl::Duration patience() override { return absl::Milliseconds(400); }

  int RunPeers(const std::string& address, int count, size_t at_once_max,
               const std::function<RawScript(int)>& script_of, absl::Duration give_up) override {
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind('/') + 1), &port));
    return RunRawPeers(static_cast<uint16_t>(port), count, at_once_max, script_of,
                       static_cast<int>(absl::ToInt64Milliseconds(give_up)));
  }

 private:
  LoopbackNodes nodes_{2};
};

INSTANTIATE_TEST_SUITE_P(Tcp, HostileConformance,
                         testing::Values(HostileArm{
                             "Loopback", [] { return std::make_unique<LoopbackHostileWorld>(); }}),
                         HostileArmName());

}  // namespace
}  // namespace rehearse::net
