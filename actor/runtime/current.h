// Which worker the calling thread is: the one ambient state there is.
//
// It exists so that a wait, a send and a fault point know their fiber and node without being told.

#ifndef REHEARSE_ACTOR_RUNTIME_CURRENT_H_
#define REHEARSE_ACTOR_RUNTIME_CURRENT_H_

namespace rehearse {

class Bias;
class Worker;

// The worker whose loop runs on this thread; null on a plain thread. Fibers resume on the worker
// where they parked, so the answer holds for the whole of a handler.
inline Worker* CurrentWorker();

// The bias inside of which the worker of this thread is; null on a plain thread. See bias.h.
inline const Bias* CurrentBias();

// The worker's own business: says whose loop begins (or, null, ends) on this thread.
void SetCurrentWorker(Worker* worker);
void SetCurrentBias(const Bias* bias);

namespace internal {
// Initialised by the compiler, so that to read it is one load, with no look whether it is set up.
extern constinit thread_local Worker* current_worker;
extern constinit thread_local const Bias* current_bias;
}  // namespace internal

inline Worker* CurrentWorker() { return internal::current_worker; }
inline const Bias* CurrentBias() { return internal::current_bias; }

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_CURRENT_H_
