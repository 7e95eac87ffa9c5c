// Lines for the people who run a node.

#ifndef REHEARSE_ACTOR_ENV_LOG_H_
#define REHEARSE_ACTOR_ENV_LOG_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace rehearse {

enum class Severity : uint8_t { kInfo, kWarning, kError };

// Where a node's lines go. Any thread of the node may call.
// Source: stderr for real; in the simulator, the run's trace.
class Log {
 public:
  virtual ~Log() = default;

  // One line without a newline: what was tried, with what, what came back.
  virtual void Write(Severity severity, absl::string_view line) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_LOG_H_
