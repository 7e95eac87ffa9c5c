#include "rehearse/sim/hermetic/cycle_counter.h"

#include <sys/prctl.h>
#include <ucontext.h>

#include <cstdint>
#include <cstring>

#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {

#if defined(__x86_64__)

namespace {

void Trap(bool on) { prctl(PR_SET_TSC, on ? PR_TSC_SIGSEGV : PR_TSC_ENABLE, 0, 0, 0); }

// For our own code in the middle of a run.
uint64_t ReadForReal() {
  Trap(false);
  const uint64_t cycles = __builtin_ia32_rdtsc();
  Trap(true);
  return cycles;
}

// The length of the instruction at `code`; 0: it is none that reads the counter.
int LengthOf(const unsigned char* code) {
  if (std::memcmp(code, "\x0f\x31", 2) == 0) return 2;
  return std::memcmp(code, "\x0f\x01\xf9", 3) == 0 ? 3 : 0;
}

}  // namespace

TrappedCycleCounter::TrappedCycleCounter() {
  if (RunMemoryInForce()) Trap(true);
}

TrappedCycleCounter::~TrappedCycleCounter() {
  if (RunMemoryInForce()) Trap(false);
}

bool AnswerCycleCounter(const siginfo_t& info, void* context) {
  // So a privileged instruction says it, and no access to memory: what the counter of instructions
  // points at can be read.
  if (info.si_code != SI_KERNEL) return false;
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const int length = LengthOf(reinterpret_cast<const unsigned char*>(registers[REG_RIP]));
  if (length == 0) return false;
  HermeticSeams* const seams = CurrentHermetic();
  const uint64_t cycles = seams != nullptr ? seams->Cycles() : ReadForReal();
  registers[REG_RAX] = static_cast<greg_t>(cycles & 0xffffffff);
  registers[REG_RDX] = static_cast<greg_t>(cycles >> 32);
  if (length == 3) registers[REG_RCX] = 0;  // which processor it was
  registers[REG_RIP] += length;
  return true;
}

#else

TrappedCycleCounter::TrappedCycleCounter() = default;
TrappedCycleCounter::~TrappedCycleCounter() = default;
bool AnswerCycleCounter(const siginfo_t&, void*) { return false; }

#endif

}  // namespace rehearse::sim
