// Prints what differs between two processes of one binary, for the tests that it doesn't.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/hermetic/reexec.h"
#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/hermetic/stack.h"

namespace rehearse::sim {
namespace {

int in_executable = 0;

void PrintPlaces(Perturbation perturbation) {
  CallOnFixedStack(perturbation, [&] {
    const int local = 0;
    RunMemory memory(perturbation);
    const auto* const heap = new int(1);
    OutsideRunMemory outside;
    std::printf("executable %p library %p stack %p heap %p\n",
                static_cast<const void*>(&in_executable), reinterpret_cast<void*>(&getenv),
                static_cast<const void*>(&local), static_cast<const void*>(heap));
  });
}

int Main(int argc, char** argv) {
  const absl::Status hermetic = MakeProcessHermetic(argv);
  std::printf("hermetic: %s\n", hermetic.ToString().c_str());
  std::printf("hooks: %s\n", CheckHooksInForce().ToString().c_str());
  for (const char* name : {"TZ", "LC_ALL", "LEAKED", "TEST_KEPT", "REHEARSE_REEXECUTED"}) {
    const char* const value = getenv(name);
    std::printf("%s=%s\n", name, value == nullptr ? "(unset)" : value);
  }
  PrintPlaces(argc > 1 && std::string(argv[1]) == "perturbed" ? 5 : 0);
  return 0;
}

}  // namespace
}  // namespace rehearse::sim

int main(int argc, char** argv) { return rehearse::sim::Main(argc, argv); }
