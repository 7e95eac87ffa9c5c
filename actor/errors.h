// Errors of the framework, as statuses, and what they say about the effect.
//
//   absl::StatusOr<int64_t> total = counter.Ask(Inc{.amount = 1});
//   if (!total.ok() && EffectOf(total.status()) == Effect::kNone) …  // safe to try again
//
// Codes, and what to do: kUnavailable no path to the node now, a retry may help; kDeadlineExceeded
// time is up; kCancelled this actor is being stopped, or nobody waits for what it is asked for any
// more, return; kResourceExhausted the mailbox is full; kNotFound no such name, or the actor is
// gone, look it up again; kAborted the handler panicked or dropped its reply; kDataLoss bytes that
// don't decode; kFailedPrecondition wrong now; kInvalidArgument wrong always.

#ifndef REHEARSE_ACTOR_ERRORS_H_
#define REHEARSE_ACTOR_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse {

// What may have happened on the other side of a failed request.
enum class Effect : uint8_t {
  kNone,   // certainly not handled, now or later
  kMaybe,  // perhaps handled, perhaps will be
};

// kMaybe for a status that is not the framework's: the handler made it, so the handler ran.
Effect EffectOf(const absl::Status& status);

// Whether the framework made `status`, rather than a handler that returned it.
bool IsFrameworkError(const absl::Status& status);

// `status`, marked as the framework's own. OK stays OK.
absl::Status FrameworkError(absl::Status status, Effect effect);

// `status` without that mark: a handler that returns what its own Ask or Sleep gave it makes it its
// own. What did not happen there says nothing about what the handler did.
absl::Status HandlersError(absl::Status status);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ERRORS_H_
