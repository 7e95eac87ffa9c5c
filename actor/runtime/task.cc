#include "rehearse/actor/runtime/task.h"

#include "absl/strings/str_cat.h"

namespace rehearse {

Task& Task::Start(Domain& domain, std::string name, absl::AnyInvocable<void()> body, Done done) {
  Task& task = *new Task(domain, std::move(name), std::move(body), std::move(done));
  domain.tasks_.fetch_add(1, std::memory_order_relaxed);
  task.Ref();  // for as long as it runs
  Schedule(task);
  return task;
}

void Task::Run(Worker& worker) {
  Enter(worker);
  std::exception_ptr thrown;
  const GuardResult result = RunGuarded(
      worker.current(), [this] { body_(); }, thrown);
  // What the function holds may have a last word, and wait with it.
  std::exception_ptr thrown_late;
  RunGuarded(
      worker.current(), [this] { body_ = nullptr; }, thrown_late);
  Leave(worker);
  if (thrown != nullptr) domain().OnException(thrown);
  if (done_ != nullptr) done_(result, thrown);
  done_ = nullptr;
  domain().tasks_.fetch_sub(1, std::memory_order_release);
  Unref();
}

// Its stack keeps the reference that would have been given up.
void Task::OnUnkillable(absl::string_view barrier) {
  domain().Complain(absl::StrCat(name_, " can't be killed: ", barrier,
                                 "; its stack stays parked for as long as the process lives"));
  if (done_ != nullptr) done_(GuardResult::kUnwound, nullptr);
  done_ = nullptr;
  domain().tasks_.fetch_sub(1, std::memory_order_release);
}

}  // namespace rehearse
