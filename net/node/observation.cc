#include "rehearse/net/node/observation.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/net/node/node_snapshot.h"

namespace rehearse::net {

absl::StatusOr<std::unique_ptr<Observation>> Observation::Start(const NodeFlags& flags,
                                                                Scheduler& scheduler, Node& node,
                                                                const RemoteCounters& counters) {
  auto started = std::make_unique<Observation>();
  const int workers = scheduler.worker_count();
  const Instant now = scheduler.worker(0).poller().Now();
  if (!flags.metrics.empty()) started->metrics_ = std::make_unique<Metrics>(workers);
  if (!flags.trace.empty()) {
    REHEARSE_RETURN_IF_ERROR(started->StartDrawing(flags, workers, now));
  }
  if (started->metrics_ != nullptr) {
    REHEARSE_RETURN_IF_ERROR(started->StartMetrics(flags, node, counters));
  }
  if (!flags.inspect.empty()) {
    started->handled_ = std::make_unique<HandledCounts>(workers);
    REHEARSE_RETURN_IF_ERROR(started->StartInspector(flags, node));
  }
  started->observers_.resize(static_cast<size_t>(workers));
  for (int i = 0; i < workers; ++i) {
    Observers& observers = started->observers_[static_cast<size_t>(i)];
    if (started->metrics_ != nullptr) observers.Add(started->metrics_->shard(i));
    if (started->drawing_ != nullptr) observers.Add(started->drawing_->observer(i));
    if (started->handled_ != nullptr) observers.Add(started->handled_->shard(i));
    if (!observers.empty()) scheduler.worker(i).observer = &observers;
  }
  started->observers_.front().NodeBegan(node.id(), node.name(), now);
  return started;
}

absl::Status Observation::StartMetrics(const NodeFlags& flags, Node& node,
                                       const RemoteCounters& counters) {
  MetricsSource source;
  source.node = node.name();
  source.actors = [this] { return metrics_->Read(); };
  source.whole_node = [&node, &counters] {
    return NodeFigures{.dead_letters = node.dead_letters().count(),
                       .sent = counters.sent.load(std::memory_order_relaxed),
                       .received = counters.received.load(std::memory_order_relaxed)};
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
