#include "rehearse/sim/check/internal/value_zones.h"

#include <algorithm>

#include "rehearse/actor/env/check.h"
#include "rehearse/sim/check/register_model.h"

namespace rehearse::sim {
namespace {

// Positions, moved up by one: 0 is where the initial value was written.
uint64_t Began(const Operation* operation) { return operation ? operation->begin + 1 : 0; }
uint64_t Ended(const Operation* operation) {
  if (!operation) return 0;
  const uint64_t last = operation->LastEffect();
  return last == Operation::kNeverEnded ? last : last + 1;
}

}  // namespace

ValueZones::ValueZones(absl::Span<const Operation* const> operations, absl::string_view initial) {
  writers_[initial] = 0;
  for (const Operation* operation : operations) SortIn(*operation);
  Resolve();
  std::sort(reads_.begin(), reads_.end(),
            [](const Read& a, const Read& b) { return Ended(a.operation) < Ended(b.operation); });
  steps_ += operations.size();
}

void ValueZones::SortIn(const Operation& operation) {
  if (operation.operation == RegisterModel::kWrite) {
    if (operation.outcome == Outcome::kFailed) {
      failed_writes_.push_back(&operation);
      return;
    }
    writes_.push_back(&operation);
    const auto [writer, is_only] =
        writers_.try_emplace(operation.argument, static_cast<uint32_t>(writes_.size()));
    if (!is_only) writer->second = kSeveral;
  } else if (operation.operation == RegisterModel::kRead) {
    if (operation.outcome == Outcome::kOk) reads_.push_back({&operation, kNobody});
  } else {
    applicable_ = false;
  }
}

// Finds each read's write, which may stand anywhere in the history.
void ValueZones::Resolve() {
  for (Read& read : reads_) {
    const auto writer = writers_.find(read.operation->result);
    if (writer == writers_.end()) continue;
    read.cluster = writer->second;
    if (read.cluster == kSeveral) applicable_ = false;
  }
}

// The history is wrong from some read's end on: neither a write's end nor any begin adds an order
// in which two clusters must come.
std::optional<RegisterConflict> ValueZones::FirstConflict() {
  if (!GoesWrong(Operation::kNeverEnded)) return std::nullopt;
  auto read = std::partition_point(reads_.begin(), reads_.end(), [this](const Read& last) {
    return !GoesWrong(Ended(last.operation));
  });
  REHEARSE_CHECK(read != reads_.end(), "a register went wrong at no read's end");
  Measure(Ended(read->operation));
  for (; read != reads_.end(); ++read) {
    if (Misread(*read)) return ExplainMisread(*read);
    if (const auto newer = NewerThan(*read)) return ExplainOlder(*read, *newer);
  }
  REHEARSE_CHECK(false, "a register went wrong at a read that has a place");
}

bool ValueZones::Misread(const Read& read) const {
  return read.cluster == kNobody || Ended(read.operation) < Began(WriteOf(read.cluster));
}

// Whether the history can't be put in order as it was known at `cut`, when later reads had not
// ended. Writes need no cutting: without a read, a cluster clashes with nothing.
bool ValueZones::GoesWrong(uint64_t cut) {
  for (const Read& read : reads_) {
    if (Ended(read.operation) > cut) break;
    if (Misread(read)) return true;
  }
  Measure(cut);
  return ZonesClash();
}

void ValueZones::Measure(uint64_t cut) {
  steps_ += writes_.size() + reads_.size();
  zones_.assign(1, Zone{0, 0});
  for (const Operation* write : writes_) {
    zones_.push_back({Ended(write), Began(write)});
  }
  for (const Read& read : reads_) {
    if (Ended(read.operation) > cut) break;
    if (read.cluster == kNobody) continue;
    Zone& zone = zones_[read.cluster];
    zone.first_end = std::min(zone.first_end, Ended(read.operation));
    zone.last_begin = std::max(zone.last_begin, Began(read.operation));
  }
}

// Two clusters clash if each must precede the other. Two forward zones do so if they overlap, a
// forward and a backward one if the first holds the second, two backward ones never.
bool ValueZones::ZonesClash() {
  forward_.clear();
  backward_.clear();
  for (const Zone& zone : zones_) (zone.forward() ? forward_ : backward_).push_back(zone);
  const auto by_first_end = [](const Zone& a, const Zone& b) { return a.first_end < b.first_end; };
  std::sort(forward_.begin(), forward_.end(), by_first_end);
  for (size_t i = 1; i < forward_.size(); ++i) {
    if (forward_[i].MustPrecede(forward_[i - 1])) return true;
  }
  // The forward zones are apart now, so only the last that must come before can hold it.
  return std::any_of(backward_.begin(), backward_.end(), [this](const Zone& zone) {
    const auto after =
        std::partition_point(forward_.begin(), forward_.end(),
                             [&zone](const Zone& forward) { return forward.MustPrecede(zone); });
    return after != forward_.begin() && zone.MustPrecede(*(after - 1));
  });
}

// A cluster that must come both before this read and after its value: of several, the one whose
// value was known last.
std::optional<uint32_t> ValueZones::NewerThan(const Read& read) const {
  std::optional<uint32_t> newer;
  for (uint32_t i = 0; i < zones_.size(); ++i) {
    if (i == read.cluster) continue;
    if (zones_[i].first_end >= Began(read.operation)) continue;
    if (!zones_[read.cluster].MustPrecede(zones_[i])) continue;
    if (!newer || zones_[*newer].first_end < zones_[i].first_end) newer = i;
  }
  return newer;
}

RegisterConflict ValueZones::ExplainMisread(const Read& read) const {
  RegisterConflict conflict;
  conflict.read = read.operation;
  if (read.cluster != kNobody) {
    conflict.kind = RegisterConflict::Kind::kFuture;
    conflict.write = WriteOf(read.cluster);
    return conflict;
  }
  for (const Operation* write : failed_writes_) {
    if (write->argument != read.operation->result) continue;
    conflict.kind = RegisterConflict::Kind::kFailedWrite;
    conflict.write = write;
  }
  return conflict;
}

RegisterConflict ValueZones::ExplainOlder(const Read& read, uint32_t newer) const {
  RegisterConflict conflict;
  conflict.kind = RegisterConflict::Kind::kOlder;
  conflict.read = read.operation;
  conflict.write = conflict.older_ended = WriteOf(read.cluster);
  conflict.newer_began = conflict.newer_ended = WriteOf(newer);
  const uint64_t older = zones_[read.cluster].first_end;
  if (Began(conflict.newer_began) <= older) {
    conflict.newer_began = FirstRead(newer, older, Operation::kNeverEnded);
  }
  if (Ended(conflict.newer_ended) >= Began(read.operation)) {
    conflict.newer_ended = FirstRead(newer, 0, Began(read.operation));
  }
  if (Ended(conflict.older_ended) >= Began(conflict.newer_began)) {
    conflict.older_ended = FirstRead(read.cluster, 0, Began(conflict.newer_began));
  }
  return conflict;
}

// The read of a cluster that ended first, of those between these two moments.
const Operation* ValueZones::FirstRead(uint32_t cluster, uint64_t began_after,
                                       uint64_t ended_before) const {
  for (const Read& read : reads_) {
    if (read.cluster == cluster && Began(read.operation) > began_after &&
        Ended(read.operation) < ended_before) {
      return read.operation;
    }
  }
  return nullptr;
}

const Operation* ValueZones::WriteOf(uint32_t cluster) const {
  return cluster == 0 ? nullptr : writes_[cluster - 1];
}

}  // namespace rehearse::sim
