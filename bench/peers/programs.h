// What the benches beside other actor systems have Rehearse do; the peer_* files here do the same.
//
// Each sets its actors up and returns how many operations there were, and how long they took: from
// the first message to the last one handled.

#ifndef REHEARSE_BENCH_PEERS_PROGRAMS_H_
#define REHEARSE_BENCH_PEERS_PROGRAMS_H_

#include <cstdint>

#include "rehearse/actor/node.h"
#include "rehearse/bench/peers/bench_run.h"

namespace rehearse::bench {

// All are called by a plain thread; the node's workers run.

// A ball goes round `size` actors.
Figures Ring(Node& node, int64_t size, int64_t messages);

// So many senders, each as fast as it can, to one.
Figures Contend(Node& node, int64_t from, int64_t messages);

// Actors that are spawned by one, get one message and end.
Figures Fork(Node& node, int64_t actors);

// Asks of one actor by another, which waits; and by the calling thread.
Figures Ask(Node& node, int64_t asks);
Figures AskFromThread(Node& node, int64_t asks);

// Messages among kCrowd actors, of whom each pings one after the other by chance.
Figures Big(Node& node, int64_t messages);

// Actors that do nothing; measured is what they add to the process, in bytes.
Figures Idle(Node& node, int64_t actors);

// Nothing, for so long.
Figures IdleCpu(Node& node, int64_t millis);

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_PEERS_PROGRAMS_H_
