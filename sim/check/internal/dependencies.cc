#include "rehearse/sim/check/internal/dependencies.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

namespace rehearse::sim {
namespace {

class Builder {
 public:
  Builder(absl::Span<const Transaction> history, const AppendIndex& index)
      : history_(history),
        index_(index),
        graph_(static_cast<uint32_t>(history.size())),
        at_end_(index.keys()),
        touched_by_(index.keys(), AppendIndex::kNobody) {}

  DependencyGraph Build(ConsistencyModel model) {
    for (uint32_t key = 0; key < index_.keys(); ++key) AddWrites(key);
    for (uint32_t t = 0; t < history_.size(); ++t) AddReads(t);
    for (uint32_t key = 0; key < index_.keys(); ++key) AddUnread(key);
    if (model >= ConsistencyModel::kSessionSerializable) AddProcesses();
    if (model >= ConsistencyModel::kStrictSerializable) AddRealTime();
    graph_.Seal();
    return std::move(graph_);
  }

 private:
  // Who must come before all that was appended and not read.
  struct Source {
    uint32_t transaction;
    Dependency kind;
  };

  void AddWrites(uint32_t key);
  void AddReads(uint32_t transaction);
  void AddRead(uint32_t transaction, uint32_t key, absl::Span<const uint64_t> list);
  void AddUnread(uint32_t key);
  void AddProcesses();
  void AddRealTime();

  const absl::Span<const Transaction> history_;
  const AppendIndex& index_;
  DependencyGraph graph_;
  std::vector<std::vector<Source>> at_end_;  // by key: saw or wrote the end of the longest list
  std::vector<uint32_t> touched_by_;         // by key: the last transaction that used it
};

void Builder::AddWrites(uint32_t key) {
  uint32_t last = AppendIndex::kNobody;
  for (size_t place = 0; place < index_.Longest(key).size(); ++place) {
    const uint32_t writer = index_.WriterFrom(key, place);
    if (writer == AppendIndex::kNobody) break;
    if (last != AppendIndex::kNobody) graph_.Add(last, writer, Dependency::kWriteWrite);
    last = writer;
  }
  if (last != AppendIndex::kNobody) at_end_[key].push_back({last, Dependency::kWriteWrite});
}

// Only what a transaction finds tells of others; once it has used a key, it finds itself there.
void Builder::AddReads(uint32_t transaction) {
  if (history_[transaction].outcome != Outcome::kOk) return;
  for (const MicroOperation& operation : history_[transaction].operations) {
    const uint32_t key = index_.KeyNumber(operation.key);
    if (std::exchange(touched_by_[key], transaction) == transaction) continue;
    if (operation.kind == MicroOperation::Kind::kRead) AddRead(transaction, key, operation.list);
  }
}

void Builder::AddRead(uint32_t transaction, uint32_t key, absl::Span<const uint64_t> list) {
  if (!list.empty()) {
    const AppendIndex::Append* const seen = index_.Find(key, list.back());
    if (seen != nullptr && index_.Committed(seen->transaction)) {
      graph_.Add(seen->transaction, transaction, Dependency::kWriteRead);
    }
  }
  const uint32_t next = index_.WriterFrom(key, list.size());
  if (next != AppendIndex::kNobody) {
    graph_.Add(transaction, next, Dependency::kReadWrite);
  } else {
    at_end_[key].push_back({transaction, Dependency::kReadWrite});
  }
}

// From each source to each transaction with an append that was not read, but to itself. One node
// stands for all these arcs, except those of sources that have such an append themselves: the first
// of these gets arcs of its own, and the others, each before and after the first, need only that
// one.
void Builder::AddUnread(uint32_t key) {
  const absl::Span<const uint32_t> unread = index_.Unread(key);
  if (unread.empty() || at_end_[key].empty()) return;
  const uint32_t middle = graph_.AddNode();
  for (const uint32_t writer : unread) graph_.Add(middle, writer, Dependency::kThrough);
  uint32_t first = AppendIndex::kNobody;
  for (const auto [transaction, kind] : at_end_[key]) {
    if (!std::binary_search(unread.begin(), unread.end(), transaction)) {
      graph_.Add(transaction, middle, kind);
    } else if (first == AppendIndex::kNobody || first == transaction) {
      first = transaction;
      for (const uint32_t writer : unread) graph_.Add(transaction, writer, kind);
    } else {
      graph_.Add(transaction, first, kind);
    }
  }
}

void Builder::AddProcesses() {
  std::vector<std::tuple<uint64_t, uint64_t, uint32_t>> order;  // process, begin, transaction
  for (uint32_t t = 0; t < history_.size(); ++t) {
    if (index_.Committed(t)) order.emplace_back(history_[t].process, history_[t].begin, t);
  }
  std::sort(order.begin(), order.end());
  uint32_t last = AppendIndex::kNobody;  // that certainly ended
  for (const auto& [process, begin, t] : order) {
    if (last != AppendIndex::kNobody && history_[last].process == process &&
        history_[last].end < begin) {
      graph_.Add(last, t, Dependency::kProcess);
    }
    if (history_[t].outcome == Outcome::kOk) last = t;
  }
}

// Along a line of moments: what ended leads to the moment of its end, each moment to the next, and
// the last moment before a begin to what began. Ends with no begin between them share a moment.
void Builder::AddRealTime() {
  std::vector<std::tuple<uint64_t, bool, uint32_t>> events;  // place, is an end, transaction
  for (uint32_t t = 0; t < history_.size(); ++t) {
    if (!index_.Committed(t)) continue;
    events.emplace_back(history_[t].begin, false, t);
    if (history_[t].outcome == Outcome::kOk) events.emplace_back(history_[t].end, true, t);
  }
  std::sort(events.begin(), events.end());
  uint32_t moment = AppendIndex::kNobody;
  bool used = true;
  for (const auto& [place, is_end, t] : events) {
    if (!is_end) {
      if (moment != AppendIndex::kNobody) graph_.Add(moment, t, Dependency::kThrough);
      used = true;
      continue;
    }
    if (std::exchange(used, false)) {
      const uint32_t next = graph_.AddNode();
      if (moment != AppendIndex::kNobody) graph_.Add(moment, next, Dependency::kThrough);
      moment = next;
    }
    graph_.Add(t, moment, Dependency::kRealTime);
  }
}

}  // namespace

DependencyGraph DependenciesOf(absl::Span<const Transaction> history, const AppendIndex& index,
                               ConsistencyModel model) {
  return Builder(history, index).Build(model);
}

}  // namespace rehearse::sim
