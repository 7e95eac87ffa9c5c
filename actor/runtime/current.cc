#include "rehearse/actor/runtime/current.h"

namespace rehearse {

constinit thread_local Worker* internal::current_worker = nullptr;
constinit thread_local const Bias* internal::current_bias = nullptr;

void SetCurrentWorker(Worker* worker) { internal::current_worker = worker; }
void SetCurrentBias(const Bias* bias) { internal::current_bias = bias; }

}  // namespace rehearse
