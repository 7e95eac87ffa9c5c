// How many messages each actor that lives has handled.

#ifndef REHEARSE_ACTOR_OBSERVE_HANDLED_COUNTS_H_
#define REHEARSE_ACTOR_OBSERVE_HANDLED_COUNTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse {

// Of one node. Each worker counts for itself, under a lock that is nearly always free.
class HandledCounts {
 public:
  // order-free: looked up by key only
  using ById = absl::flat_hash_map<ActorId, uint64_t>;

  explicit HandledCounts(int workers);
  ~HandledCounts();
  HandledCounts(const HandledCounts&) = delete;
  HandledCounts& operator=(const HandledCounts&) = delete;

  // The observer of worker `index`.
  Observer& shard(int index);

  // Of all workers together. The framework's own messages are not counted. Any thread.
  ById Read() const;

 private:
  class Shard;

  // Whichever workers it ran on.
  void Forget(ActorId actor);

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_HANDLED_COUNTS_H_
