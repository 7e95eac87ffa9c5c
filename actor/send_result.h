// What became of one send.

#ifndef REHEARSE_ACTOR_SEND_RESULT_H_
#define REHEARSE_ACTOR_SEND_RESULT_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/errors.h"

namespace rehearse {

// As cheap as a number while all is well, and a Status for who asks. May be ignored: what is not
// delivered is a dead letter, counted and traced.
class SendResult {
 public:
  constexpr SendResult() = default;
  constexpr SendResult(absl::StatusCode code, const char* why, Effect effect = Effect::kNone)
      : code_(code), effect_(effect), why_(why) {}

  constexpr bool ok() const { return code_ == absl::StatusCode::kOk; }
  constexpr absl::StatusCode code() const { return code_; }
  constexpr const char* why() const { return why_; }

  //   kResourceExhausted  the mailbox is full: slow down, or wait with Tell.
  //   kNotFound           the actor has ended: look its name up again.
  //   kCancelled          this actor is being stopped, or whoever asked for what it does waits no
  //                       more, while it waited for room: return.
  //   kFailedPrecondition it told itself with its own mailbox full, or waited where nothing can.
  //   kUnavailable        no path to the actor's node now; a retry may help.
  //   kDataLoss           what was sent to it before may be lost: send that again, and this.
  // Nothing was handled, now or later, unless EffectOf says kMaybe: then it was on its way.
  absl::Status status() const {
    if (ok()) return absl::OkStatus();
    return FrameworkError(absl::Status(code_, why_), effect_);
  }
  operator absl::Status() const { return status(); }  // NOLINT: it is one, in short form

 private:
  absl::StatusCode code_ = absl::StatusCode::kOk;
  Effect effect_ = Effect::kNone;
  const char* why_ = "";
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SEND_RESULT_H_
