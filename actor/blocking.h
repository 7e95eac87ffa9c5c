// Calls that block their thread, without blocking a worker.
//
//   absl::StatusOr<std::string> text = RunBlocking([path] { return ReadFile(path); });
//
// For what parks no fiber: files, name resolution, child processes, libraries that wait by
// themselves. The call runs on a thread beside the workers, a few of which the node has, while the
// calling fiber is parked. It has no actor's context there: it asks as a plain thread does.
//
// In the simulator the call runs on the fiber, at once and in no time, and the fiber waits once:
// what it touches had better be simulated, or the same in each run.

#ifndef REHEARSE_ACTOR_BLOCKING_H_
#define REHEARSE_ACTOR_BLOCKING_H_

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/handler.h"

namespace rehearse {

namespace internal {

class SideJob {
 public:
  virtual ~SideJob() = default;
  void Run();
  void RethrowIfThrown() const;

 private:
  virtual void Call() = 0;

  std::exception_ptr thrown_;
};

template <typename Work>
class SideJobOf final : public SideJob {
 public:
  using Result = std::invoke_result_t<Work&>;

  explicit SideJobOf(Work work) : work_(std::move(work)) {}
  AskResult<Result> Take() {
    if constexpr (std::is_void_v<Result>) {
      return absl::OkStatus();
    } else {
      return *std::move(result_);
    }
  }

 private:
  void Call() override {
    if constexpr (std::is_void_v<Result>) {
      work_();
    } else {
      result_.emplace(work_());
    }
  }

  Work work_;
  std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>> result_{};
};

// OK: it has run.
absl::Status RunAside(const std::shared_ptr<SideJob>& job, absl::Duration timeout);

}  // namespace internal

// Calls `work` and waits for its end. Returns what it returns, as an Ask would: Status for void and
// Status, StatusOr<T> for T and StatusOr<T>. What it throws is thrown here.
//   kDeadlineExceeded  `timeout` is over. The call goes on by itself, and its result is dropped: so
//                      let it own what it uses.
//   kCancelled         the caller is being stopped: return. The same holds.
// On a plain thread it is an ordinary call.
template <typename Work>
auto RunBlocking(Work&& work, absl::Duration timeout = absl::InfiniteDuration()) {
  using Job = internal::SideJobOf<std::decay_t<Work>>;
  const auto job = std::make_shared<Job>(std::forward<Work>(work));
  if (absl::Status status = internal::RunAside(job, timeout); !status.ok()) {
    return AskResult<typename Job::Result>(std::move(status));
  }
  return job->Take();
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_BLOCKING_H_
