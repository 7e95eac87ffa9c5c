#include "rehearse/tests/determinism/transfer.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse::net {
namespace {

constexpr int kFrames = 16;
constexpr size_t kFrameBytes = size_t{64} << 10;  // 1 MiB each way
// Frames that are written before one is read: who reads nothing is not read from either, in the
// end.
constexpr int kAhead = 4;

// What the nodes tell the test, and each other.
struct Told {
  std::string address;
  bool done = false;
  int streams = 0;
};

// A node's own network; its keys are the seed's.
class Host {
 public:
  Host(Node& node, const TransferOver& over)
      : node_(node),
        entropy_(node.random("keys").Next()),
        identity_(Identity::Generate(entropy_)),
        tls_(*TlsKeys::Make(identity_, entropy_, *node.clock().WallTime())),
        network_(over.make(node, identity_, entropy_, *tls_)) {}

  Libp2pNetwork& network() { return *network_; }
  absl::Status End() { return network_->AwaitFibers(node_.DeadlineIn(absl::Minutes(2))); }

 private:
  Node& node_;
  SeededEntropy entropy_;
  const Identity identity_;
  const std::unique_ptr<TlsKeys> tls_;
  const std::unique_ptr<Libp2pNetwork> network_;
};

void Echo(Stream& stream) {
  while (true) {
    absl::StatusOr<std::string> frame = stream.Read();
    if (!frame.ok() || !stream.Write(*std::move(frame)).ok()) return;
  }
}

absl::Status Serve(Node& node, sim::World& world, const TransferOver& over) {
  Host host(node, over);
  {
    const std::string own = absl::StrCat("/ip4/", sim::SimSockets::IpOf(node.id()), over.port);
    REHEARSE_ASSIGN_OR_RETURN(const auto listener, host.network().Listen(own));
    world.Shared<Told>().address = listener->address();
    while (!world.Shared<Told>().done) {
      REHEARSE_ASSIGN_OR_RETURN(const auto stream, listener->Accept());
      Echo(*stream);
    }
  }
  return host.End();
}

std::string Frame(int number) { return std::string(kFrameBytes, static_cast<char>('a' + number)); }

absl::Status Exchange(Host& host, Node& node, sim::World& world) {
  REHEARSE_ASSIGN_OR_RETURN(
      const auto stream,
      host.network().Dial(world.Shared<Told>().address, node.DeadlineIn(absl::Seconds(30))));
  ++world.Shared<Told>().streams;
  for (int i = 0; i < kFrames + kAhead; ++i) {
    const Instant deadline = node.DeadlineIn(absl::Seconds(60));
    if (i < kFrames) REHEARSE_RETURN_IF_ERROR(stream->Write(Frame(i), deadline));
    if (i < kAhead) continue;
    REHEARSE_ASSIGN_OR_RETURN(const std::string frame, stream->Read(deadline));
    REHEARSE_EXPECT(frame == Frame(i - kAhead)) << "frame " << i - kAhead << " is another";
  }
  world.Shared<Told>().done = true;
  return absl::OkStatus();
}

absl::Status Ask(Node& node, sim::World& world, const TransferOver& over) {
  Host host(node, over);
  while (!world.Shared<Told>().done) {
    const absl::Status status = world.Shared<Told>().address.empty()
                                    ? absl::UnavailableError("nobody listens yet")
                                    : Exchange(host, node, world);
    if (!status.ok()) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(100)));
  }
  return host.End();
}

sim::LinkOptions Weather(sim::World& world) {
  Random random = world.random("weather");
  sim::LinkOptions links{.latency = {.min = absl::Milliseconds(20), .max = absl::Milliseconds(30)}};
  if (random.Below(2) == 0) links.loss = {1, 20};
  if (random.Below(2) == 0) links.duplicate = {1, 100};
  if (random.Below(2) == 0) links.reorder = {1, 20};
  if (random.Below(2) == 0) links.corrupt = {1, 100};
  if (random.Below(4) == 0) links.mtu_bytes = 1200;
  return links;
}

}  // namespace

void TransferInAllWeathers(sim::World& world, const TransferOver& over) {
  world.SetLinks(Weather(world));
  world.AddNode("server", [&world, over](Node& node) { return Serve(node, world, over); });
  const sim::NodeHandle client =
      world.AddNode("client", [&world, over](Node& node) { return Ask(node, world, over); });
  world.RunFor(absl::Milliseconds(400));
  if (world.random("nat").Below(2) == 0) world.RebindPorts(client);
  world.RunUntil([&world] { return world.Shared<Told>().done; }, absl::Minutes(5));
  REHEARSE_EXPECT(world.Shared<Told>().done)
      << "after " << world.Shared<Told>().streams << " streams";
}

}  // namespace rehearse::net
