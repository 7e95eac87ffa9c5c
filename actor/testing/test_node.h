// A node for tests of actors: one worker on the test's thread, time that jumps when all wait.

#ifndef REHEARSE_ACTOR_TESTING_TEST_NODE_H_
#define REHEARSE_ACTOR_TESTING_TEST_NODE_H_

#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/testing.h"

namespace rehearse {

class TestClock final : public Clock {
 public:
  explicit TestClock(TestScheduler& world) : world_(world) {}
  Instant Now() const override { return world_.now(); }
  absl::StatusOr<absl::Time> WallTime() const override {
    return absl::UnixEpoch() + absl::Nanoseconds(Now().nanos());
  }
  Instant ToTimebase(Instant reading) const override { return reading; }

 private:
  TestScheduler& world_;
};

class TestLog final : public Log {
 public:
  void Write(Severity, absl::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

class TestNode {
 public:
  explicit TestNode(NodeOptions options = {}, WorkerOptions worker = {})
      : world_(worker), node_(std::move(options), world_.scheduler(), clock_, log_) {}

  // Runs until nothing is ready and no timer is set.
  void Run() { world_.Run(); }

  // Runs `program` on a fiber, and all that follows from it.
  void Run(absl::AnyInvocable<void()> program) {
    Task::Start(node_, "program", std::move(program)).Unref();
    Run();
  }

  // Ends what still lives, so that the node can be destroyed.
  ~TestNode() {
    Run([this] { stop_status = node_.StopActors(); });
  }

  Node& operator*() { return node_; }
  Node* operator->() { return &node_; }
  TestScheduler& world() { return world_; }
  std::vector<std::string>& log() { return log_.lines; }

  absl::Status stop_status;

 private:
  TestScheduler world_;
  TestClock clock_{world_};
  TestLog log_;
  Node node_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_TESTING_TEST_NODE_H_
