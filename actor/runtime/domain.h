// What runs, pauses and dies together: one node.

#ifndef REHEARSE_ACTOR_RUNTIME_DOMAIN_H_
#define REHEARSE_ACTOR_RUNTIME_DOMAIN_H_

#include <atomic>
#include <cstdint>
#include <exception>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/fault_point.h"
#include "rehearse/actor/env/ids.h"

namespace rehearse {

class Runnable;
class Scheduler;

// Every runnable belongs to one domain. In production a domain runs for as long as its scheduler;
// the simulator pauses and fences domains to freeze and crash nodes.
class Domain {
 public:
  // `scheduler` runs it and outlives it.
  Domain(NodeId id, Scheduler& scheduler) : id_(id), scheduler_(scheduler) {}
  virtual ~Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  NodeId id() const { return id_; }
  Scheduler& scheduler() const { return scheduler_; }

  // Whether `runnable` may run now. A paused domain keeps it for later; a fenced one forgets it.
  // The worker asks each time it takes something from its queue.
  bool Admits(Runnable& runnable) {
    if (state_ == State::kRunning) [[likely]] {
      return true;
    }
    Hold(runnable);
    return false;
  }

  // Pause and Resume, on the worker's thread, of a domain with one worker: from now on nothing of
  // it runs, though time goes on; Resume hands back what became ready meanwhile, in that order.
  void Pause();
  void Resume();

  // For ever: nothing of it runs again, nothing it left behind is destroyed. As `kill -9` does.
  void Fence() { state_ = State::kFenced; }

  bool running() const { return state_ == State::kRunning; }
  bool fenced() const { return state_ == State::kFenced; }

  // How many tasks have begun and not ended. Any thread.
  uint64_t tasks() const { return tasks_.load(std::memory_order_acquire); }

  // Null in production. Not owned.
  FaultPoint* fault_point() const { return fault_point_; }
  void set_fault_point(FaultPoint* fault_point) { fault_point_ = fault_point; }

  // A handler or task of this domain threw `thrown`. Returns true if that ended more than the actor
  // (a failed assertion of a test), and the usual course is not wanted. Any worker may call.
  virtual bool OnException(const std::exception_ptr& thrown);

  // Something of this domain has gone wrong that only its log can be told of. Any worker may call.
  virtual void Complain(absl::string_view line);

 private:
  friend class Task;
  enum class State : uint8_t { kRunning, kPaused, kFenced };

  void Hold(Runnable& runnable);

  const NodeId id_;
  Scheduler& scheduler_;
  State state_ = State::kRunning;
  FaultPoint* fault_point_ = nullptr;
  Runnable* held_first_ = nullptr;
  Runnable* held_last_ = nullptr;
  std::atomic<uint64_t> tasks_{0};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_DOMAIN_H_
