#include "rehearse/actor/runtime/posix/worker_cpus.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/actor/runtime/runnable.h"

namespace rehearse {
namespace {

std::optional<int> ParseCpu(absl::string_view text) {
  uint32_t cpu = 0;
  if (!absl::SimpleAtoi(text, &cpu) || cpu >= kCpusMax) return std::nullopt;
  return static_cast<int>(cpu);
}

// "3" or "4-7": the first and the last.
std::optional<std::pair<int, int>> ParseRange(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  const bool is_one = text.find('-') == absl::string_view::npos;
  const std::optional<int> first = ParseCpu(ends.first);
  const std::optional<int> last = is_one ? first : ParseCpu(ends.second);
  if (!first || !last || *first > *last) return std::nullopt;
  return std::make_pair(*first, *last);
}

bool Has(const std::vector<int>& cpus, int cpu) {
  return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

// Runs once, before all else that is its worker's alone, on that worker's thread.
class Pinning final : public Runnable {
 public:
  Pinning(Scheduler& scheduler, int cpu, Log& log)
      : Runnable(RunnableKind::kPinned, scheduler.own_domain()), cpu_(cpu), log_(log) {}

  void Run(Worker& worker) override {
    if (!KeepTo({cpu_})) {
      log_.Write(Severity::kWarning,
                 absl::StrCat("worker ", worker.index(), " stays unpinned, CPU ", cpu_, ": ",
                              std::strerror(errno)));
    }
    Unref();
  }

 private:
  ~Pinning() override = default;

  const int cpu_;
  Log& log_;
};

}  // namespace

absl::StatusOr<std::vector<int>> ParseCpuList(absl::string_view text) {
  std::vector<int> cpus;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const auto range = ParseRange(part);
    if (!range) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part, "\" is no CPU: want numbers and ranges, as 0,2,4-7"));
    }
    for (int cpu = range->first; cpu <= range->second; ++cpu) {
      if (Has(cpus, cpu)) return absl::InvalidArgumentError(absl::StrCat("CPU ", cpu, " twice"));
      cpus.push_back(cpu);
    }
  }
  return cpus;
}

absl::StatusOr<std::vector<int>> CpusOfWorkers(absl::string_view pin, int workers,
                                               const std::vector<int>& allowed) {
  if (pin == "none") return std::vector<int>();
  std::vector<int> cpus = allowed;
  if (pin != "auto") {
    REHEARSE_ASSIGN_OR_RETURN(cpus, ParseCpuList(pin));
  }
  for (const int cpu : cpus) {
    if (Has(allowed, cpu)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("CPU ", cpu, " is none of those that this process may use"));
  }
  if (cpus.size() < static_cast<size_t>(workers)) {
    return absl::FailedPreconditionError(absl::StrCat(
        workers, " workers want a CPU each, and there are ", cpus.size(), ": have fewer workers"));
  }
  cpus.resize(static_cast<size_t>(workers));
  return cpus;
}

void PinWorkers(Scheduler& scheduler, const std::vector<int>& cpus, Log& log) {
  const int count = std::min(scheduler.worker_count(), static_cast<int>(cpus.size()));
  for (int i = 0; i < count; ++i) {
    Worker& worker = scheduler.worker(i);
    worker.Post(*new Pinning(scheduler, cpus[static_cast<size_t>(i)], log));
  }
}

}  // namespace rehearse
