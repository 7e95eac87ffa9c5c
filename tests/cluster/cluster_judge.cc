#include "rehearse/tests/cluster/cluster_judge.h"

#include "absl/strings/str_cat.h"

namespace rehearse::cluster {
namespace {

absl::Status MustNotBe(const std::string& what, const Event& event) {
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", event.ToString()));
}

}  // namespace

absl::Status ClusterJudge::See(const std::string& node, uint64_t incarnation, const Event& event) {
  using Kind = Event::Kind;
  Life& life = lives_[{node, incarnation}];
  switch (event.kind) {
    case Kind::kBegins: return absl::OkStatus();
    case Kind::kTook: return Take(event);
    case Kind::kAsks:
      if (life.asked.insert({event.actor, event.sequence}).second) return absl::OkStatus();
      return MustNotBe("asked twice", event);
    case Kind::kAnswered:
      ++answered_;
      promised_.insert({event.actor, event.sequence});
      return Resolve(life, event);
    case Kind::kFailed: ++failed_; return Resolve(life, event);
    case Kind::kAcknowledged:
      acknowledged_[{event.actor, event.sequence}] = event.node;
      return absl::OkStatus();
    case Kind::kWatches:
      life.watched[{event.actor, event.other}] = event.node;
      return absl::OkStatus();
    case Kind::kTold: return Tell(life, event);
    case Kind::kPanics: ++panics_[node]; return absl::OkStatus();
  }
  return MustNotBe("no such event", event);
}

bool ClusterJudge::AllAsksResolved(const std::string& node, uint64_t incarnation) const {
  const Life* const life = Find(node, incarnation);
  return life != nullptr && life->asked.empty();
}

bool ClusterJudge::AllDeathsTold(const std::string& node, uint64_t incarnation) const {
  const Life* const life = Find(node, incarnation);
  return life != nullptr && life->watched.empty();
}

absl::Status ClusterJudge::JudgeWhole() const {
  for (const auto& [source, sequence] : promised_) {
    if (taken_.count({source, sequence}) > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("answered, and nobody took it: ", sequence, " of ", source));
  }
  for (const auto& [packet, node] : acknowledged_) {
    const bool lived_on = Find(node, 1) != nullptr && Find(node, 2) == nullptr;
    if (!lived_on || taken_.count(packet) > 0) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "acknowledged, and ", node, " did not take it: ", packet.second, " of ", packet.first));
  }
  for (const auto& [node, told] : panics_told_) {
    if (panics_.count(node) > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("nothing panicked on ", node, ", and ", told, " monitors were told of it"));
  }
  return absl::OkStatus();
}

int64_t ClusterJudge::told(ExitReason::Kind reason) const {
  const auto found = told_.find(reason);
  return found == told_.end() ? 0 : found->second;
}

absl::Status ClusterJudge::Take(const Event& event) {
  ++packets_;
  uint64_t& last = last_[{event.actor, event.other}];
  if (last >= event.sequence) {
    return MustNotBe(absl::StrCat("taken after ", last), event);
  }
  // A sink that has had nothing of it may be another than the one before of that name.
  if (last != 0 && last < event.after) {
    return MustNotBe(absl::StrCat("taken after ", last, ", and its source was not told"), event);
  }
  last = event.sequence;
  if (taken_.insert({event.other, event.sequence}).second) return absl::OkStatus();
  return MustNotBe("taken by two", event);
}

absl::Status ClusterJudge::Resolve(Life& life, const Event& event) {
  if (life.asked.erase({event.actor, event.sequence}) == 1) return absl::OkStatus();
  return MustNotBe("resolved, and not asked", event);
}

absl::Status ClusterJudge::Tell(Life& life, const Event& event) {
  const auto watched = life.watched.find({event.actor, event.other});
  if (watched == life.watched.end()) return MustNotBe("told twice, or of nothing", event);
  ++told_[event.reason];
  if (event.reason == ExitReason::Kind::kPanicked) ++panics_told_[watched->second];
  life.watched.erase(watched);
  return absl::OkStatus();
}

const ClusterJudge::Life* ClusterJudge::Find(const std::string& node, uint64_t incarnation) const {
  const auto found = lives_.find({node, incarnation});
  return found == lives_.end() ? nullptr : &found->second;
}

}  // namespace rehearse::cluster
