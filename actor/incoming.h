// A message as its actor sees it where no handler does.

#ifndef REHEARSE_ACTOR_INCOMING_H_
#define REHEARSE_ACTOR_INCOMING_H_

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/envelope.h"

namespace rehearse {

// Valid during the hook that it is given to.
class Incoming {
 public:
  explicit Incoming(Envelope& envelope) : envelope_(envelope) {}
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  // Its type's name.
  absl::string_view name() const { return envelope_.ops->name; }
  // 0 if no actor sent it.
  ActorId sender() const { return envelope_.sender; }
  // Whether somebody waits for an answer.
  bool asked() const { return static_cast<bool>(envelope_.reply_to()); }

  // The message, if it is an M; else null. A is the actor's class.
  template <typename A, typename M>
  M* As();

 private:
  Envelope& envelope_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INCOMING_H_
