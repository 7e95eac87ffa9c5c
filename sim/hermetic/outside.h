// Our own code in the middle of a run's: it asks the operating system.

#ifndef REHEARSE_SIM_HERMETIC_OUTSIDE_H_
#define REHEARSE_SIM_HERMETIC_OUTSIDE_H_

#include <string>

#include "rehearse/sim/hermetic/caller.h"
#include "rehearse/sim/hermetic/hooks.h"

namespace rehearse::sim {

// While one lives, nobody answers on this thread. Naming a caller, for one, reads the process's own
// files.
class OutsideHermetic {
 public:
  OutsideHermetic() : before_(SetHermetic(nullptr)) {}
  ~OutsideHermetic() { SetHermetic(before_); }
  OutsideHermetic(const OutsideHermetic&) = delete;
  OutsideHermetic& operator=(const OutsideHermetic&) = delete;

 private:
  HermeticSeams* const before_;
};

// The function of the run's code that calls, by name.
inline std::string CallerOfRun() {
  const OutsideHermetic outside;
  return CallerName();
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_OUTSIDE_H_
