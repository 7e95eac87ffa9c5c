// Another thread's turn, in a header that costs its readers' compilers nothing: <thread> is large.

#ifndef REHEARSE_ACTOR_RUNTIME_YIELD_H_
#define REHEARSE_ACTOR_RUNTIME_YIELD_H_

namespace rehearse {

// The calling thread lets others run that are ready on its core, if there are any.
void YieldThread();

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_YIELD_H_
