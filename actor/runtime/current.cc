#include "rehearse/actor/runtime/current.h"

#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {
namespace {

thread_local Worker* current_worker = nullptr;

}  // namespace

Worker* CurrentWorker() { return current_worker; }

void SetCurrentWorker(Worker* worker) { current_worker = worker; }

void Schedule(Runnable& runnable) {
  Scheduler& scheduler = runnable.domain().scheduler();
  Worker* const worker = current_worker;
  if (worker != nullptr && &worker->scheduler() == &scheduler) {
    worker->MakeReady(runnable);
  } else {
    scheduler.Post(runnable);
  }
}

}  // namespace rehearse
