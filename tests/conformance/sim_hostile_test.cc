// Bad peers on simulated sockets: the same code as on the host's, in virtual time.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/tests/conformance/hostile_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::net {
namespace {

// One connection, played on a fiber of its own.
class SimPeer {
 public:
  SimPeer(Sockets& sockets, const SocketAddress& address, RawScript script)
      : script_(std::move(script)), fiber_([this, &sockets, address] { Play(sockets, address); }) {}

  bool over() const { return over_; }
  // Also one that waits to be closed. Then it is over.
  void End() {
    if (socket_ != nullptr) socket_->Close();
    fiber_.Join();
  }

 private:
  void Play(Sockets& sockets, const SocketAddress& address) {
    auto socket = sockets.Connect(address, In(absl::Minutes(1)));
    if (socket.ok()) {
      socket_ = *std::move(socket);
      Speak();
      socket_->Close();
    }
    over_ = true;
  }

  void Speak() {
    if (!script_.says.empty() && !socket_->Write(script_.says, Instant::Infinite()).ok()) return;
    std::string heard;
    while (script_.leaves_after < 0 || heard.size() < static_cast<size_t>(script_.leaves_after)) {
      const auto count = socket_->Read(256, heard, Instant::Infinite());
      if (!count.ok() || *count == 0) return;
    }
  }

  const RawScript script_;
  std::unique_ptr<StreamSocket> socket_;
  bool over_ = false;
  Beside fiber_;
};

class SimHostileWorld final : public HostileWorld {
 public:
  explicit SimHostileWorld(const sim::LinkOptions& links) : nodes_(links) {}

  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int node) override { return node == 0 ? first_ : second_; }
  std::string any_address() override {
    return absl::StrCat("/ip4/", sim::SimSockets::IpOf(NodeId{2}), "/tcp/0");
  }
  std::vector<std::string> log() override { return nodes_.log(); }
  absl::Duration patience() override { return absl::Seconds(20); }

  int RunPeers(const std::string& address, int count, size_t at_once_max,
               const std::function<RawScript(int)>& script_of, absl::Duration give_up) override {
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind('/') + 1), &port));
    const SocketAddress parsed{sim::SimSockets::IpOf(NodeId{2}), static_cast<uint16_t>(port)};
    int over = 0;
    nodes_.Run([&] { over = Send(parsed, count, at_once_max, script_of, give_up); }, [] {});
    return over;
  }

 private:
  int Send(const SocketAddress& address, int count, size_t at_once_max,
           const std::function<RawScript(int)>& script_of, absl::Duration give_up) {
    std::vector<std::unique_ptr<SimPeer>> peers;
    int started = 0;
    int over = 0;
    Instant patient_until = In(give_up + patience());
    while (over < count && In(absl::ZeroDuration()) < patient_until) {
      while (started < count && peers.size() < at_once_max) {
        peers.push_back(std::make_unique<SimPeer>(first_, address, script_of(started++)));
      }
      Pass(absl::Milliseconds(50));
      const size_t gone = std::erase_if(peers, [](const auto& peer) {
        if (!peer->over()) return false;
        peer->End();
        return true;
      });
      over += static_cast<int>(gone);
      if (gone > 0) patient_until = In(give_up + patience());
    }
    for (const auto& peer : peers) peer->End();
    return over;
  }

  sim::SimNodes nodes_;
  sim::SimSockets first_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_{nodes_.hub(), NodeId{2}};
};

HostileArm Arm(const std::string& name, const sim::LinkOptions& links) {
  return {name, [links] { return std::make_unique<SimHostileWorld>(links); }};
}

INSTANTIATE_TEST_SUITE_P(Sim, HostileConformance,
                         testing::Values(Arm("OnGoodLinks", sim::LinkOptions()),
                                         Arm("OnBadLinks", sim::BadLinks())),
                         HostileArmName());

}  // namespace
}  // namespace rehearse::net
