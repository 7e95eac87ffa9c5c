// What can be wrong with transactions, by the names that the literature gives it.
//
// Adya, Weak Consistency (PhD thesis, MIT 1999), chapter 4, for G0 to G2; Kingsbury and Alvaro,
// Elle (VLDB 2020), for those that only lists show; Cerone and Gotsman, Analysing Snapshot
// Isolation (PODC 2016), for what a cycle must look like that snapshot isolation forbids.

#ifndef REHEARSE_SIM_CHECK_ANOMALY_H_
#define REHEARSE_SIM_CHECK_ANOMALY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse::sim {

// From weak to strict: each allows less than the one before.
enum class ConsistencyModel : uint8_t {
  kNone,
  kReadUncommitted,
  kReadCommitted,
  kSnapshotIsolation,
  kSerializable,
  kSessionSerializable,  // and in that order each process finds its own transactions in theirs
  kStrictSerializable,   // and in that order what ended stands before what began later
};

// "snapshot isolation".
absl::string_view ModelName(ConsistencyModel model);

enum class AnomalyKind : uint8_t {
  kUnwritten,          // a list has a value that nobody appended
  kDuplicateAppend,    // a list has a value twice
  kIncompatibleOrder,  // of two lists of one key, neither begins as the other
  kInternal,           // a transaction's read contradicts what it read or appended itself
  kG0,                 // a cycle of ww alone: dirty writes
  kG1a,                // aborted read
  kG1b,                // intermediate read
  kG1c,                // a cycle of ww and wr: circular information flow
  kDirtyUpdate,        // a commit built on what an aborted transaction appended
  kLostUpdate,         // two read the same version of a key, and both appended to it
  kGSingle,            // a cycle with one rw: read skew
  kGNonadjacent,       // a cycle with several rw, none right after another
  kG2Item,             // another cycle with several rw: write skew
};

// What an order must respect besides the data, for an anomaly to be one.
enum class AnomalyOrder : uint8_t { kNone, kProcess, kRealTime };

struct Anomaly {
  AnomalyKind kind = AnomalyKind::kUnwritten;
  AnomalyOrder order = AnomalyOrder::kNone;  // other than kNone for cycles only

  // By their places in the history: those of a cycle in its order, each once.
  std::vector<uint32_t> transactions{};

  // For people, of several lines: what each of them did, and why that can't be.
  std::string explanation{};

  // "G-single", "G-single-realtime".
  std::string Name() const;

  // The weakest model that forbids it.
  ConsistencyModel Breaks() const;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_ANOMALY_H_
