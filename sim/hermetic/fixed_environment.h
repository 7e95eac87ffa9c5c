// The variables that a run finds, whoever started the process: none but these.

#ifndef REHEARSE_SIM_HERMETIC_FIXED_ENVIRONMENT_H_
#define REHEARSE_SIM_HERMETIC_FIXED_ENVIRONMENT_H_

#include <array>

namespace rehearse::sim {

// While one lives, getenv finds PATH, and TZ, LC_ALL and LANG, which say UTC and C: so times are
// written and text is ordered alike on each machine. What the run sets is gone with it.
class FixedEnvironment {
 public:
  FixedEnvironment();
  ~FixedEnvironment();
  FixedEnvironment(const FixedEnvironment&) = delete;
  FixedEnvironment& operator=(const FixedEnvironment&) = delete;

 private:
  char** const before_;
  std::array<char*, 5> variables_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_FIXED_ENVIRONMENT_H_
