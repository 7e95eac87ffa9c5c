// Judges a register whose read values were each written once, without a search.
//
// Then every read tells which write it saw, and a write with its reads is a cluster that must be
// one unbroken stretch of any order (Gibbons, Korach: Testing Shared Memories, SIAM J. Comput.
// 1997, section 4). One cluster must come before another if one of its operations ended before one
// of the other's began. So all that counts of a cluster is its first end and its last begin; the
// history is linearizable if and only if no read ended before its write began and no two clusters
// must each come before the other. Differences from the paper: there is an initial value, written
// before the history; and the end of a write of unknown outcome is never.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_VALUE_ZONES_H_
#define REHEARSE_SIM_CHECK_INTERNAL_VALUE_ZONES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

// Why a read has no place. Pointers into the history that was judged.
struct RegisterConflict {
  enum class Kind : uint8_t {
    kNeverWritten,  // nothing wrote the value
    kFailedWrite,   // `write` did, but failed
    kFuture,        // `write` did, but began after the read had ended
    kOlder,         // another value, newer than this one, was there before the read began
  };

  Kind kind = Kind::kNeverWritten;
  const Operation* read = nullptr;   // where the history first goes wrong, at its end
  const Operation* write = nullptr;  // of what it returned; null for the initial value

  // Of kOlder. `older_ended` wrote or saw what `read` returned, and ended before `newer_began`
  // (null: the initial value, which was there before all). `newer_began` and `newer_ended` wrote or
  // saw the other value; `newer_ended` ended before `read` began. Each is the write if it can be.
  const Operation* older_ended = nullptr;
  const Operation* newer_began = nullptr;
  const Operation* newer_ended = nullptr;
};

// The operations of one register, sorted into clusters.
class ValueZones {
 public:
  // `operations` are those of one object, the failed ones too; they and `initial` outlive it.
  ValueZones(absl::Span<const Operation* const> operations, absl::string_view initial);

  // False if a value that was read has several possible writers, or if an operation is neither
  // `read` nor `write`: then nothing else may be asked.
  bool Applicable() const { return applicable_; }

  // Nullopt: linearizable. Otherwise the conflict that is complete first.
  std::optional<RegisterConflict> FirstConflict();

  // Operations looked at so far.
  uint64_t steps() const { return steps_; }

 private:
  // The writers that a value may have, by number of cluster; 0 is the initial value's.
  static constexpr uint32_t kNobody = UINT32_MAX;
  static constexpr uint32_t kSeveral = UINT32_MAX - 1;

  struct Read {
    const Operation* operation;
    uint32_t cluster;  // or kNobody
  };

  // A cluster's zone, on a line where 0 is before the history. Forward if first_end < last_begin:
  // from the one to the other, nothing else can be the register's value. Otherwise some moment is
  // inside all operations of the cluster.
  struct Zone {
    uint64_t first_end;
    uint64_t last_begin;

    bool forward() const { return first_end < last_begin; }
    bool MustPrecede(const Zone& other) const { return first_end < other.last_begin; }
  };

  void SortIn(const Operation& operation);
  void Resolve();
  bool Misread(const Read& read) const;
  bool GoesWrong(uint64_t cut);
  void Measure(uint64_t cut);
  bool ZonesClash();
  std::optional<uint32_t> NewerThan(const Read& read) const;
  RegisterConflict ExplainMisread(const Read& read) const;
  RegisterConflict ExplainOlder(const Read& read, uint32_t newer) const;
  const Operation* FirstRead(uint32_t cluster, uint64_t began_after, uint64_t ended_before) const;
  const Operation* WriteOf(uint32_t cluster) const;

  bool applicable_ = true;
  std::vector<const Operation*> writes_;  // of cluster i + 1
  std::vector<const Operation*> failed_writes_;
  std::vector<Read> reads_;  // by end
  // order-free: looked up, never iterated.
  absl::flat_hash_map<absl::string_view, uint32_t> writers_;  // by value
  std::vector<Zone> zones_;                                   // by cluster
  std::vector<Zone> forward_;                                 // by first end
  std::vector<Zone> backward_;                                // in no order
  uint64_t steps_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_VALUE_ZONES_H_
