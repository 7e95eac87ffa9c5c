// A function on a fiber of its own, without a mailbox: a node's program, a connection's reader.

#ifndef REHEARSE_ACTOR_RUNTIME_TASK_H_
#define REHEARSE_ACTOR_RUNTIME_TASK_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class Task final : public Strand {
 public:
  // How the function ended. `thrown` is set for kThrew.
  using Done = absl::AnyInvocable<void(GuardResult result, const std::exception_ptr& thrown)>;

  // Starts `body` on `domain`. `done`, if not null, is called on the same fiber at the end; it must
  // not wait. The result counts one reference; keep it to stop the task, or Unref it at once.
  static Task& Start(Domain& domain, std::string name, absl::AnyInvocable<void()> body,
                     Done done = nullptr);

  void Run(Worker& worker) override;
  std::string Describe() const override { return name_; }

 private:
  Task(Domain& domain, std::string name, absl::AnyInvocable<void()> body, Done done)
      : Strand(RunnableKind::kTask, domain),
        name_(std::move(name)),
        body_(std::move(body)),
        done_(std::move(done)) {}

  void OnUnkillable(absl::string_view barrier) override;

  const std::string name_;
  absl::AnyInvocable<void()> body_;
  Done done_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_TASK_H_
