// A member's part in the gossip, as a pure state machine: frames and time go in, frames to send
// come out.
//
// After SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard (Dadgar and others, DSN 2018).
// Differences:
// - Frames travel on streams, which are ordered and lose nothing but their end; a question and its
//   answer are on one stream, that the one who asks has opened.
// - A dead member is forgotten late, not at once, and looked for; it comes back by refuting. So a
//   cluster that was cut in two becomes one again.
// - A word has the number of the member's life before its incarnation: who starts anew need not
//   know what was said of it before.
// - All of what two members know is compared once in a while, in case a rumour died out.
// - Who is pinged by one that it takes for dead, or suspects, says so in its answer.
// - That a member is dead is each node's own finding: by another's word it is suspected, and has as
//   long to refute that as if it had not answered. So nobody who lies ends another's presence.
// - Time in which the node itself did not run does not count: a late Tick is taken to be on time.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_CORE_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_CORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/net/membership/gossip.h"
#include "rehearse/net/membership/gossip_records.h"
#include "rehearse/net/membership/member.h"
#include "rehearse/net/membership/member_table.h"
#include "rehearse/net/membership/membership_options.h"
#include "rehearse/net/membership/probe_order.h"
#include "rehearse/net/membership/rumours.h"
#include "rehearse/net/membership/suspicion.h"

namespace rehearse::net {

// A frame to send.
struct GossipSend {
  std::string to;  // a member's name; empty: whoever is at `address`
  std::string address;
  uint64_t link = 0;  // the stream on which it was asked; 0: one that this node opens
  GossipFrame frame;
};

struct MembershipCounters {
  uint64_t periods = 0;
  uint64_t sent = 0;        // frames
  uint64_t words_sent = 0;  // about members
  uint64_t suspected = 0;   // members, by this node's own probes
  uint64_t refuted = 0;     // what was said of this node
  uint64_t late = 0;        // ticks that came when the node had stood still
  uint64_t conflicts = 0;   // words of a name that another key has, or of a later life of this node
  uint64_t refused = 0;     // words that were no valid ones, or had no room
};

// One fiber at a time. `now` is the node's clock, and does not go back.
class MembershipCore {
 public:
  using Sign = std::function<std::string(const MemberWord&)>;

  // `self` is alive, in incarnation 0. `sign` may be null: nothing is proven.
  MembershipCore(Member self, const MembershipOptions& options, Random random, Sign sign,
                 Instant now);

  // Members may be found at these: at once, while nobody else is present, and now and then.
  void SetBootstrap(std::vector<std::string> addresses);
  // One may be found there, too: it is tried now, and as those are.
  void SeekAt(const std::string& address);

  // Passes on these, too. They outlive it; before the first event.
  void SetRecords(GossipRecords& records) { records_ = &records; }

  // --- Events.

  void Tick(Instant now);
  // `from` has sent this: who it is, its stream proves as far as the network can. `link` is the
  // stream if `from` has opened it, else 0.
  void OnFrame(const std::string& from, uint64_t link, const GossipFrame& frame, Instant now);
  // This node has a new value of a record.
  void Put(const GossipRecord& record);
  // Tells all who are present of the record `key` at once, and hears what others have said of the
  // same thing; or `only` that member, if it is not empty. Its number.
  uint64_t Claim(const std::string& key, absl::string_view only, Instant now);
  // This node leaves; nothing takes that back.
  void Leave(Instant now);

  // --- What comes of them.

  // When Tick is due.
  Instant next_tick() const;
  std::vector<GossipSend> TakeSends();

  const MemberTable& table() const { return table_; }
  const Member& self() const { return self_; }
  // Grows with each change of what is known of anybody.
  uint64_t version() const { return version_; }
  // Whether `word` would be news.
  bool IsNews(const MemberWord& word) const;
  bool leaving() const { return leaving_; }
  // Somebody has acknowledged that this node leaves.
  bool left_heard() const { return left_heard_; }
  int health() const { return health_; }
  // How many were told of a claim, and how many of them have answered.
  struct ClaimState {
    size_t told = 0;
    size_t heard = 0;
  };
  ClaimState claim(uint64_t number) const;
  void EndClaim(uint64_t number) { claims_.erase(number); }
  const MembershipCounters& counters() const { return counters_; }
  // It was told where others may be found.
  bool seeks_others() const { return !bootstrap_.empty() || !found_.empty(); }

 private:
  struct Probe {
    std::string target;
    uint64_t sequence = 0;
    Instant ask_helpers;  // when others are asked; infinite when they were
    std::set<std::string> helpers = {};
    size_t nacks = 0;
    bool acked = false;
  };
  struct Claimed {
    size_t told = 0;
    std::set<std::string> heard;
  };
  // A ping for another member.
  struct Relay {
    std::string asker;
    uint64_t link = 0;
    uint64_t sequence = 0;  // the asker's
    std::string target;
    Instant deadline;
  };

  // membership_core.cc: what is said.
  Instant TimeAt(Instant now);
  MemberWord AsHeard(MemberWord word) const;
  void Hear(const MemberWord& word);
  // What this node says itself, or believes as if it did.
  void Take(const MemberWord& word);
  void HearOfSelf(const MemberWord& word);
  void HearRecords(const GossipFrame& frame);
  void OnNews(const std::string& name, bool was_present);
  void OnOld(const MemberWord& word);
  void SayOfSelf(MemberState state);
  void OnPing(const std::string& from, uint64_t link, const GossipFrame& frame);
  void OnSync(const std::string& from, uint64_t link, const GossipFrame& frame);
  void OnSyncAnswer(const std::string& from, const GossipFrame& frame);
  GossipFrame NewFrame(GossipKind kind, uint64_t sequence) const;
  GossipFrame FullFrame(GossipKind kind, uint64_t sequence) const;
  void AddWords(const std::string& to, GossipFrame& frame);
  void Send(const std::string& to, uint64_t link, GossipFrame frame);
  void SendTo(const std::string& address, GossipFrame frame);
  void Sync(const std::string& to);

  // membership_probe.cc: who is there.
  void StartPeriod();
  void EndProbe();
  void AskHelpers();
  void Suspect(const std::string& name);
  void EndSuspicions();
  void EndRelays();
  void OnPingRequest(const std::string& from, uint64_t link, const GossipFrame& frame);
  void OnAck(const std::string& from, const GossipFrame& frame);
  void SeekOthers();
  void SeekAtBootstrap();
  void TellOfLeave();
  void FeelWorse(size_t by);
  absl::Duration Slowed(absl::Duration length) const { return length * (health_ + 1); }
  Suspicion NewSuspicion(const std::string& by) const;

  const MembershipOptions options_;
  const Sign sign_;
  Random random_;
  Member self_;
  MemberTable table_;
  Rumours rumours_;
  ProbeOrder order_;
  std::vector<std::string> bootstrap_;
  std::vector<std::string> found_;  // the latest last
  GossipRecords* records_ = nullptr;
  std::map<std::string, Suspicion> suspicions_;
  std::optional<Probe> probe_;
  std::map<uint64_t, Relay> relays_;  // by this node's sequence
  std::set<uint64_t> leave_pings_;
  std::map<uint64_t, Claimed> claims_;  // by sequence
  std::vector<GossipSend> sends_;
  Instant time_;  // now, without what was stood still
  absl::Duration stood_still_ = absl::ZeroDuration();
  Instant period_end_;
  Instant leave_retry_ = Instant::Infinite();
  uint64_t sequence_ = 0;
  uint64_t version_ = 1;
  int health_ = 0;  // 0: well
  bool leaving_ = false;
  bool left_heard_ = false;
  MembershipCounters counters_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_CORE_H_
