#include "rehearse/sim/check/anomaly.h"

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

absl::string_view KindName(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::kUnwritten: return "unwritten read";
    case AnomalyKind::kDuplicateAppend: return "duplicate append";
    case AnomalyKind::kIncompatibleOrder: return "incompatible order";
    case AnomalyKind::kInternal: return "internal inconsistency";
    case AnomalyKind::kG0: return "G0";
    case AnomalyKind::kG1a: return "G1a";
    case AnomalyKind::kG1b: return "G1b";
    case AnomalyKind::kG1c: return "G1c";
    case AnomalyKind::kDirtyUpdate: return "dirty update";
    case AnomalyKind::kLostUpdate: return "lost update";
    case AnomalyKind::kGSingle: return "G-single";
    case AnomalyKind::kGNonadjacent: return "G-nonadjacent";
    case AnomalyKind::kG2Item: return "G2-item";
  }
  return "?";
}

}  // namespace

absl::string_view ModelName(ConsistencyModel model) {
  switch (model) {
    case ConsistencyModel::kNone: return "none";
    case ConsistencyModel::kReadUncommitted: return "read uncommitted";
    case ConsistencyModel::kReadCommitted: return "read committed";
    case ConsistencyModel::kSnapshotIsolation: return "snapshot isolation";
    case ConsistencyModel::kSerializable: return "serializable";
    case ConsistencyModel::kSessionSerializable: return "session serializable";
    case ConsistencyModel::kStrictSerializable: return "strict serializable";
  }
  return "?";
}

std::string Anomaly::Name() const {
  const absl::string_view suffix = order == AnomalyOrder::kProcess    ? "-process"
                                   : order == AnomalyOrder::kRealTime ? "-realtime"
                                                                      : "";
  return absl::StrCat(KindName(kind), suffix);
}

ConsistencyModel Anomaly::Breaks() const {
  if (order == AnomalyOrder::kRealTime) return ConsistencyModel::kStrictSerializable;
  if (order == AnomalyOrder::kProcess) return ConsistencyModel::kSessionSerializable;
  switch (kind) {
    case AnomalyKind::kUnwritten:
    case AnomalyKind::kDuplicateAppend:
    case AnomalyKind::kG0: return ConsistencyModel::kReadUncommitted;
    case AnomalyKind::kIncompatibleOrder:
    case AnomalyKind::kG1a:
    case AnomalyKind::kG1b:
    case AnomalyKind::kG1c:
    case AnomalyKind::kDirtyUpdate: return ConsistencyModel::kReadCommitted;
    case AnomalyKind::kInternal:
    case AnomalyKind::kLostUpdate:
    case AnomalyKind::kGSingle:
    case AnomalyKind::kGNonadjacent: return ConsistencyModel::kSnapshotIsolation;
    case AnomalyKind::kG2Item: return ConsistencyModel::kSerializable;
  }
  return ConsistencyModel::kNone;
}

}  // namespace rehearse::sim
