#include "rehearse/sim/check/internal/cycle_anomaly.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

size_t Count(const Cycle& cycle, Dependency kind) {
  return static_cast<size_t>(std::count_if(cycle.begin(), cycle.end(),
                                           [kind](const Step& step) { return step.kind == kind; }));
}

// Whether some kReadWrite comes right after another.
bool HasTwoTogether(const Cycle& cycle) {
  for (size_t i = 0; i < cycle.size(); ++i) {
    if (cycle[i].kind == Dependency::kReadWrite &&
        cycle[(i + 1) % cycle.size()].kind == Dependency::kReadWrite) {
      return true;
    }
  }
  return false;
}

std::string Named(uint32_t transaction) { return absl::StrCat("T", transaction); }

// Why one step is one: finds the key and the values again that made it.
class Reason {
 public:
  Reason(absl::Span<const Transaction> history, const AppendIndex& index, const Step& step)
      : from_(history[step.from]), to_(history[step.to]), index_(index), step_(step) {}

  std::string ToString() const {
    switch (step_.kind) {
      case Dependency::kProcess:
        return absl::StrCat("process ", from_.process, " ran it before ", Named(step_.to));
      case Dependency::kRealTime:
        return absl::StrCat("it ended, at ", from_.end, ", before ", Named(step_.to), " began, at ",
                            to_.begin);
      case Dependency::kWriteRead: return WriteRead();
      case Dependency::kReadWrite: return ReadWrite();
      default: return WriteWrite();
    }
  }

 private:
  // Whether `transaction` appended number `place` of the longest list, or after its end.
  bool AppendedFrom(uint32_t transaction, uint32_t key, size_t place) const {
    const uint32_t writer = index_.WriterFrom(key, place);
    if (writer != AppendIndex::kNobody) return writer == transaction;
    const auto unread = index_.Unread(key);
    return std::binary_search(unread.begin(), unread.end(), transaction);
  }

  std::string WriteRead() const;
  std::string ReadWrite() const;
  std::string WriteWrite() const;

  const Transaction& from_;
  const Transaction& to_;
  const AppendIndex& index_;
  const Step& step_;
};

std::string Reason::WriteRead() const {
  for (const MicroOperation& read : to_.operations) {
    if (read.kind != MicroOperation::Kind::kRead || read.list.empty()) continue;
    const AppendIndex::Append* const seen =
        index_.Find(index_.KeyNumber(read.key), read.list.back());
    if (seen == nullptr || seen->transaction != step_.from) continue;
    return absl::StrCat("it appended ", read.list.back(), " to ", read.key, ", which ",
                        Named(step_.to), " read");
  }
  return absl::StrCat(Named(step_.to), " read what it appended");
}

std::string Reason::ReadWrite() const {
  for (const MicroOperation& read : from_.operations) {
    if (read.kind != MicroOperation::Kind::kRead) continue;
    const uint32_t key = index_.KeyNumber(read.key);
    if (!AppendedFrom(step_.to, key, read.list.size())) continue;
    return absl::StrCat("it read ", read.key, " without what ", Named(step_.to), " appended");
  }
  return absl::StrCat("it did not see what ", Named(step_.to), " appended");
}

std::string Reason::WriteWrite() const {
  for (const MicroOperation& append : from_.operations) {
    if (append.kind != MicroOperation::Kind::kAppend) continue;
    const uint32_t key = index_.KeyNumber(append.key);
    const auto list = index_.Longest(key);
    const auto place = std::find(list.begin(), list.end(), append.value);
    if (place == list.end()) continue;
    if (!AppendedFrom(step_.to, key, static_cast<size_t>(place - list.begin()) + 1)) continue;
    return absl::StrCat("it appended ", append.value, " to ", append.key, " before ",
                        Named(step_.to), " appended to it");
  }
  return absl::StrCat("it appended to a list before ", Named(step_.to), " did");
}

}  // namespace

Anomaly NameCycle(const Cycle& cycle) {
  Anomaly anomaly;
  const size_t read_writes = Count(cycle, Dependency::kReadWrite);
  if (read_writes > 0) {
    anomaly.kind = read_writes == 1        ? AnomalyKind::kGSingle
                   : HasTwoTogether(cycle) ? AnomalyKind::kG2Item
                                           : AnomalyKind::kGNonadjacent;
  } else {
    anomaly.kind = Count(cycle, Dependency::kWriteRead) > 0 ? AnomalyKind::kG1c : AnomalyKind::kG0;
  }
  if (Count(cycle, Dependency::kRealTime) > 0) {
    anomaly.order = AnomalyOrder::kRealTime;
  } else if (Count(cycle, Dependency::kProcess) > 0) {
    anomaly.order = AnomalyOrder::kProcess;
  }
  for (const Step& step : cycle) anomaly.transactions.push_back(step.from);
  return anomaly;
}

std::string ExplainCycle(absl::Span<const Transaction> history, const AppendIndex& index,
                         const Cycle& cycle) {
  std::string told;
  for (const Step& step : cycle) {
    absl::StrAppend(&told, "    ", Named(step.from), "  ", history[step.from].ToString(), "\n");
  }
  for (const Step& step : cycle) {
    absl::StrAppend(&told, "  ", Named(step.from), " comes before ", Named(step.to), ", for ",
                    Reason(history, index, step).ToString(), ".\n");
  }
  return told;
}

}  // namespace rehearse::sim
