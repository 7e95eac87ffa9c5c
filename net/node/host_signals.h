// The host's signals, as main's thread waits for them.

#ifndef REHEARSE_NET_NODE_HOST_SIGNALS_H_
#define REHEARSE_NET_NODE_HOST_SIGNALS_H_

#include <pthread.h>

#include <optional>

#include "rehearse/actor/signals.h"

namespace rehearse::net {

// Keeps the signals for AwaitSignal; threads that are started from now on inherit that. On main's
// thread, before there are others.
void BlockSignals();

// The next signal; nothing when WakeFromSignals was called. On main's thread.
std::optional<Signal> AwaitSignal();

// Ends `main_thread`'s present or next AwaitSignal. Any thread.
void WakeFromSignals(pthread_t main_thread);

// Has `signal` do what it does to a process that knows nothing of it: nothing, if whoever started
// it had it ignored (nohup), else the process ends. On main's thread.
void TakeUsualCourse(Signal signal);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_HOST_SIGNALS_H_
