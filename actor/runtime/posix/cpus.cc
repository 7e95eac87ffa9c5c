#include "rehearse/actor/runtime/posix/cpus.h"

#include <sched.h>
#include <unistd.h>

namespace rehearse {

static_assert(kCpusMax == CPU_SETSIZE);

std::vector<int> AllowedCpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return cpus;
  for (int cpu = 0; cpu < kCpusMax; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

int32_t SpinsWorthwhile() { return AllowedCpus().size() > 1 ? 1000 : 0; }

bool HasOtherCpus() { return sysconf(_SC_NPROCESSORS_ONLN) > 1; }

bool KeepTo(const std::vector<int>& cpus) {
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const int cpu : cpus) CPU_SET(cpu, &wanted);
  return sched_setaffinity(0, sizeof(wanted), &wanted) == 0;
}

}  // namespace rehearse
