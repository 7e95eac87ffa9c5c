// Two nodes on one worker, in time that jumps when all wait.

#ifndef REHEARSE_TESTS_CONFORMANCE_VIRTUAL_NODES_H_
#define REHEARSE_TESTS_CONFORMANCE_VIRTUAL_NODES_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "rehearse/actor/runtime/testing.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse {

class VirtualNodes final : public TwoNodes {
 public:
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
    world_.Run();
    ASSERT_EQ(left, 0) << "fibers wait for what will never come";
  }

  Scheduler& scheduler() { return world_.scheduler(); }
  std::vector<std::string>& log() { return log_.lines; }

 private:
  TestScheduler world_;
  TestClock clock_{world_};
  TestLog log_;
  Node first_{OptionsOfNode(0), world_.scheduler(), clock_, log_};
  Node second_{OptionsOfNode(1), world_.scheduler(), clock_, log_};
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_VIRTUAL_NODES_H_
