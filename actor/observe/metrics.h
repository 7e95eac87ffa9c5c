// What actors do, in figures, by class.
//
//   Metrics metrics(scheduler.worker_count());
//   scheduler.worker(0).observer = &metrics.shard(0);   // each worker, before it runs
//   … metrics.Read() …                                  // any thread, at any time
//
// Each worker counts for itself, without a lock or a locked instruction; who reads sums. In the
// simulator times are virtual, and the same seed gives the same figures.

#ifndef REHEARSE_ACTOR_OBSERVE_METRICS_H_
#define REHEARSE_ACTOR_OBSERVE_METRICS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/observe/duration_histogram.h"

namespace rehearse {

// Of the actors of one class on one node. The framework's own messages are not counted.
struct ClassFigures {
  uint64_t handled = 0;
  uint64_t panics = 0;
  uint64_t spawned = 0;
  uint64_t restarts = 0;
  uint64_t ended = 0;
  DurationFigures waited;  // in the mailbox; of messages that were sent where somebody observes
  DurationFigures took;    // in the handler, its waits included

  // Workers' figures are read one after another.
  uint64_t alive() const { return spawned > ended ? spawned - ended : 0; }
  void Add(const ClassFigures& other);
};

// By node and class.
using Figures = std::map<std::pair<NodeId, std::string>, ClassFigures>;

class Metrics {
 public:
  explicit Metrics(int workers);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The observer of worker `index`.
  Observer& shard(int index);

  // Any thread.
  Figures Read() const;

 private:
  class Shard;

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_METRICS_H_
