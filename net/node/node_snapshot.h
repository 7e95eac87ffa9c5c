// A node's actors at this moment, as lines of JSON.
//
// The first line is the node's:
//   {"node":"server","incarnation":1,"seconds":12.345678,"workers":2,"silent":[1],"complete":true}
// `silent` are workers that did not answer in time: a handler keeps them. Then each actor's:
//   {"id":3,"parent":1,"class":"Counter","state":"waiting","in":"Ask","handling":"Inc","for":7,
//    "mailbox":2,"capacity":64,"handled":120,"life":1}
// `state` is starting, idle, ready (it has messages), running, waiting or ending. `in`, `handling`
// and `for`, the actor without which it can't go on, are there if there is something to say;
// `capacity` 0 is no bound. Last come tasks:
// {"task":"program","state":"waiting","in":"Ask","for":3}

#ifndef REHEARSE_NET_NODE_NODE_SNAPSHOT_H_
#define REHEARSE_NET_NODE_NODE_SNAPSHOT_H_

#include <cstddef>
#include <string>

#include "rehearse/actor/node.h"
#include "rehearse/actor/observe/handled_counts.h"

namespace rehearse::net {

inline constexpr size_t kSnapshotActorsMax = 20000;

// On a plain thread. Waits for the workers, but not for long.
std::string TakeSnapshot(Node& node, const HandledCounts& counts);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_SNAPSHOT_H_
