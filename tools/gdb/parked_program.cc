// A program with parked fibers, for the test of rehearse.py. With an argument it guards its stacks
// by protection: gdb's own generate-core-file leaves out what follows an installed guard.

#include <utility>

#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

// A strand of a class that no debugger has heard of.
class Stranger final : public Strand {
 public:
  Stranger(Domain& domain, Countdown& begun)
      : Strand(RunnableKind::kActivation, domain), begun_(begun) {}

  void Run(Worker& worker) override {
    begun_.Arrive();
    Enter(worker);
    LooksAround(worker.scheduler());
    Leave(worker);
    Unref();
  }
  std::string Describe() const override { return "stranger"; }

 private:
  __attribute__((noinline)) void LooksAround(Scheduler& scheduler) {
    Wait(scheduler, "Stranger").Until(CurrentWorker()->now() + absl::Hours(1));
  }
  void OnUnkillable(absl::string_view) override {}

  Countdown& begun_;
};

__attribute__((noinline)) int WaitsForTheMail(Scheduler& scheduler, int letters) {
  Wait wait(scheduler, "Mail");
  return wait.Until(Instant::Infinite()) == WakeReason::kNotified ? letters : 0;
}

__attribute__((noinline)) int SortsLetters(Scheduler& scheduler, int letters) {
  try {
    throw letters;
  } catch (int caught) {
    return WaitsForTheMail(scheduler, caught + 1) + 1;
  }
}

// Where a debugger stops.
extern "C" __attribute__((noinline)) void AllAreParked() { asm volatile("" ::: "memory"); }

void Run(bool may_install_guards) {
  SchedulerOptions options = OptionsForThreads(2);
  options.worker.stacks.may_install_guards = may_install_guards;
  Scheduler scheduler(std::move(options));
  Domain& domain = scheduler.own_domain();
  Countdown begun(3);
  Countdown ended(2);
  const auto start = [&](const char* name, int (*body)(Scheduler&, int)) -> Task& {
    return Task::Start(domain, name, [&, body] {
      begun.Arrive();
      body(scheduler, 41);
      ended.Arrive();
    });
  };
  Task& postman = start("postman", &SortsLetters);
  Task& clerk = start("clerk", &WaitsForTheMail);
  auto& stranger = *new Stranger(domain, begun);
  stranger.Ref();
  Schedule(stranger);
  Task::Start(domain, "gone", [] {}).Unref();
  scheduler.Start();
  begun.Await();
  Drain(scheduler);
  AllAreParked();
  for (Strand* const strand : {static_cast<Strand*>(&postman), static_cast<Strand*>(&clerk),
                               static_cast<Strand*>(&stranger)}) {
    strand->RequestStop();
    strand->Unref();
  }
  ended.Await();
  Drain(scheduler);
}

}  // namespace
}  // namespace rehearse

int main(int argc, char**) { rehearse::Run(argc == 1); }
