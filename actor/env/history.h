// What clients asked for and what they got, for a judge to read afterwards.
//
// A program under test tells its history at the edge, where a user would stand: an operation begins
// before the first message leaves and ends when its result is known. In production nobody listens.

#ifndef REHEARSE_ACTOR_ENV_HISTORY_H_
#define REHEARSE_ACTOR_ENV_HISTORY_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace rehearse {

// How an operation ended.
enum class Outcome : uint8_t {
  kOk,       // it took effect once, between its begin and its end
  kFailed,   // it certainly took no effect
  kUnknown,  // it may take effect at any time after its begin, or never
};

// Call it on the node's fibers. Nothing here waits.
class History {
 public:
  virtual ~History() = default;

  // `process` (one client, with one operation at a time) begins `operation` ("write", "read") with
  // `argument` on `object`. Returns its number, to be given to End once. An operation that is never
  // ended counts as kUnknown.
  virtual uint64_t Begin(uint64_t process, absl::string_view object, absl::string_view operation,
                         absl::string_view argument) = 0;

  // `result` is what the client saw; empty unless `outcome` is kOk.
  virtual void End(uint64_t operation, Outcome outcome, absl::string_view result) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_HISTORY_H_
