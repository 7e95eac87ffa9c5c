// What the members of a judged cluster tell of, one event at a time.
//
// In the simulator an event goes to the judge at once. For real each process writes its events to a
// file, a line each, and the judge reads the files of all.

#ifndef REHEARSE_TESTS_CLUSTER_EVENT_H_
#define REHEARSE_TESTS_CLUSTER_EVENT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/exit_reason.h"

namespace rehearse::cluster {

struct Event {
  enum class Kind : uint8_t {
    kBegins,        // a life of a node
    kTook,          // a sink, `other` being the source
    kAsks,          // a source, `node`'s sink
    kAnswered,      // such an ask
    kFailed,        // such an ask
    kAcknowledged,  // a source has heard that `node`'s sink has its packet
    kWatches,       // a watcher, `node`'s mortal; `other` is the monitor
    kTold,          // a watcher; `other` is the monitor
    kPanics,        // a mortal
  };

  Kind kind = Kind::kBegins;
  uint64_t actor = 0;  // who tells it: unique in the cluster, over all lives
  uint64_t other = 0;
  uint64_t sequence = 0;  // of a packet, among its source's
  uint64_t after = 0;  // kTook: what the sink has had of it before, if it had anything; 0: not said
  std::string node = {};
  ExitReason::Kind reason = ExitReason::Kind::kNormal;  // of kTold

  // Without an end of line.
  std::string ToString() const;
  //   kDataLoss  it is no such line.
  static absl::StatusOr<Event> Parse(absl::string_view line);

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace rehearse::cluster

#endif  // REHEARSE_TESTS_CLUSTER_EVENT_H_
