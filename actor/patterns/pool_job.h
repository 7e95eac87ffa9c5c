// One message on its way through a pool to a worker, with the answer that is owed for it.

#ifndef REHEARSE_ACTOR_PATTERNS_POOL_JOB_H_
#define REHEARSE_ACTOR_PATTERNS_POOL_JOB_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"

namespace rehearse {

// What a worker has to do: the jobs that wait for it and the one in hand. Shared by a pool and the
// jobs it gave away, which may end on any thread; a replaced worker's jobs count on the old one.
using PoolLoad = std::shared_ptr<std::atomic<uint32_t>>;

// A task for an A, whatever its message. Destroyed without having run, it answers kUnavailable,
// effect kNone: a retry finds another worker.
template <typename A>
class PoolTask {
 public:
  virtual ~PoolTask() = default;

  // On the worker's fiber, once. The error is of a told message, for which nobody waits.
  virtual absl::Status Run(A& worker) = 0;
  // Instead of Run: the asker gets `why`, a told message is a dead letter of `node`.
  virtual void Refuse(Node& node, const absl::Status& why) = 0;
};

template <typename A, typename M>
class PoolTaskOf final : public PoolTask<A> {
  using Return = ReturnOf<A, M>;

 public:
  PoolTaskOf(M message, Reply<Return> reply)
      : message_(std::move(message)), reply_(std::move(reply)) {}
  ~PoolTaskOf() override {
    if (done_) return;
    std::move(reply_).Refuse(
        absl::UnavailableError("pool: the worker ended before it got to the message"));
  }

  absl::Status Run(A& worker) override {
    done_ = true;  // from here on a dropped reply says that the handler may have run
    if constexpr (!requires { worker.Handle(std::move(message_)); }) {
      worker.Handle(std::move(message_), std::move(reply_));
    } else if constexpr (std::is_void_v<Return>) {
      worker.Handle(std::move(message_));
      std::move(reply_).Send();
    } else {
      Return result = worker.Handle(std::move(message_));
      if (!reply_.wanted()) return ErrorOf(result);
      std::move(reply_).Send(std::move(result));
    }
    return absl::OkStatus();
  }

  void Refuse(Node& node, const absl::Status& why) override {
    done_ = true;
    if (!reply_.wanted()) {
      node.dead_letters().Add({TypeName<M>(), ActorId{}, "no worker of the pool took it"});
    }
    std::move(reply_).Refuse(why);
  }

 private:
  template <typename Result>
  static absl::Status ErrorOf(const Result& result) {
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return result;
    } else if constexpr (requires { result.status(); }) {
      return result.status();
    } else {
      return absl::OkStatus();
    }
  }

  M message_;
  Reply<Return> reply_;
  bool done_ = false;
};

// A task as a message, counted in the load of the worker that it was given to. Movable only.
template <typename A>
class PoolJob {
 public:
  explicit PoolJob(std::unique_ptr<PoolTask<A>> task) : task_(std::move(task)) {}
  PoolJob(PoolJob&& other) noexcept
      : task_(std::move(other.task_)), load_(std::move(other.load_)) {}
  PoolJob& operator=(PoolJob&& other) noexcept {
    CountIn(nullptr);
    task_ = std::move(other.task_);
    load_ = std::move(other.load_);
    return *this;
  }
  ~PoolJob() { CountIn(nullptr); }

  // In place of where it counted before; null: nowhere.
  void CountIn(PoolLoad load) {
    if (load != nullptr) load->fetch_add(1, std::memory_order_relaxed);
    if (load_ != nullptr) load_->fetch_sub(1, std::memory_order_relaxed);
    load_ = std::move(load);
  }

  absl::Status Run(A& worker) { return task_->Run(worker); }
  void Refuse(Node& node, const absl::Status& why) { task_->Refuse(node, why); }

 private:
  std::unique_ptr<PoolTask<A>> task_;
  PoolLoad load_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_POOL_JOB_H_
