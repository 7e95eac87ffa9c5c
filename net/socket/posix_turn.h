// Whose turn it is: a fiber that never has to wait for the host lets others run.

#ifndef REHEARSE_NET_SOCKET_POSIX_TURN_H_
#define REHEARSE_NET_SOCKET_POSIX_TURN_H_

#include <cstdint>
#include <exception>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::net {

// A call to the host takes about as long as so many messages.
inline constexpr int32_t kCallCost = 32;

// The worker on whose fiber the caller runs.
inline Worker& WorkerOfFiber() {
  Worker* const worker = CurrentWorker();
  REHEARSE_CHECK(worker != nullptr, "a socket was used on a plain thread: start a task");
  return *worker;
}

// Charges one call to the running fiber's quantum, and yields when that is spent.
inline void GiveTurn(Worker& worker) {
  worker.budget -= kCallCost;
  if (worker.budget > 0 || std::uncaught_exceptions() != 0) return;
  worker.Yield();
  worker.budget = worker.options().quantum;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_TURN_H_
