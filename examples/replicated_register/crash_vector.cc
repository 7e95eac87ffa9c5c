#include "examples/replicated_register/crash_vector.h"

#include <algorithm>

namespace examples::replicated_register {

void Join(CrashVector& known, const CrashVector& lives) {
  known.resize(std::max(known.size(), lives.size()));
  for (size_t i = 0; i < lives.size(); ++i) known[i] = std::max(known[i], lives[i]);
}

}  // namespace examples::replicated_register
