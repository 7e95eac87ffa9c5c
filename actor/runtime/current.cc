#include "rehearse/actor/runtime/current.h"

namespace rehearse {

constinit thread_local Worker* internal::current_worker = nullptr;

void SetCurrentWorker(Worker* worker) { internal::current_worker = worker; }

}  // namespace rehearse
