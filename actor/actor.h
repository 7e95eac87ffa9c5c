// What a user's actor derives from.

#ifndef REHEARSE_ACTOR_ACTOR_H_
#define REHEARSE_ACTOR_ACTOR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/platform.h"
#include "rehearse/actor/exit_reason.h"

namespace rehearse {

class Incoming;
class Node;

// Whether a message reaches its handler.
enum class Admission : uint8_t {
  kHandle,
  kRefuse,  // an ask is answered kFailedPrecondition; a tell is a dead letter
  kStash,   // not now: see UnstashAll. As many as the mailbox may hold; one more is refused
};

// What to do after a panic.
enum class AfterPanic : uint8_t {
  kStop,      // end with exit reason kPanicked
  kContinue,  // drop the message, keep the state as it is, go on
};

// What to do when an actor that one is linked to has ended.
enum class AfterLinkDied : uint8_t {
  kStop,      // end with exit reason kLinkDied
  kContinue,  // go on without it
};

//   class Counter : public rehearse::Actor {
//    public:
//     int64_t Handle(const Inc& inc) { return count_ += inc.amount; }
//    private:
//     int64_t count_ = 0;
//   };
//
// Each public overload of Handle is a message: the parameter's exact type (const M&, M or M&&), and
// what it returns is the reply. To answer later, take a Reply<R> as well and return nothing. A
// handler may block: it runs on a fiber, one at a time, never re-entered. An exception that leaves
// it is a panic, and so is an error status returned to a tell.
//
// The constructor runs on the actor's own fiber. All functions here are called on it too.
class Actor {
 public:
  virtual ~Actor() = default;

  // Before the first message. What the actor has told itself by its end, here or in its
  // constructor, is handled before all that others have told it. They may have filled its mailbox:
  // its own finds room as long as that alone would fit. An error ends the actor as a panic does.
  virtual absl::Status OnStart();

  // Before each message, if the class overrides it: looks at it, and may refuse it.
  virtual Admission OnMessage([[maybe_unused]] Incoming& message) { return Admission::kHandle; }

  // After a handler threw `what`. The state is as the handler left it.
  virtual AfterPanic OnPanic([[maybe_unused]] const std::string& what) { return AfterPanic::kStop; }

  // An actor that this one is linked to has ended; the link is over. See link.h.
  virtual AfterLinkDied OnLinkDied([[maybe_unused]] ActorId who, const ExitReason& reason) {
    return reason.bad() ? AfterLinkDied::kStop : AfterLinkDied::kContinue;
  }

  // Of each tell that was still in the mailbox when the actor was to end for good: before OnStop,
  // unless OnStart failed. It is a dead letter, whatever is done with it here. Not for an end that
  // a supervisor decided upon only afterwards.
  virtual void OnUndelivered([[maybe_unused]] Incoming& message) {}

  // The last hook, after the children have ended, unless the constructor or OnStart failed. It may
  // wait, for as long as the node's stop_timeout.
  virtual void OnStop([[maybe_unused]] const ExitReason& reason) {}

 protected:
  // The node that this actor runs on. In the constructor too.
  static Node& node();

  // Ends this actor after the present handler, with reason kStopped.
  static void Stop();

  // What OnMessage has stashed comes next, in the order in which it came, and is shown to OnMessage
  // anew. At an actor's end, or its restart, this happens by itself.
  static void UnstashAll();
};

// Parks the calling actor or program for `length` of its node's clock.
//   kCancelled  it is being stopped, or whoever has sent the ask that it handles waits no more:
//               return.
absl::Status Sleep(absl::Duration length);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ACTOR_H_
