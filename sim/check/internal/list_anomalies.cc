#include "rehearse/sim/check/internal/list_anomalies.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

using List = absl::Span<const uint64_t>;

bool BeginsWith(List list, List start) {
  return start.size() <= list.size() && std::equal(start.begin(), start.end(), list.begin());
}

// What a transaction knows of one key.
struct View {
  uint32_t key;
  bool found = false;            // it has read the key
  std::vector<uint64_t> list{};  // what it read, and then appended
};

class Finder {
 public:
  Finder(absl::Span<const Transaction> history, const AppendIndex& index)
      : history_(history), index_(index) {}

  std::vector<Anomaly> Find() {
    for (uint32_t key = 0; key < index_.keys(); ++key) {
      if (index_.LongestReader(key) != AppendIndex::kNobody) {
        LookAtValues(index_.LongestReader(key), key, index_.Longest(key));
      }
    }
    for (uint32_t t = 0; t < history_.size(); ++t) {
      if (history_[t].outcome == Outcome::kOk) LookAt(t);
    }
    return std::move(found_);
  }

 private:
  void LookAt(uint32_t transaction);
  void LookAtFirstRead(uint32_t transaction, uint32_t key, List list);
  void LookAtNextRead(uint32_t transaction, View& view, List list);
  void LookAtOrder(uint32_t transaction, uint32_t key, List list);
  void LookAtValues(uint32_t transaction, uint32_t key, List list);
  void LookAtPlace(const AppendIndex::Append& append, const uint64_t* last,
                   const std::string& where);
  void LookAtUpdates(uint32_t transaction);

  std::string Named(uint32_t transaction) const { return absl::StrCat("T", transaction); }

  // The transactions in full, then why.
  void Tell(AnomalyKind kind, std::vector<uint32_t> transactions, absl::string_view why) {
    std::string explanation;
    for (const uint32_t t : transactions) {
      absl::StrAppend(&explanation, "    ", Named(t), "  ", history_[t].ToString(), "\n");
    }
    absl::StrAppend(&explanation, "  ", why, "\n");
    found_.push_back({.kind = kind,
                      .transactions = std::move(transactions),
                      .explanation = std::move(explanation)});
  }

  const absl::Span<const Transaction> history_;
  const AppendIndex& index_;
  std::vector<Anomaly> found_;
  // By key and version: who read it and then appended.
  // order-free: looked up, never iterated.
  absl::flat_hash_map<std::pair<uint32_t, size_t>, uint32_t> updates_;
};

void Finder::LookAt(uint32_t transaction) {
  std::vector<View> views;
  for (const MicroOperation& operation : history_[transaction].operations) {
    const uint32_t key = index_.KeyNumber(operation.key);
    const auto is_its = [key](const View& view) { return view.key == key; };
    auto view = std::find_if(views.begin(), views.end(), is_its);
    if (view == views.end()) view = views.insert(views.end(), View{.key = key});
    if (operation.kind == MicroOperation::Kind::kAppend) {
      view->list.push_back(operation.value);
      continue;
    }
    LookAtOrder(transaction, key, operation.list);
    const bool first = !view->found && view->list.empty();
    first ? LookAtFirstRead(transaction, key, operation.list)
          : LookAtNextRead(transaction, *view, operation.list);
    view->found = true;
    view->list = operation.list;
  }
  LookAtUpdates(transaction);
}

void Finder::LookAtFirstRead(uint32_t transaction, uint32_t key, List list) {
  if (list.empty()) return;
  const AppendIndex::Append* const seen = index_.Find(key, list.back());
  if (seen == nullptr) return;
  if (seen->transaction == transaction) {
    return Tell(AnomalyKind::kInternal, {transaction},
                absl::StrCat(Named(transaction), " read of key ", index_.KeyAt(key), " the ",
                             list.back(), " that it appended only later."));
  }
  if (seen->is_last) return;
  Tell(AnomalyKind::kG1b, {transaction, seen->transaction},
       absl::StrCat(Named(transaction), " read key ", index_.KeyAt(key), " up to ", list.back(),
                    ", in the middle of what ", Named(seen->transaction), " appended to it."));
}

void Finder::LookAtNextRead(uint32_t transaction, View& view, List list) {
  const List own = view.list;
  const bool agrees =
      view.found ? list == own
                 : list.size() >= own.size() && list.subspan(list.size() - own.size()) == own;
  if (agrees) return;
  Tell(AnomalyKind::kInternal, {transaction},
       absl::StrCat(Named(transaction), " read of key ", index_.KeyAt(view.key),
                    " what contradicts its own earlier reads and appends."));
}

void Finder::LookAtOrder(uint32_t transaction, uint32_t key, List list) {
  if (BeginsWith(index_.Longest(key), list)) return;
  const uint32_t other = index_.LongestReader(key);
  Tell(AnomalyKind::kIncompatibleOrder, {transaction, other},
       absl::StrCat(Named(transaction), " and ", Named(other), " read key ", index_.KeyAt(key),
                    " as lists of which neither begins as the other."));
  LookAtValues(transaction, key, list);
}

void Finder::LookAtValues(uint32_t transaction, uint32_t key, List list) {
  // order-free: looked up, never iterated.
  absl::flat_hash_set<uint64_t> before;
  uint32_t aborted = AppendIndex::kNobody;
  const uint64_t* last = nullptr;
  const std::string where = absl::StrCat(" in the list of key ", index_.KeyAt(key), " that ",
                                         Named(transaction), " read");
  for (const uint64_t& value : list) {
    if (!before.insert(value).second) {
      Tell(AnomalyKind::kDuplicateAppend, {transaction},
           absl::StrCat(value, " stands twice", where, "."));
    }
    const AppendIndex::Append* const append = index_.Find(key, value);
    if (append == nullptr) {
      Tell(AnomalyKind::kUnwritten, {transaction},
           absl::StrCat("Nobody appended ", value, ", which stands", where, "."));
    } else if (history_[append->transaction].outcome == Outcome::kFailed) {
      aborted = append->transaction;
      Tell(AnomalyKind::kG1a, {transaction, aborted},
           absl::StrCat(Named(aborted), " was aborted, but the ", value, " that it appended stands",
                        where, "."));
    } else if (aborted != AppendIndex::kNobody) {
      Tell(AnomalyKind::kDirtyUpdate, {append->transaction, aborted},
           absl::StrCat(Named(append->transaction), " committed ", value,
                        " on top of what the aborted ", Named(aborted), " appended,", where, "."));
      aborted = AppendIndex::kNobody;
    }
    if (append != nullptr) LookAtPlace(*append, last, where);
    last = &value;
  }
}

// What one transaction appends to one list stands together, in the order of its appends.
void Finder::LookAtPlace(const AppendIndex::Append& append, const uint64_t* last,
                         const std::string& where) {
  if (append.before == AppendIndex::kNobody) return;
  const uint64_t before = index_.At(append.before).value;
  if (last != nullptr && *last == before) return;
  Tell(AnomalyKind::kInternal, {append.transaction},
       absl::StrCat(Named(append.transaction), " appended ", before, " right before ", append.value,
                    ", but they do not stand so", where, "."));
}

// Two that read the same version of a key and both appended to it: one of them did not see the
// other.
void Finder::LookAtUpdates(uint32_t transaction) {
  const std::vector<MicroOperation>& operations = history_[transaction].operations;
  for (size_t i = 0; i < operations.size(); ++i) {
    const MicroOperation& read = operations[i];
    const auto is_of_key = [&read](const MicroOperation& other) { return other.key == read.key; };
    const auto appends = [&read](const MicroOperation& other) {
      return other.key == read.key && other.kind == MicroOperation::Kind::kAppend;
    };
    const auto here = operations.begin() + static_cast<ptrdiff_t>(i);
    if (read.kind != MicroOperation::Kind::kRead ||
        std::any_of(operations.begin(), here, is_of_key) ||
        std::none_of(here, operations.end(), appends)) {
      continue;
    }
    const uint32_t key = index_.KeyNumber(read.key);
    if (!BeginsWith(index_.Longest(key), read.list)) continue;
    const auto [other, is_new] = updates_.try_emplace({key, read.list.size()}, transaction);
    if (is_new) continue;
    Tell(AnomalyKind::kLostUpdate, {other->second, transaction},
         absl::StrCat(Named(other->second), " and ", Named(transaction), " both read key ",
                      read.key, " with ", read.list.size(), " values, and both appended to it."));
  }
}

}  // namespace

std::vector<Anomaly> FindListAnomalies(absl::Span<const Transaction> history,
                                       const AppendIndex& index) {
  return Finder(history, index).Find();
}

}  // namespace rehearse::sim
