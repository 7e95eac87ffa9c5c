#include "rehearse/sim/check/internal/append_index.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {

AppendIndex::AppendIndex(absl::Span<const Transaction> history) : history_(history) {
  Collect();
  if (!malformed_.empty()) return;
  MarkRead();
  FindWriters();
  FindUnread();
}

void AppendIndex::Collect() {
  for (uint32_t t = 0; t < history_.size(); ++t) {
    if (history_[t].end < history_[t].begin) {
      malformed_ = absl::StrCat("T", t, " ends before it begins: ", history_[t].ToString());
      return;
    }
    committed_.push_back(history_[t].outcome == Outcome::kOk);
    for (const MicroOperation& operation : history_[t].operations) {
      const auto [place, is_new] =
          numbers_.try_emplace(operation.key, static_cast<uint32_t>(names_.size()));
      const uint32_t key = place->second;
      if (is_new) {
        names_.push_back(operation.key);
        longest_.emplace_back();
      }
      if (operation.kind == MicroOperation::Kind::kAppend) {
        CollectAppend(t, key, operation);
      } else if (committed_[t] && (longest_[key].read == nullptr ||
                                   operation.list.size() > longest_[key].read->list.size())) {
        longest_[key] = {&operation, t};
      }
    }
  }
}

void AppendIndex::CollectAppend(uint32_t transaction, uint32_t key,
                                const MicroOperation& operation) {
  const auto [place, is_new] =
      places_.try_emplace({key, operation.value}, static_cast<uint32_t>(appends_.size()));
  if (!is_new) {
    malformed_ = absl::StrCat("T", appends_[place->second].transaction, " and T", transaction,
                              " both append ", operation.value, " to ", operation.key);
    return;
  }
  appends_.push_back({.transaction = transaction, .key = key, .value = operation.value});
  // An earlier one of the same transaction is not its last any more; they stand close together.
  for (size_t i = appends_.size() - 1; i-- > 0 && appends_[i].transaction == transaction;) {
    if (appends_[i].key != key) continue;
    appends_[i].is_last = false;
    appends_.back().before = static_cast<uint32_t>(i);
    break;
  }
}

void AppendIndex::MarkRead() {
  for (uint32_t key = 0; key < keys(); ++key) {
    for (const uint64_t value : Longest(key)) {
      const auto place = places_.find({key, value});
      if (place == places_.end()) continue;
      Append& append = appends_[place->second];
      append.was_read = true;
      if (history_[append.transaction].outcome == Outcome::kUnknown) {
        committed_[append.transaction] = true;
      }
    }
  }
}

void AppendIndex::FindWriters() {
  for (uint32_t key = 0; key < keys(); ++key) {
    writers_begin_.push_back(writers_.size());
    for (const uint64_t value : Longest(key)) {
      const Append* const append = Find(key, value);
      const bool counts = append != nullptr && committed_[append->transaction];
      writers_.push_back(counts ? append->transaction : kNobody);
    }
    uint32_t next = kNobody;
    for (size_t i = writers_.size(); i-- > writers_begin_.back();) {
      if (writers_[i] == kNobody) writers_[i] = next;
      next = writers_[i];
    }
  }
  writers_begin_.push_back(writers_.size());
}

void AppendIndex::FindUnread() {
  const auto counts = [this](const Append& append) {
    return !append.was_read && committed_[append.transaction];
  };
  unread_begin_.assign(keys() + 1, 0);
  for (const Append& append : appends_) unread_begin_[append.key + 1] += counts(append) ? 1 : 0;
  for (uint32_t key = 0; key < keys(); ++key) unread_begin_[key + 1] += unread_begin_[key];
  unread_.resize(unread_begin_.back());
  std::vector<size_t> next(unread_begin_.begin(), unread_begin_.end() - 1);
  for (const Append& append : appends_) {
    if (counts(append)) unread_[next[append.key]++] = append.transaction;
  }
}

const AppendIndex::Append* AppendIndex::Find(uint32_t key, uint64_t value) const {
  const auto place = places_.find({key, value});
  return place == places_.end() ? nullptr : &appends_[place->second];
}

absl::Span<const uint64_t> AppendIndex::Longest(uint32_t key) const {
  if (longest_[key].read == nullptr) return {};
  return longest_[key].read->list;
}

uint32_t AppendIndex::WriterFrom(uint32_t key, size_t place) const {
  const size_t at = writers_begin_[key] + place;
  return at < writers_begin_[key + 1] ? writers_[at] : kNobody;
}

absl::Span<const uint32_t> AppendIndex::Unread(uint32_t key) const {
  return absl::MakeConstSpan(unread_).subspan(unread_begin_[key],
                                              unread_begin_[key + 1] - unread_begin_[key]);
}

}  // namespace rehearse::sim
