// Two simulated nodes and a silent one, under a seeded schedule and over simulated links.

#ifndef REHEARSE_TESTS_CONFORMANCE_SIM_NODES_H_
#define REHEARSE_TESTS_CONFORMANCE_SIM_NODES_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/sim_switch.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/schedule/seeded_policy.h"
#include "rehearse/sim/world/sim_clock.h"
#include "rehearse/sim/world/virtual_time.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::sim {

inline constexpr NodeId kSilentHost{3};

// A network that loses, doubles and delays.
inline LinkOptions BadLinks() {
  return {.latency = {.shape = Latency::Shape::kExponential, .max = absl::Milliseconds(50)},
          .loss = {1, 20},
          .duplicate = {1, 20},
          .reorder = {1, 10}};
}

// Two nodes under a seeded schedule.
class SimNodes final : public TwoNodes {
 public:
  explicit SimNodes(const LinkOptions& links)
      : decisions_(42),
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
    AddHost(NodeId{1}, "first", Fabric::HostState::kUp);
    AddHost(NodeId{2}, "second", Fabric::HostState::kUp);
    AddHost(kSilentHost, "silent", Fabric::HostState::kSilent);
    fabric_.SetLinks(links);
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

  Fabric& fabric() { return fabric_; }
  SimSwitch& hub() { return hub_; }
  const std::vector<std::string>& log() const { return log_.lines; }

 private:
  void AddHost(NodeId id, const char* name, Fabric::HostState state) {
    fabric_.AddHost(id, name);
    fabric_.SetHostState(id, state);
  }

  const Decisions decisions_;
  VirtualTime time_;
  SimPoller* poller_ = nullptr;
  Scheduler scheduler_;
  Fabric fabric_{time_, decisions_, nullptr};
  SimSwitch hub_{fabric_, scheduler_};
  SimClock clock_{time_};
  TestLog log_;
  Node first_{OptionsOfNode(0), scheduler_, clock_, log_};
  Node second_{OptionsOfNode(1), scheduler_, clock_, log_};
};

}  // namespace rehearse::sim

#endif  // REHEARSE_TESTS_CONFORMANCE_SIM_NODES_H_
