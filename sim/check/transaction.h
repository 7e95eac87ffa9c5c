// One transaction of a history: lists that it appended to and lists that it read.

#ifndef REHEARSE_SIM_CHECK_TRANSACTION_H_
#define REHEARSE_SIM_CHECK_TRANSACTION_H_

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/history.h"

namespace rehearse::sim {

// One step of a transaction, on the list of one key. All lists are empty at first.
struct MicroOperation {
  enum class Kind : uint8_t { kAppend, kRead };

  static MicroOperation Append(uint64_t key, uint64_t value) {
    return {Kind::kAppend, key, value, {}};
  }
  static MicroOperation Read(uint64_t key, std::vector<uint64_t> list) {
    return {Kind::kRead, key, 0, std::move(list)};
  }

  Kind kind = Kind::kRead;
  uint64_t key = 0;
  uint64_t value = 0;            // appended; no two appends to one key have the same
  std::vector<uint64_t> list{};  // what a read returned; counts only in a transaction that is kOk

  // `append 5 17`, `read 5 [3 4 17]`.
  std::string ToString() const;
};

// A value. Begins and ends are places in one total order, as those of an Operation. A transaction
// of outcome kOk committed between them, one that is kFailed never did, and one that is kUnknown
// may have at any time after its begin: nothing is known of what it read.
struct Transaction {
  static constexpr uint64_t kNeverEnded = std::numeric_limits<uint64_t>::max();

  uint64_t process = 0;  // one client, with one transaction at a time
  uint64_t begin = 0;
  uint64_t end = kNeverEnded;
  Outcome outcome = Outcome::kUnknown;
  std::vector<MicroOperation> operations{};

  // One line: `p3 [20, 31] ok: append 5 17, read 6 []`.
  std::string ToString() const;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_TRANSACTION_H_
