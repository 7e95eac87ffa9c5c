// A node that is a member of a cluster: the gossip over its network, on its fibers.
//
//   Members& members = JoinCluster(node, {.address = "/ip4/10.0.0.7/tcp/8020",
//                                         .bootstrap = {"/ip4/10.0.0.1/tcp/8020"}});
//
// Streams are the router's: same address, same greeting, same permissions. On one that this node
// has opened to a member's address, answers are believed; on those that others open, questions are
// answered. With a key, each word about a member has to be signed by that member.

#ifndef REHEARSE_NET_MEMBERSHIP_GOSSIP_MEMBERS_H_
#define REHEARSE_NET_MEMBERSHIP_GOSSIP_MEMBERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/membership/gossip_link.h"
#include "rehearse/net/membership/members.h"
#include "rehearse/net/membership/membership_core.h"
#include "rehearse/net/membership/membership_options.h"
#include "rehearse/net/remote/peer_lanes.h"

namespace rehearse::net {

struct GossipOptions {
  std::string address;  // where others dial this node; with "/p2p/ID" if it has a key
  std::vector<std::string> bootstrap;  // where members may be found
  const Identity* identity = nullptr;  // outlives the node. Null: nothing is proven
  MembershipOptions membership = {};
};

// Any fiber of the node.
class GossipMembers final : public Members,
                            public LaneService,
                            public std::enable_shared_from_this<GossipMembers> {
 public:
  // Streams that this node has opened, at a time; beyond it the one that was used last is closed.
  static constexpr size_t kLinksMax = 64;
  // Streams that others have opened and are served, at a time; further ones are closed.
  static constexpr size_t kServedMax = 1024;
  static constexpr uint64_t kJoinPeriodsMax = 5;

  // All outlive it.
  GossipMembers(Node& node, PeerLanes& lanes, const GossipOptions& options);

  // Begins to gossip. Once.
  void Start();

  // A member may be at `address`, as somebody nearby says: it is tried now, and as those of the
  // options are. Waits for nothing.
  void SeekAt(const std::string& address);

  Member Self() const override;
  std::vector<Member> View() const override;
  std::unique_ptr<MemberWatch> Watch() override;
  absl::Status Leave(Instant deadline) override;

  absl::Status Serve(const Hello& peer, Stream& stream,
                     const std::shared_ptr<Outbox>& outbox) override;
  void Close() override;

  // --- Records, of whom passes them on by the gossip (net/registry/gossip_names.h).

  // From now on. Once.
  void KeepRecords(std::shared_ptr<RecordRule> rule, const GossipRecordsOptions& options = {});

  // A new value of a record of this node's, which the rule has checked. False: there is no room.
  bool Put(const std::string& key, const std::string& value);
  // All whose keys begin with `prefix`.
  GossipRecords::Records RecordsUnder(absl::string_view prefix) const;
  void DropRecord(absl::string_view key);
  // Tells all members at once of the record `key`, and parks until a majority of those that are
  // present, this node counted, have said what they know of the same.
  //   kUnavailable  too few did until `deadline`.
  //   kCancelled    the caller is being stopped.
  // With `only`, tells that member alone, and waits for it.
  absl::Status Claim(const std::string& key, Instant deadline, absl::string_view only = "");

  // Parks until this node has met another member, or has tried to for kJoinPeriodsMax periods: then
  // it is the first. At once if it was told of no other to try.
  //   the errors of MemberWatch::Next, but no kDeadlineExceeded
  absl::Status AwaitJoined();

  // Parks until anything has changed since `version`, or `deadline`, and sets it to the present.
  //   the errors of MemberWatch::Next
  absl::Status AwaitChange(uint64_t& version, Instant deadline);

  MembershipCounters counters() const;
  int health() const;

 private:
  class DiffWatch;
  using Told = std::map<std::string, Member, std::less<>>;

  // On the task.
  void Run();
  bool AwaitTick();

  // What both kinds of streams bring. `link` as MembershipCore::OnFrame.
  absl::Status OnFrame(const std::string& from, uint64_t link, const std::string& bytes);
  absl::Status CheckWords(const GossipFrame& frame) const;
  absl::Status CheckRecords(GossipFrame& frame) const;
  void Dispatch(std::vector<GossipSend> sends);
  std::shared_ptr<GossipLink> LinkFor(const GossipSend& send);
  std::shared_ptr<GossipLink> NewLink(const GossipSend& send);
  void Forget(const std::string& key, const GossipLink& link);
  // What has changed since `told`, and tells it; false if nothing has. With the lock.
  bool NextChange(Told& told, MemberChange& change) const;
  // Whoever waits for a change, or for the next tick. With the lock.
  std::vector<WaitToken> TakeWaiters();

  Node& node_;
  PeerLanes& lanes_;
  const GossipOptions options_;

  mutable SpinLock lock_;  // over what follows
  MembershipCore core_;
  std::shared_ptr<RecordRule> rule_;  // of records; null: none are kept
  std::unique_ptr<GossipRecords> records_;
  std::map<std::string, std::shared_ptr<GossipLink>> links_;  // by name, or address
  std::map<uint64_t, std::shared_ptr<Outbox>> served_;        // by number
  uint64_t next_served_ = 1;
  std::map<uint64_t, WaitToken> waiters_;  // by watch; 0: who leaves
  uint64_t next_watch_ = 1;
  uint64_t waiters_version_ = 0;  // of the core, when they were woken last
  WaitToken runner_;
  Instant runner_until_;
  bool closed_ = false;
};

// Makes `node` a member: as GossipMembers, which its router keeps, and MembersOf finds. Once a
// life, on a fiber of the node. The node was provided with PeerLanes; if it was with a PeerBook,
// that learns where the members are.
GossipMembers& JoinCluster(Node& node, const GossipOptions& options);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_GOSSIP_MEMBERS_H_
