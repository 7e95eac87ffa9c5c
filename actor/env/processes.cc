#include "rehearse/actor/env/processes.h"

#include "absl/strings/str_cat.h"

namespace rehearse {

std::string ProcessExit::ToString() const {
  return signal != 0 ? absl::StrCat("signal ", signal) : absl::StrCat("exit code ", code);
}

}  // namespace rehearse
