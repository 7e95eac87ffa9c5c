#include "rehearse/net/node/observation.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/net/node/node_snapshot.h"

namespace rehearse::net {

absl::StatusOr<std::unique_ptr<Observation>> Observation::Start(const NodeFlags& flags,
                                                                Scheduler& scheduler, Node& node,
                                                                const NodeNetwork& network,
                                                                const RemoteCounters& counters) {
  auto started = std::make_unique<Observation>();
  const int workers = scheduler.worker_count();
  const int places = workers + OwnThreads::kMax;
  const Instant now = scheduler.worker(0).poller().Now();
  if (!flags.metrics.empty()) started->metrics_ = std::make_unique<Metrics>(places);
  if (!flags.trace.empty()) {
    REHEARSE_RETURN_IF_ERROR(started->StartDrawing(flags, workers + 1, now));
  }
  if (started->metrics_ != nullptr) {
    REHEARSE_RETURN_IF_ERROR(started->StartMetrics(flags, node, network, counters));
  }
  if (!flags.inspect.empty()) {
    started->handled_ = std::make_unique<HandledCounts>(workers + 1);
    REHEARSE_RETURN_IF_ERROR(started->StartInspector(flags, node));
  }
  started->sharing_ = workers;
  started->observers_.resize(static_cast<size_t>(places));
  for (int i = 0; i < workers; ++i) started->Observe(scheduler.worker(i), i);
  started->observers_.front().NodeBegan(node.id(), node.name(), now);
  return started;
}

void Observation::Watch(Worker& worker) {
  Observe(worker, sharing_ + worker.index() - OwnThreads::kFirst);
}

void Observation::Observe(Worker& worker, int place) {
  Observers& observers = observers_[static_cast<size_t>(place)];
  const int shared_place = std::min(place, sharing_);
  if (metrics_ != nullptr) observers.Add(metrics_->shard(place));
  if (drawing_ != nullptr) observers.Add(drawing_->observer(shared_place));
  if (handled_ != nullptr) observers.Add(handled_->shard(shared_place));
  if (!observers.empty()) worker.observer = &observers;
}

absl::Status Observation::StartMetrics(const NodeFlags& flags, Node& node,
                                       const NodeNetwork& network, const RemoteCounters& counters) {
  MetricsSource source;
  source.node = node.name();
  source.actors = [this] { return metrics_->Read(); };
  source.whole_node = [&node, &network, &counters] {
    return FamiliesOf({.dead_letters = node.dead_letters().count(),
                       .remote = counters,
                       .transports = network.figures()});
  };
  REHEARSE_ASSIGN_OR_RETURN(metrics_server_,
                            MetricsServer::Start(flags.metrics, std::move(source)));
  node.log().Write(Severity::kInfo,
                   absl::StrCat("metrics at http://", metrics_server_->address(), "/metrics"));
  return absl::OkStatus();
}

// Pictures of several processes of a host go together: the process's own number tells its tracks
// from theirs, and times are the calendar's.
absl::Status Observation::StartDrawing(const NodeFlags& flags, int workers, Instant now) {
  const DrawingOptions options = {.first_process = static_cast<uint64_t>(getpid()),
                                  .epoch_nanos = absl::ToUnixNanos(HostWallTime()) - now.nanos()};
  REHEARSE_ASSIGN_OR_RETURN(drawing_, DrawingFile::Create(flags.trace, workers, options));
  return absl::OkStatus();
}

absl::Status Observation::StartInspector(const NodeFlags& flags, Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(inspector_, TextSocket::Listen(flags.inspect, [this, &node] {
                              return TakeSnapshot(node, *handled_);
                            }));
  return absl::OkStatus();
}

absl::Status Observation::End() {
  inspector_ = nullptr;
  metrics_server_ = nullptr;
  return drawing_ == nullptr ? absl::OkStatus() : drawing_->Close();
}

}  // namespace rehearse::net
