// Which worker the calling thread is: the one ambient state there is.
//
// It exists so that a wait, a send and a fault point know their fiber and node without being told.

#ifndef REHEARSE_ACTOR_RUNTIME_CURRENT_H_
#define REHEARSE_ACTOR_RUNTIME_CURRENT_H_

namespace rehearse {

class Runnable;
class Worker;

// The worker whose loop runs on this thread; null on a plain thread. Fibers resume on the worker
// where they parked, so the answer holds for the whole of a handler.
Worker* CurrentWorker();

// Makes `runnable` ready: on this thread's worker if that belongs to its scheduler, else through
// the scheduler. Any thread. It must be in no queue, and live until it ran.
void Schedule(Runnable& runnable);

// The worker's own business: says whose loop begins (or, null, ends) on this thread.
void SetCurrentWorker(Worker* worker);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_CURRENT_H_
