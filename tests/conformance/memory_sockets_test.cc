// The sockets that unit tests stand on keep the promises of Sockets too.

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/tests/conformance/datagrams_conformance.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/unix_conformance.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

class MemorySocketsWorld final : public SocketsWorld {
 public:
  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return sockets_; }
  SocketAddress any_port(int) override { return {"127.0.0.1", 0}; }
  SocketAddress refusing() override { return {"127.0.0.1", 2}; }
  std::optional<SocketAddress> silent() override {
    return SocketAddress{"127.0.0.1", MemorySockets::kSilentPort};
  }
  SocketAddress foreign() override { return {"192.0.2.1", 0}; }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
};

class MemoryUnixWorld final : public SocketsWorld {
 public:
  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return sockets_; }
  SocketAddress any_port(int) override { return {absl::StrCat("unix:/tmp/", ++paths_)}; }
  SocketAddress refusing() override { return {"unix:/tmp/nobody"}; }
  std::optional<SocketAddress> silent() override {
    return SocketAddress{absl::StrCat("unix:", MemorySockets::kSilentName)};
  }
  SocketAddress foreign() override { return {"unix:here"}; }
  bool is_unix() const override { return true; }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
  int paths_ = 0;
};

template <typename World>
auto InVirtualTime() {
  return testing::Values(SocketsArm{"InVirtualTime", [] { return std::make_unique<World>(); }});
}

const auto kIp = InVirtualTime<MemorySocketsWorld>();
INSTANTIATE_TEST_SUITE_P(Memory, SocketsConformance, kIp, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(Memory, DatagramsConformance, kIp, SocketsArmName());

const auto kUnix = InVirtualTime<MemoryUnixWorld>();
INSTANTIATE_TEST_SUITE_P(MemoryUnix, SocketsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(MemoryUnix, DatagramsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(MemoryUnix, UnixConformance, kUnix, SocketsArmName());

}  // namespace
}  // namespace rehearse::net
