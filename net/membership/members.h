// Who is in the cluster, as far as this node knows.
//
//   const std::unique_ptr<MemberWatch> watch = MembersOf(node).Watch();
//   while (auto change = watch->Next(Instant::Infinite()); change.ok()) { … }
//
// The view is each node's own: two of them may differ for some seconds, and for as long as the
// network between them is cut. When it is whole again they agree.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBERS_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/membership/member.h"

namespace rehearse::net {

struct MemberChange {
  enum class Kind : uint8_t {
    kJoined,     // it is present, in a life that was not told before
    kSuspected,  // it did not answer
    kTrusted,    // alive again, after it was suspected
    kDied,       // it is dead, or was met in a later life: kJoined follows for that one
    kLeft,       // it left by itself
  };

  Kind kind = Kind::kJoined;
  Member member;  // as it is known now; for kDied, in the life that is over
};

// What changes from now on. It holds no queue: Next compares what was told with what is, so that a
// watcher that is slow misses what changed and changed back, and never the end of a life. Those
// that are present at first are told as joined, the node itself too.
class MemberWatch {
 public:
  virtual ~MemberWatch() = default;

  // The next change, in the order of names among those that wait; parks until there is one, or
  // `deadline` (the worker's timebase). One fiber at a time.
  //   kDeadlineExceeded  nothing changed. Ask again.
  //   kUnavailable       the node has left, or shuts down; nothing will change any more.
  //   kCancelled         the caller is being stopped.
  virtual absl::StatusOr<MemberChange> Next(Instant deadline) = 0;
};

// A node's view of its cluster. On the node's fibers.
class Members {
 public:
  virtual ~Members() = default;

  // The node itself, with its present incarnation.
  virtual Member Self() const = 0;

  // All that are known, in the order of their names; those that are dead or have left as long as
  // they are remembered. The node itself is among them.
  virtual std::vector<Member> View() const = 0;

  // It is used before the Members end, and may outlive them.
  virtual std::unique_ptr<MemberWatch> Watch() = 0;

  // Tells others that the node leaves, for good; parks until some have heard it, or `deadline`.
  //   kDeadlineExceeded  nobody is known to have heard it: others will find this node dead.
  //   kCancelled         the caller is being stopped.
  virtual absl::Status Leave(Instant deadline) = 0;
};

// Of a node that is a member of a cluster. Throws std::logic_error if it is none.
Members& MembersOf(const Node& node);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBERS_H_
