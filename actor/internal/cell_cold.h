// What few actors have, and only from the moment they need it.

#ifndef REHEARSE_ACTOR_INTERNAL_CELL_COLD_H_
#define REHEARSE_ACTOR_INTERNAL_CELL_COLD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/distant_watcher.h"
#include "rehearse/actor/internal/family.h"
#include "rehearse/actor/internal/revival.h"
#include "rehearse/actor/internal/sliding_queue.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::internal {

// Whose end an actor is told of.
struct Watched {
  Cell* cell;  // counted
  uint64_t monitor;
};

// A watcher on another node.
struct Distant {
  std::shared_ptr<DistantWatcher> watcher;
  uint64_t number;
};

struct Cell::Cold {
  SpinLock lock;  // of the lists
  std::vector<Watcher> watchers;
  std::vector<Watched> watching;  // those that have ended go when there are many
  size_t watching_max = 16;
  std::vector<Distant> distant;
  std::vector<WaitToken> life_waiters;  // looking for its start, its being down, its end
  std::string exit_text;
  Family children;
  std::string name;  // this, `sliding` and `reply_timeout`: set before the actor is known
  std::unique_ptr<SlidingQueue> sliding;
  std::vector<EnvelopePtr> stash;  // its own fiber's
  size_t own_in_mailbox = 0;       // as it starts: what it told itself that found room
  absl::Duration reply_timeout = absl::InfiniteDuration();
  std::unique_ptr<Revival> revival;  // set before the actor starts, if at all
  bool has_started = false;          // under the lock: once, at least, since somebody waits
  std::atomic<uint32_t> receive_generation{0};
  Instant received_at;  // what it handles, of a function actor that is observed
};

// Wakes an actor so that it sees its flags; there is nothing in it.
extern const MessageOps kNudge;

// Ends the actor when all that came before is handled.
extern const MessageOps kStopInOrder;

// Handled when an actor has started, for somebody who waits for that.
extern const MessageOps kStartAwaited;

// Somebody that it was linked to has ended.
extern const MessageOps kLinkDied;

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_CELL_COLD_H_
