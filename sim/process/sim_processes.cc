#include "rehearse/sim/process/sim_processes.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/process/sim_pipe.h"

namespace rehearse::sim {
namespace {

constexpr int kAbort = 6;
constexpr int kKill = 9;
constexpr int kSignalMax = 64;

}  // namespace

// The process itself, shared by its handle and its fiber.
struct SimProcesses::Life final : public SimChild {
  Life(Node& node, ProcessOptions started_with, int64_t id)
      : node(node),
        started_with(std::move(started_with)),
        id(id),
        in(node.scheduler(), absl::StrCat("the input of ", Name())),
        out(node.scheduler(), absl::StrCat("the output of ", Name())),
        err(node.scheduler(), absl::StrCat("the errors of ", Name())) {
    if (this->started_with.in != Wiring::kPiped) in.CloseWriter();
  }

  const ProcessOptions& options() const override { return started_with; }

  absl::StatusOr<size_t> ReadIn(size_t bytes_max, std::string& to) override {
    return in.Read(bytes_max, to, Instant::Infinite());
  }

  absl::Status Write(ProcessOutput to, absl::string_view bytes) override {
    const bool is_out = to == ProcessOutput::kOut;
    switch (is_out ? started_with.out : started_with.err) {
      case Wiring::kNothing: return absl::OkStatus();
      case Wiring::kPiped: return (is_out ? out : err).Write(bytes, Instant::Infinite());
      case Wiring::kInherited:
        if (!exit.has_value()) node.log().Write(Severity::kInfo, bytes);
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Once; from now on the world sees nothing of it.
  void End(ProcessExit how) {
    if (exit.has_value()) return;
    exit = how;
    in.CloseReader();
    out.CloseWriter();
    err.CloseWriter();
    Waitable::Wake(std::exchange(waiter, {}), WakeReason::kNotified);
  }

  std::string Name() const { return absl::StrCat(started_with.program, " (", id, ")"); }

  Node& node;
  const ProcessOptions started_with;
  const int64_t id;
  SimPipe in;
  SimPipe out;
  SimPipe err;
  std::optional<ProcessExit> exit;
  bool told = false;  // by Wait
  WaitToken waiter;
};

class SimProcesses::Handle final : public Process {
 public:
  Handle(std::shared_ptr<Life> life, Task& task) : life_(std::move(life)), task_(task) {}
  ~Handle() override {
    Kill(kKill);
    life_->out.CloseReader();
    life_->err.CloseReader();
    task_.Unref();
  }

  absl::Status WriteIn(absl::string_view bytes, Instant deadline) override {
    REHEARSE_RETURN_IF_ERROR(CheckPiped(life_->started_with.in, "the input of "));
    return life_->in.Write(bytes, deadline);
  }
  void CloseIn() override { life_->in.CloseWriter(); }

  absl::StatusOr<size_t> Read(ProcessOutput from, size_t bytes_max, std::string& to,
                              Instant deadline) override {
    if (from == ProcessOutput::kOut) {
      REHEARSE_RETURN_IF_ERROR(CheckPiped(life_->started_with.out, "the output of "));
      return life_->out.Read(bytes_max, to, deadline);
    }
    REHEARSE_RETURN_IF_ERROR(CheckPiped(life_->started_with.err, "the errors of "));
    return life_->err.Read(bytes_max, to, deadline);
  }

  absl::StatusOr<ProcessExit> Wait(Instant deadline) override {
    while (!life_->exit.has_value()) {
      rehearse::Wait wait(life_->node.scheduler(), "Wait");
      life_->waiter = wait.token();
      const WakeReason reason = wait.Until(deadline);
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("wait for ", life_->Name()));
      }
    }
    life_->told = true;
    return *life_->exit;
  }

  absl::Status Signal(int number) override {
    const std::string what = absl::StrCat("signal ", number, " to ", life_->Name());
    if (number < 1 || number > kSignalMax) {
      return absl::InvalidArgumentError(absl::StrCat(what, ": no such signal"));
    }
    if (life_->told) return absl::NotFoundError(absl::StrCat(what, ": it has ended"));
    Kill(number);
    return absl::OkStatus();
  }

  int64_t id() const override { return life_->id; }

 private:
  void Kill(int signal) {
    if (life_->exit.has_value()) return;
    life_->End({.code = 0, .signal = signal});
    task_.RequestKill();
  }

  absl::Status CheckPiped(Wiring wiring, absl::string_view what) const {
    if (wiring == Wiring::kPiped) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(what, life_->Name(), " is not piped"));
  }

  const std::shared_ptr<Life> life_;
  Task& task_;
};

absl::StatusOr<std::unique_ptr<Process>> SimProcesses::Start(const ProcessOptions& options) {
  REHEARSE_RETURN_IF_ERROR(Sleep(absl::ZeroDuration()));  // the host takes a moment too
  const auto found = executables_.find(options.program);
  if (found == executables_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "start ", options.program, ": no such program; World::AddExecutable puts it there"));
  }
  const auto life = std::make_shared<Life>(node_, options, next_id_++);
  Task& task = Task::Start(
      node_, options.program,
      [life, &run = found->second] { life->End({.code = run(*life) & 0xff, .signal = 0}); },
      [life](GuardResult, const std::exception_ptr& thrown) {
        life->End({.code = 0, .signal = thrown != nullptr ? kAbort : kKill});
      });
  return std::make_unique<Handle>(life, task);
}

}  // namespace rehearse::sim
