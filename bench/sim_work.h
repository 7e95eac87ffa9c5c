// What the benchmarks of the simulator have a world do.

#ifndef REHEARSE_BENCH_SIM_WORK_H_
#define REHEARSE_BENCH_SIM_WORK_H_

#include <cstdint>

namespace rehearse::bench {

struct SimCount {
  int64_t messages = 0;  // told, asked or answered
  uint64_t events = 0;   // of the trace
  uint64_t packets = 0;  // that the simulated network carried
  uint64_t hash = 0;     // of the trace
  double virtual_seconds = 0;
};

// One node; pairs of actors tell a ball to and fro.
SimCount RunLocalMessages(int pairs, int64_t messages);

// Five nodes; on each, `clients` actors ask the next node's echo, one ask after the other, with 64
// bytes each way. Links take 1 to 10 ms and lose nothing.
SimCount RunEchoAsks(int clients, int64_t messages);

// The same without actors: each node echoes what comes over TCP connections, as the others'
// programs do.
SimCount RunSocketEchoes(int clients, int64_t messages);

// Five nodes in a ring; each starts `balls` messages of 64 bytes that are told on from node to
// node.
SimCount RunRingTells(int balls, int64_t messages);

// Worlds of one node, one after the other, each with a seed of its own: three receive loops in a
// ring pass a token on ten times, and end. Counts whole runs as messages.
SimCount RunTinyWorlds(int64_t worlds);

// Three servers and two clients of examples/replicated_register, for 60 virtual seconds under a
// swarm of faults. Counts acknowledged operations as messages.
SimCount RunRegisterWorld(uint64_t seed);

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_SIM_WORK_H_
