// What a suite about two nodes needs of the world that it runs in, whichever that is.

#ifndef REHEARSE_TESTS_CONFORMANCE_TWO_NODES_H_
#define REHEARSE_TESTS_CONFORMANCE_TWO_NODES_H_

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {

class TwoNodes {
 public:
  virtual ~TwoNodes() = default;

  // 0 or 1.
  virtual Node& node(int index) = 0;

  // Runs `first` on a fiber of node 0 and `second` on one of node 1, until both have returned.
  virtual void Run(std::function<void()> first, std::function<void()> second) = 0;
};

inline NodeOptions OptionsOfNode(int index) {
  NodeOptions options;
  options.id = NodeId{static_cast<uint32_t>(index + 1)};
  options.name = index == 0 ? "first" : "second";
  return options;
}

// What one fiber leaves for another. Any fiber; the world's only scheduler.
template <typename T>
class Slot {
 public:
  void Put(T value) {
    std::vector<WaitToken> waiters;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      value_ = std::move(value);
      waiters = std::exchange(waiters_, {});
    }
    for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
  }

  // Parks until there is one. It stays.
  T Get() {
    while (true) {
      Wait wait(CurrentWorker()->scheduler(), "Slot");
      {
        const std::lock_guard<SpinLock> lock(lock_);
        if (value_.has_value()) return *value_;
        waiters_.push_back(wait.token());
      }
      wait.Until(Instant::Infinite());
    }
  }

 private:
  SpinLock lock_;
  std::optional<T> value_;
  std::vector<WaitToken> waiters_;
};

// Something that happens once.
class Event {
 public:
  void Set() { slot_.Put(true); }
  void Await() { slot_.Get(); }

 private:
  Slot<bool> slot_;
};

// Another fiber of the running fiber's node. Join it before it goes.
class Beside {
 public:
  explicit Beside(std::function<void()> body)
      : task_(Task::Start(CurrentNode(), "beside", std::move(body),
                          [this](GuardResult, const std::exception_ptr&) { ended_.Set(); })) {}
  ~Beside() { task_.Unref(); }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  void Stop() { task_.RequestStop(); }
  void Join() { ended_.Await(); }

 private:
  Event ended_;
  Task& task_;
};

// `length` from now, on the running fiber's node.
inline Instant In(absl::Duration length) { return CurrentNode().DeadlineIn(length); }

// Lets the world go on for `length`.
inline void Pass(absl::Duration length) {
  Wait(CurrentNode().scheduler(), "Pass").Until(In(length));
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_TWO_NODES_H_
