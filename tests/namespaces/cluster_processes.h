// The members of the judged cluster, a process and a host each, and what can happen to them.

#ifndef REHEARSE_TESTS_NAMESPACES_CLUSTER_PROCESSES_H_
#define REHEARSE_TESTS_NAMESPACES_CLUSTER_PROCESSES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/tests/cluster/cluster_judge.h"
#include "rehearse/tests/namespaces/lan.h"

namespace rehearse::cluster {

struct ClusterTransport {
  std::string name;      // for people
  std::string address;   // "/tcp/8020", what follows a host's IP
  std::string security;  // --security

  friend std::ostream& operator<<(std::ostream& out, const ClusterTransport& transport) {
    return out << transport.name;
  }
};

// Hosts are counted from 0, and node-1 is on host 0.
class ClusterProcesses {
 public:
  // `lan` outlives it. `program` is cluster_member's path.
  ClusterProcesses(Lan& lan, std::string program, ClusterTransport transport);

  // Starts the node, in its first life or the next, and waits until it takes part.
  //   kDeadlineExceeded  it does not; the message has what it says.
  absl::Status Start(size_t host);
  // As kill -9.
  void Kill(size_t host);
  bool Lives(size_t host) const { return processes_[host] != nullptr; }
  void Signal(size_t host, int number) { processes_[host]->Signal(number); }
  void SignalAll(int number);
  // SIGTERM. Its exit code.
  int End(size_t host);

  // Takes in what they say, for so long.
  void Listen(absl::Duration length);

  // Shows the judge what all histories have that it has not seen.
  //   kFailedPrecondition  what must not be; the message names node and life.
  absl::Status Judge();
  const ClusterJudge& judge() const { return judge_; }
  uint64_t incarnation(size_t host) const { return lives_[host].size(); }

  // What node-1 and so on have logged in this life, for who looks into a failure.
  std::string Logs() const;

 private:
  // Of one life.
  struct History {
    std::string path;
    size_t seen = 0;  // bytes
  };

  std::string Address(size_t host) const;
  absl::Status JudgeHistory(size_t host, uint64_t incarnation, History& history);

  Lan& lan_;
  const std::string program_;
  const ClusterTransport transport_;
  const net::ScratchDirectory directory_;
  std::vector<std::unique_ptr<ChildProcess>> processes_;  // null: dead
  std::vector<std::vector<History>> lives_;               // by host
  ClusterJudge judge_;
};

}  // namespace rehearse::cluster

#endif  // REHEARSE_TESTS_NAMESPACES_CLUSTER_PROCESSES_H_
