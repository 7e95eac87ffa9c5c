// Which of the host's CPUs the calling thread may run on. A thread has them of the one that starts
// it.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_

#include <vector>

namespace rehearse {

// Linux numbers CPUs from 0 up to one less.
inline constexpr int kCpusMax = 1024;

// In ascending order.
std::vector<int> AllowedCpus();

// From now on it runs on `cpus` alone; each is below kCpusMax. False, with errno: none of them is
// there for this process, and all is as before.
bool KeepTo(const std::vector<int>& cpus);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_CPUS_H_
