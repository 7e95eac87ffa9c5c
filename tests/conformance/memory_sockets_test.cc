// The sockets that unit tests stand on keep the promises of Sockets too.

#include <memory>

#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/tests/conformance/datagrams_conformance.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

class MemorySocketsWorld final : public SocketsWorld {
 public:
  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return sockets_; }
  SocketAddress any_port(int) override { return {"127.0.0.1", 0}; }
  SocketAddress refusing() override { return {"127.0.0.1", 2}; }
  SocketAddress silent() override { return {"127.0.0.1", MemorySockets::kSilentPort}; }
  SocketAddress foreign() override { return {"192.0.2.1", 0}; }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
};

INSTANTIATE_TEST_SUITE_P(Memory, SocketsConformance,
                         testing::Values(SocketsArm{
                             "", [] { return std::make_unique<MemorySocketsWorld>(); }}),
                         [](const auto&) { return "InVirtualTime"; });

INSTANTIATE_TEST_SUITE_P(Memory, DatagramsConformance,
                         testing::Values(SocketsArm{
                             "", [] { return std::make_unique<MemorySocketsWorld>(); }}),
                         [](const auto&) { return "InVirtualTime"; });

}  // namespace
}  // namespace rehearse::net
