#include "examples/replicated_register/workload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/replicated_register/majority.h"
#include "examples/replicated_register/register_client.h"
#include "examples/replicated_register/server.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"

namespace examples::replicated_register {
namespace {

using rehearse::ActorRef;
using rehearse::Instant;
using rehearse::Node;
using rehearse::Outcome;

struct Work {
  Instant until;
};

// One client in the history's sense: an operation at a time.
class Worker : public rehearse::Actor {
 public:
  Worker(std::string name, uint64_t process, Replicas replicas, Options options)
      : name_(name),
        process_(process),
        options_(std::move(options)),
        client_(std::move(name), std::move(replicas), options_.bug, node().Find<Promises>()),
        random_(node().random(name_)) {}

  absl::StatusOr<LoadReport> Handle(const Work& work) {
    LoadReport report;
    for (int i = 0; options_.operations == 0 || i < options_.operations; ++i) {
      if (node().clock().Now() >= work.until) break;
      REHEARSE_RETURN_IF_ERROR(Think());
      const Instant begin = node().clock().Now();
      const std::string key = absl::StrCat("k", random_.Below(options_.keys));
      const absl::Status status = random_.Chance({1, 2}) ? Write(key, ValueNumber(i)) : Read(key);
      if (status.code() == absl::StatusCode::kCancelled) return status;
      if (status.ok()) {
        ++report.acknowledged;
        report.latencies.push_back(node().clock().Now() - begin);
      } else {
        ++report.failed;
        report.last_failure = status;
      }
    }
    return report;
  }

 private:
  absl::Status Think() {
    if (options_.think == absl::ZeroDuration()) return absl::OkStatus();
    return rehearse::Sleep(
        absl::Nanoseconds(random_.Between(0, absl::ToInt64Nanoseconds(options_.think))));
  }

  // No two are the same.
  std::string ValueNumber(int i) const {
    std::string value = absl::StrCat(name_, ".", i);
    if (value.size() < static_cast<size_t>(options_.value_bytes)) {
      value.resize(static_cast<size_t>(options_.value_bytes), '.');
    }
    return value;
  }

  absl::Status Write(const std::string& key, const std::string& value) {
    const uint64_t operation = node().history().Begin(process_, key, "write", value);
    const absl::Status status = client_.Write(key, value);
    node().history().End(operation, status.ok() ? Outcome::kOk : Outcome::kUnknown, "");
    return status;
  }

  absl::Status Read(const std::string& key) {
    const uint64_t operation = node().history().Begin(process_, key, "read", "");
    const absl::StatusOr<std::string> value = client_.Read(key);
    // A read without an answer told nobody anything.
    node().history().End(operation, value.ok() ? Outcome::kOk : Outcome::kFailed,
                         value.ok() ? *value : "");
    return value.status();
  }

  const std::string name_;
  const uint64_t process_;
  const Options options_;
  RegisterClient client_;
  rehearse::Random random_;
};

}  // namespace

absl::Duration LoadReport::Percentile(double percent) const {
  if (latencies.empty()) return absl::ZeroDuration();
  const auto rank = static_cast<size_t>(percent / 100 * static_cast<double>(latencies.size()));
  return latencies[std::min(rank, latencies.size() - 1)];
}

std::string LoadReport::ToString() const {
  const double seconds = std::max(absl::ToDoubleSeconds(time), 1e-9);
  const auto text = [](absl::Duration length) {
    return absl::StrFormat("%.2fms", absl::ToDoubleMilliseconds(length));
  };
  std::string all = absl::StrFormat(
      "%d operations in %.1fs: %.0f/s, %d failed; p50 %s p90 %s p99 %s max %s", acknowledged,
      seconds, static_cast<double>(acknowledged) / seconds, failed, text(Percentile(50)),
      text(Percentile(90)), text(Percentile(99)), text(Percentile(100)));
  if (failed > 0) absl::StrAppend(&all, "; the last failure: ", last_failure.ToString());
  return all;
}

absl::StatusOr<LoadReport> RunLoad(Node& node, const Options& options) {
  REHEARSE_ASSIGN_OR_RETURN(const Replicas replicas, FindReplicas(node, options.servers));
  const Instant begin = node.clock().Now();
  std::vector<ActorRef<Worker>> workers;
  std::vector<rehearse::Pending<LoadReport>> reports;
  for (int i = 0; i < options.workers; ++i) {
    // Unique over the cluster and over restarts.
    const std::string name = absl::StrCat(node.name(), ".", node.incarnation(), ".", i);
    const uint64_t process = rehearse::HashLabel(name) % 1000000;
    workers.push_back(node.Spawn<Worker>(name, process, replicas, options));
    reports.push_back(workers.back().Request(Work{begin + options.time}));
  }
  LoadReport total;
  for (absl::StatusOr<LoadReport>& report : rehearse::AwaitAll(reports)) {
    REHEARSE_RETURN_IF_ERROR(report.status());
    total.acknowledged += report->acknowledged;
    total.failed += report->failed;
    if (report->failed > 0) total.last_failure = report->last_failure;
    total.latencies.insert(total.latencies.end(), report->latencies.begin(),
                           report->latencies.end());
  }
  std::sort(total.latencies.begin(), total.latencies.end());
  total.time = node.clock().Now() - begin;
  return total;
}

absl::Status RunRegister(Node& node, const std::function<void(const LoadReport&)>& on_report) {
  REHEARSE_ASSIGN_OR_RETURN(const Options options, ParseOptions(node.args()));
  if (options.role == Options::Role::kServer) return RunServer(node, options);
  REHEARSE_ASSIGN_OR_RETURN(const LoadReport report, RunLoad(node, options));
  on_report(report);
  return absl::OkStatus();
}

}  // namespace examples::replicated_register
