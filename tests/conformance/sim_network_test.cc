// The simulated network keeps the promises of Network, on good links and on bad ones.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/sim_network.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/schedule/seeded_policy.h"
#include "rehearse/sim/world/sim_clock.h"
#include "rehearse/sim/world/virtual_time.h"
#include "rehearse/tests/conformance/network_conformance.h"

namespace rehearse::sim {
namespace {

// Two nodes under a seeded schedule.
class SimNodes final : public TwoNodes {
 public:
  explicit SimNodes(uint64_t seed)
      : decisions_(seed),
        scheduler_({.workers = 1,
                    .worker = {.quantum = 1, .poll_every = 0},
                    .make_policy =
                        [this](int) {
                          return std::make_unique<SeededPolicy>(decisions_.Open("schedule"), time_);
                        },
                    .make_poller =
                        [this](int) {
                          auto poller = std::make_unique<SimPoller>(time_);
                          poller_ = poller.get();
                          return poller;
                        }}) {
    poller_->set_stop([this] { scheduler_.RequestStop(); });
  }

  Node& node(int index) override { return index == 0 ? first_ : second_; }

  void Run(std::function<void()> first, std::function<void()> second) override {
    int left = 2;
    const auto start = [&left](Node& node, std::function<void()> body) {
      Task::Start(node, "body", std::move(body), [&left](GuardResult, const std::exception_ptr&) {
        --left;
      }).Unref();
    };
    start(first_, std::move(first));
    start(second_, std::move(second));
    poller_->set_limit(time_.now() + absl::Hours(1));
    poller_->set_done([&left] { return left == 0; });
    scheduler_.RunInline();
    ASSERT_EQ(left, 0) << "fibers wait for what will never come";
  }

  VirtualTime& time() { return time_; }
  Scheduler& scheduler() { return scheduler_; }
  const Decisions& decisions() const { return decisions_; }

 private:
  const Decisions decisions_;
  VirtualTime time_;
  SimPoller* poller_ = nullptr;
  Scheduler scheduler_;
  SimClock clock_{time_};
  TestLog log_;
  Node first_{OptionsOfNode(0), scheduler_, clock_, log_};
  Node second_{OptionsOfNode(1), scheduler_, clock_, log_};
};

class SimNetworkWorld final : public net::NetworkWorld {
 public:
  explicit SimNetworkWorld(const LinkOptions& links) : nodes_(42) {
    for (const NodeId host : {NodeId{1}, NodeId{2}, kSilent}) {
      fabric_.AddHost(host, host == kSilent ? "silent" : host.value == 1 ? "first" : "second");
      fabric_.SetHostState(host,
                           host == kSilent ? Fabric::HostState::kSilent : Fabric::HostState::kUp);
    }
    fabric_.SetLinks(links);
  }

  TwoNodes& nodes() override { return nodes_; }
  net::Network& network(int node) override { return node == 0 ? first_ : second_; }
  std::string free_address(int node) override {
    return absl::StrCat("/sim/", node == 0 ? "first" : "second", "/", ++ports_);
  }
  std::string refusing_address() override { return "/sim/second/closed"; }
  std::string silent_address() override { return "/sim/silent"; }
  size_t unread_bytes_max() override { return fabric_.stream_options().window_bytes; }

 private:
  static constexpr NodeId kSilent{3};

  SimNodes nodes_;
  Fabric fabric_{nodes_.time(), nodes_.decisions(), nullptr};
  SimSwitch hub_{fabric_, nodes_.scheduler()};
  SimNetwork first_{hub_, NodeId{1}};
  SimNetwork second_{hub_, NodeId{2}};
  int ports_ = 0;
};

}  // namespace
}  // namespace rehearse::sim

namespace rehearse::net {

INSTANTIATE_TEST_SUITE_P(
    Sim, NetworkConformance,
    testing::Values(NetworkArm{"OnGoodLinks",
                               [] {
                                 return std::make_unique<sim::SimNetworkWorld>(sim::LinkOptions());
                               }},
                    NetworkArm{"OnBadLinks",
                               [] {
                                 return std::make_unique<sim::SimNetworkWorld>(sim::LinkOptions{
                                     .latency = {.shape = sim::Latency::Shape::kExponential,
                                                 .max = absl::Milliseconds(50)},
                                     .loss = {1, 20},
                                     .duplicate = {1, 20},
                                     .reorder = {1, 10}});
                               }}),
    NetworkArmName());

}  // namespace rehearse::net
