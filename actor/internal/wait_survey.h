// Who waits, where and for whom, on all workers.
//
// What a parked fiber waits for is for its own worker to read. So each worker is given something to
// run that looks at its fibers while none of them runs, and tells what it saw.
//
// Two workers look at two moments: of a ring that goes over both, one part may be over when the
// other is seen. Waits have tokens, and no token comes twice. What two surveys, one after the
// other, show with the same tokens was so all the time between them.

#ifndef REHEARSE_ACTOR_INTERNAL_WAIT_SURVEY_H_
#define REHEARSE_ACTOR_INTERNAL_WAIT_SURVEY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::internal {

// Code on a stack that does not run just now.
struct BusyFiber {
  ObservedActor actor;         // id 0: a task
  std::string task;            // its name
  absl::string_view handling;  // the type of the message that an actor is busy with

  // While it waits: where ("Ask", "Sleep"), as a static string. Null: it is ready to go on.
  const char* waits_in = nullptr;
  // Ends the wait if it still goes on.
  WaitToken wait;
  // The actor without which it can't go on: whom it asked, and who has not handed the reply to
  // others; or in whose mailbox it wants room. Id 0: nobody in particular.
  ObservedActor waits_for;
  // The same, where it is an actor of another node: see RemoteWait. Session and number name the
  // ask; if there is no number, the session and `room_afar`, an actor's name there, say what it
  // waits for.
  bool waits_afar = false;
  RemoteAsk ask_afar;
  std::string room_afar;
};

// What is to be seen on one worker. Of crashed nodes, nothing.
using WorkerSurvey = std::vector<BusyFiber>;

// Has each of `workers` call `seen` with its index and what it sees, once, on its thread, where
// nothing may park. A worker that a handler keeps busy comes late; one that stops, never. Any
// thread.
void SurveyWaits(const std::vector<Worker*>& workers,
                 std::function<void(int worker, WorkerSurvey saw)> seen);

// By node and number: the order in which FindBusy looks.
bool ComesBefore(const ObservedActor& a, const ObservedActor& b);
void SortByActor(WorkerSurvey& saw);
// Null if `saw`, which is sorted, has nothing of that actor.
const BusyFiber* FindBusy(const WorkerSurvey& saw, const ObservedActor& actor);

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_WAIT_SURVEY_H_
