// Who appended what, and in which order each key's list grew.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_APPEND_INDEX_H_
#define REHEARSE_SIM_CHECK_INTERNAL_APPEND_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

// Keys get numbers in the order of first appearance; transactions go by their places in the
// history.
//
// A key's versions are the prefixes of the longest list that a committed transaction read. What was
// appended by committed ones and is not in it came later, in an order that nobody knows.
class AppendIndex {
 public:
  static constexpr uint32_t kNobody = UINT32_MAX;

  struct Append {
    uint32_t transaction = kNobody;
    uint32_t key = 0;
    uint64_t value = 0;
    uint32_t before = kNobody;  // the one before it of its transaction to this key; see At
    bool is_last = true;        // of its transaction to this key
    bool was_read = false;
  };

  // The history outlives it.
  explicit AppendIndex(absl::Span<const Transaction> history);

  // Why this is no history; empty if it is one. Then ask nothing else.
  const std::string& malformed() const { return malformed_; }

  uint32_t keys() const { return static_cast<uint32_t>(longest_.size()); }
  uint32_t KeyNumber(uint64_t key) const { return numbers_.find(key)->second; }
  uint64_t KeyAt(uint32_t key) const { return names_[key]; }

  // Null: nobody appended it.
  const Append* Find(uint32_t key, uint64_t value) const;

  const Append& At(uint32_t append) const { return appends_[append]; }

  // The longest list read of `key`, and who read it (kNobody: it was never read).
  absl::Span<const uint64_t> Longest(uint32_t key) const;
  uint32_t LongestReader(uint32_t key) const { return longest_[key].reader; }

  // The transaction that appended number `place` of the longest list, or the first after it that
  // committed; kNobody past the end.
  uint32_t WriterFrom(uint32_t key, size_t place) const;

  // The transactions that committed an append to `key` which is not in its longest list.
  absl::Span<const uint32_t> Unread(uint32_t key) const;

  // Whether it took effect: it is ok, or what it appended was read.
  bool Committed(uint32_t transaction) const { return committed_[transaction]; }

 private:
  struct List {
    const MicroOperation* read = nullptr;
    uint32_t reader = kNobody;
  };

  void Collect();
  void CollectAppend(uint32_t transaction, uint32_t key, const MicroOperation& operation);
  void MarkRead();
  void FindWriters();
  void FindUnread();

  const absl::Span<const Transaction> history_;
  std::string malformed_;
  // order-free: looked up, never iterated.
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
  std::vector<uint64_t> names_;
  std::vector<List> longest_;  // by key
  std::vector<Append> appends_;
  // order-free: looked up, never iterated.
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, uint32_t> places_;  // in appends_
  std::vector<bool> committed_;
  std::vector<uint32_t> writers_;      // of all longest lists, key after key
  std::vector<size_t> writers_begin_;  // by key, and the end
  std::vector<uint32_t> unread_;       // key after key
  std::vector<size_t> unread_begin_;   // by key, and the end
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_APPEND_INDEX_H_
