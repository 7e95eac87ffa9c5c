// The client's program: workers that read and write, and what they saw.

#ifndef EXAMPLES_REPLICATED_REGISTER_WORKLOAD_H_
#define EXAMPLES_REPLICATED_REGISTER_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "examples/replicated_register/options.h"
#include "rehearse/actor/node.h"

namespace examples::replicated_register {

struct LoadReport {
  uint64_t acknowledged = 0;
  uint64_t failed = 0;
  absl::Status last_failure;
  absl::Duration time;
  std::vector<absl::Duration> latencies;  // of the acknowledged, sorted

  // 0 <= percent <= 100; zero if there is none.
  absl::Duration Percentile(double percent) const;
  // "12345 operations in 10.0s: 1234/s, 0 failed; p50 1.2ms p99 3.4ms max 5.6ms", and why one
  // failed, if one did.
  std::string ToString() const;
};

// Puts load on the replicas until the options say that it is enough. Each operation is told to the
// node's history.
absl::StatusOr<LoadReport> RunLoad(rehearse::Node& node, const Options& options);

// Either role, by the node's arguments; what `main` and the simulator run. `on_report` gets a
// client's report.
absl::Status RunRegister(rehearse::Node& node,
                         const std::function<void(const LoadReport&)>& on_report);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_WORKLOAD_H_
