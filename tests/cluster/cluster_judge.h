// What must hold of a cluster, whatever fails in it.

#ifndef REHEARSE_TESTS_CLUSTER_CLUSTER_JUDGE_H_
#define REHEARSE_TESTS_CLUSTER_CLUSTER_JUDGE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/tests/cluster/event.h"

namespace rehearse::cluster {

// Sees the events of all lives of all nodes; those of one life in the order in which they happened,
// those of several in any order.
class ClusterJudge {
 public:
  //   kFailedPrecondition  this must not be: a packet out of order or twice, or behind one that is
  //                        lost and whose source was not told; an ask resolved that nobody asked, a
  //                        monitor told twice, or of nothing.
  absl::Status See(const std::string& node, uint64_t incarnation, const Event& event);

  // Whether all that this life has begun is over: its asks have an answer or an error; its monitors
  // were told. So it must be once nothing fails any more, of lives that go on.
  bool AllAsksResolved(const std::string& node, uint64_t incarnation) const;
  bool AllDeathsTold(const std::string& node, uint64_t incarnation) const;

  // Of all that was seen, when no more is to come.
  //   kFailedPrecondition  a packet was answered, or acknowledged by a node that had one life only,
  //                        and nobody took it; or a panic was told, of a node where none was.
  absl::Status JudgeWhole() const;

  int64_t packets() const { return packets_; }    // taken
  int64_t answered() const { return answered_; }  // asks
  int64_t failed() const { return failed_; }      // asks
  int64_t told(ExitReason::Kind reason) const;

 private:
  using Numbered = std::pair<uint64_t, uint64_t>;  // by actor and its count

  struct Life {
    std::set<Numbered> asked;                 // by source and sequence; not yet resolved
    std::map<Numbered, std::string> watched;  // by watcher and monitor; not yet told: whom
  };

  absl::Status Take(const Event& event);
  absl::Status Resolve(Life& life, const Event& event);
  absl::Status Tell(Life& life, const Event& event);
  const Life* Find(const std::string& node, uint64_t incarnation) const;

  std::map<std::pair<std::string, uint64_t>, Life> lives_;  // by node and incarnation
  std::map<Numbered, uint64_t> last_;                       // by sink and source
  std::set<Numbered> taken_;                                // by source and sequence, as below
  std::set<Numbered> promised_;                             // answered
  std::map<Numbered, std::string> acknowledged_;            // by whose sink
  std::map<std::string, int> panics_;                       // by node
  std::map<std::string, int> panics_told_;                  // by node
  std::map<ExitReason::Kind, int64_t> told_;
  int64_t packets_ = 0;
  int64_t answered_ = 0;
  int64_t failed_ = 0;
};

}  // namespace rehearse::cluster

#endif  // REHEARSE_TESTS_CLUSTER_CLUSTER_JUDGE_H_
