// Asking all replicas, and hearing a majority of them.

#ifndef EXAMPLES_REPLICATED_REGISTER_MAJORITY_H_
#define EXAMPLES_REPLICATED_REGISTER_MAJORITY_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/replicated_register/crash_vector.h"
#include "examples/replicated_register/replica.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/pending.h"

namespace examples::replicated_register {

using Replicas = std::vector<rehearse::ActorRef<ReplicaProtocol>>;

// How long a majority is waited for, and how often it is asked again for one that is
// crash-consistent.
inline constexpr absl::Duration kPhaseTimeout = absl::Seconds(2);
inline constexpr int kRoundsMax = 4;

// Those of server-1 to server-N, in their order; an empty ref for the node's own, which does not
// ask itself.
absl::StatusOr<Replicas> FindReplicas(rehearse::Node& node, int servers);

inline size_t MajorityOf(const Replicas& replicas) { return replicas.size() / 2 + 1; }

// Whether none of the answers is of a life that is known to be over.
template <typename R>
bool CrashConsistent(const std::vector<rehearse::Answered<R>>& answers, const CrashVector& known) {
  return std::all_of(answers.begin(), answers.end(), [&known](const auto& answer) {
    return LifeOf(answer.result->lives, answer.index) == LifeOf(known, answer.index);
  });
}

// The answers R of a crash-consistent majority. `known` is what the asker knows of their lives, and
// learns from them.
//   kUnavailable, kDeadlineExceeded  there was none.
//   kCancelled                       the caller is being stopped.
template <typename R, typename M>
absl::StatusOr<std::vector<rehearse::Answered<R>>> AskMajority(const Replicas& replicas,
                                                               const M& message,
                                                               CrashVector& known) {
  for (int round = 0; round < kRoundsMax; ++round) {
    std::vector<rehearse::Pending<R>> requests;
    for (const auto& replica : replicas) {
      requests.push_back(replica ? replica.Request(message, {.reply_timeout = kPhaseTimeout})
                                 : rehearse::Pending<R>(absl::UnavailableError("the asker")));
    }
    REHEARSE_ASSIGN_OR_RETURN(
        std::vector<rehearse::Answered<R>> answers,
        rehearse::AwaitCount<R>(requests, MajorityOf(replicas), kPhaseTimeout,
                                [](const absl::StatusOr<R>& answer) { return answer.ok(); }));
    for (const auto& answer : answers) Join(known, answer.result->lives);
    if (CrashConsistent(answers, known)) return answers;
  }
  return absl::UnavailableError("replicas recover as fast as they are asked");
}

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_MAJORITY_H_
