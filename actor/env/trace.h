// What a run tells about itself, event by event.
//
// In production nobody listens and an event costs one branch. In the simulator the events are what
// a seed is made of: their rolling hash is the run's identity, their text the story of a failure.

#ifndef REHEARSE_ACTOR_ENV_TRACE_H_
#define REHEARSE_ACTOR_ENV_TRACE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

enum class TraceKind : uint8_t {
  kSpawn,       // an actor began; what: its class
  kHandle,      // it takes a message; what: the message's type, a: the sender, b: place in its
                // mailbox's order
  kResume,      // a parked handler goes on; what: where it waited
  kExit,        // an actor ended; what: its exit reason
  kPanic,       // a handler threw; what: the exception's text
  kDeadLetter,  // a message reached nobody; what: its type
  kTimer,       // a timer fired; a: its number on the node
  kNodeStart,   // a node booted; what: its name, a: its incarnation
  kNodeStop,    // a node crashed or ended; what: how
  kSend,     // a frame left a node; what: the link, a: its number on the link, b: hash of its bytes
  kDeliver,  // a frame arrived; as kSend
  kDrop,     // a frame was lost; as kSend
  kFault,    // a fault was injected or healed; what: in words
  kOperation,  // the history was told; what: in words
  kMark,       // the program's own word; what: its text
};

// One event. `what` lives as long as the call.
struct TraceEvent {
  Instant time = {};  // the worker's timebase
  NodeId node = {};
  ActorId actor = {};  // 0 where no actor is concerned
  TraceKind kind = TraceKind::kMark;
  absl::string_view what = {};
  uint64_t a = 0;
  uint64_t b = 0;
};

// Takes the events of one worker, in order, on that worker's thread.
class TraceSink {
 public:
  virtual ~TraceSink() = default;

  // Must not park, throw or send.
  virtual void Record(const TraceEvent& event) = 0;
};

// The kind in lower case: "spawn", "dead letter".
absl::string_view TraceKindName(TraceKind kind);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_TRACE_H_
