// Which of the host's CPUs the calling thread may run on. A thread has them of the one that starts
// it.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_

#include <cstdint>
#include <vector>

namespace rehearse {

// Linux numbers CPUs from 0 up to one less.
inline constexpr int kCpusMax = 1024;

// In ascending order.
std::vector<int> AllowedCpus();

// How often threads of one node should look for each other's doings before they sleep
// (WorkerOptions::spins): some ten microseconds' worth, or never if they share one CPU.
int32_t SpinsWorthwhile();

// Whether the host has other CPUs, on which what a thread waits for may go on while it looks on.
bool HasOtherCpus();

// From now on it runs on `cpus` alone; each is below kCpusMax. False, with errno: none of them is
// there for this process, and all is as before.
bool KeepTo(const std::vector<int>& cpus);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_
