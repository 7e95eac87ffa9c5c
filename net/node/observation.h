// What a real node shows of itself: as its flags ask, and nothing if they don't.

#ifndef REHEARSE_NET_NODE_OBSERVATION_H_
#define REHEARSE_NET_NODE_OBSERVATION_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/observe/handled_counts.h"
#include "rehearse/actor/observe/metrics.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/net/node/drawing_file.h"
#include "rehearse/net/node/metrics_server.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/node/node_network.h"
#include "rehearse/net/node/text_socket.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

class Observation {
 public:
  // Before the workers run; `node`, `network` and `counters` outlive it, and it the workers.
  //   kUnavailable  what a flag names can't be opened; the message names it.
  static absl::StatusOr<std::unique_ptr<Observation>> Start(const NodeFlags& flags,
                                                            Scheduler& scheduler, Node& node,
                                                            const NodeNetwork& network,
                                                            const RemoteCounters& counters);

  // Has `worker`, which is to have a thread of its own, observed too. Before it runs; one at a
  // time.
  void Watch(Worker& worker);

  // Once no worker runs. An error if what was seen could not be kept.
  absl::Status End();

 private:
  // `place`: of the worker, among all that there may be.
  void Observe(Worker& worker, int place);
  absl::Status StartMetrics(const NodeFlags& flags, Node& node, const NodeNetwork& network,
                            const RemoteCounters& counters);
  absl::Status StartDrawing(const NodeFlags& flags, int workers, Instant now);
  absl::Status StartInspector(const NodeFlags& flags, Node& node);

  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<DrawingFile> drawing_;
  std::unique_ptr<HandledCounts> handled_;
  // A worker each; those with threads of their own share what has a lock, after the others'.
  std::vector<Observers> observers_;
  int sharing_ = 0;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::unique_ptr<TextSocket> inspector_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_OBSERVATION_H_
