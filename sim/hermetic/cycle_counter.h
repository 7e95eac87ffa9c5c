// The processor's cycle counter, which no symbol of the C library stands for.
//
// While a run executes, the instructions that read it (rdtsc, rdtscp) trap, as far as the host can
// have them trap, and are told the run's time in nanoseconds, as other clocks are. It is no idle
// care: absl::Now reckons with it between two looks at the host's clock.

#ifndef REHEARSE_SIM_HERMETIC_CYCLE_COUNTER_H_
#define REHEARSE_SIM_HERMETIC_CYCLE_COUNTER_H_

#include <signal.h>

namespace rehearse::sim {

// They trap on this thread while it lives. Only where a handler of SIGSEGV calls
// AnswerCycleCounter. On a host that can't, and in builds with sanitizers, it does nothing.
class TrappedCycleCounter {
 public:
  TrappedCycleCounter();
  ~TrappedCycleCounter();
  TrappedCycleCounter(const TrappedCycleCounter&) = delete;
  TrappedCycleCounter& operator=(const TrappedCycleCounter&) = delete;
};

// For a handler of SIGSEGV, first thing: whether such an instruction raised it. Then it is done,
// and the handler returns.
bool AnswerCycleCounter(const siginfo_t& info, void* context);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_CYCLE_COUNTER_H_
