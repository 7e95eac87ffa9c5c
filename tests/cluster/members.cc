#include "rehearse/tests/cluster/members.h"

#include <map>
#include <stdexcept>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/monitor.h"
#include "tests/cluster/cluster.h"

namespace rehearse::cluster {
namespace {

using Kind = Event::Kind;
using SinkProtocol = Protocol<uint64_t(Packet)>;
using MortalProtocol = Protocol<void(Poison)>;

constexpr absl::string_view kNamePrefix = "node-";

// What all members of a node share. Each has its own: they outlive the program.
struct Member {
  MembersOptions options;
  Witness* witness;
  const std::atomic<Phase>* phase;

  bool busy() const { return phase->load(std::memory_order_relaxed) == Phase::kBusy; }
  bool dies() const { return phase->load(std::memory_order_relaxed) == Phase::kDies; }
};

// Unique in the cluster, over all lives: a million lives of a node, a million actors of a life.
uint64_t NumberOf(const Node& node, ActorId actor) {
  uint64_t number = 0;
  (void)absl::SimpleAtoi(absl::StripPrefix(node.name(), kNamePrefix), &number);
  return (number << 40) + (node.incarnation() << 20) + actor.value;
}

// Notes what comes of each source.
class Sink : public Actor {
 public:
  explicit Sink(Member member) : member_(member), number_(NumberOf(node(), Self(this).id())) {}
  uint64_t Handle(const Packet& packet) {
    member_.witness->Note(node(), {.kind = Kind::kTook,
                                   .actor = number_,
                                   .other = packet.source,
                                   .sequence = packet.sequence,
                                   .after = packet.after});
    if (packet.sequence % 16 == 0) (void)Sleep(absl::Milliseconds(2));
    return packet.sequence;
  }

 private:
  const Member member_;
  const uint64_t number_;
};

class Mortal : public Actor {
 public:
  explicit Mortal(Member member) : member_(member) {}
  void Handle(const Poison&) {
    member_.witness->Note(node(),
                          {.kind = Kind::kPanics, .actor = NumberOf(node(), Self(this).id())});
    throw std::runtime_error("poisoned");
  }

 private:
  const Member member_;
};

struct Step {};

// Sends packets in each way that there is.
class Source : public Actor {
 public:
  explicit Source(Member member)
      : member_(member),
        number_(NumberOf(node(), Self(this).id())),
        chance_(node().random("source").Split("source", number_)) {}
  absl::Status OnStart() override { return Self(this).Tell(Step()).status(); }
  void Handle(const Step&) {
    if (!member_.busy()) return;
    const std::string name = NodeName(chance_.Below(member_.options.nodes) + 1);
    const auto sink = node().Named<SinkProtocol>(absl::StrCat("sink@", name));
    if (sink.ok()) Send(*sink, name);
    (void)Sleep(absl::Milliseconds(chance_.Between(0, 20)));
    (void)Self(this).Tell(Step());
  }

 private:
  void Send(const ActorRef<SinkProtocol>& sink, const std::string& name) {
    const Packet packet{
        .source = number_, .sequence = ++sequence_, .after = std::exchange(last_good_[name], 0)};
    if (SendOne(sink, packet, name)) last_good_[name] = packet.sequence;
  }
  bool SendOne(const ActorRef<SinkProtocol>& sink, const Packet& packet, const std::string& name) {
    switch (chance_.Below(5)) {
      case 0: return IsGood(sink.TryTell(packet));
      case 1: return IsGood(sink.Tell(packet));
      case 2: return Acknowledged(sink, packet, name);
      case 3: return Ask(sink, packet, name, absl::Seconds(chance_.Between(1, 8)));
      default: return Ask(sink, packet, name, absl::InfiniteDuration());
    }
  }
  bool IsGood(const SendResult& sent) {
    REHEARSE_SOMETIMES(sent.code() == absl::StatusCode::kDataLoss, "a gap is told");
    return sent.ok();
  }
  bool Acknowledged(const ActorRef<SinkProtocol>& sink, const Packet& packet,
                    const std::string& name) {
    const auto sent = sink.TellAcknowledged(packet, absl::Seconds(chance_.Between(1, 8)));
    if (sent.ok()) Note(Kind::kAcknowledged, packet, name);
    return IsGood(sent);
  }
  bool Ask(const ActorRef<SinkProtocol>& sink, const Packet& packet, const std::string& name,
           absl::Duration timeout) {
    Note(Kind::kAsks, packet, name);
    const auto answer = sink.Ask(packet, {.reply_timeout = timeout});
    REHEARSE_ALWAYS(!answer.ok() || *answer == packet.sequence, "an ask gets its own answer");
    Note(answer.ok() ? Kind::kAnswered : Kind::kFailed, packet, name);
    return answer.ok();
  }
  void Note(Kind kind, const Packet& packet, const std::string& name) {
    member_.witness->Note(
        node(), {.kind = kind, .actor = number_, .sequence = packet.sequence, .node = name});
  }

  const Member member_;
  const uint64_t number_;
  Random chance_;
  uint64_t sequence_ = 0;
  std::map<std::string, uint64_t> last_good_;  // by the sink's node; 0: something was wrong
};

// Watches the mortal of each node; when one has died, the next.
class Watcher : public Actor {
 public:
  explicit Watcher(Member member) : member_(member), number_(NumberOf(node(), Self(this).id())) {}
  absl::Status OnStart() override {
    for (uint64_t i = 1; i <= member_.options.nodes; ++i) Watch(NodeName(i));
    return absl::OkStatus();
  }
  void Handle(const Down& down) {
    REHEARSE_SOMETIMES(down.reason.kind == ExitReason::Kind::kPanicked, "a panic is told");
    REHEARSE_SOMETIMES(down.reason.kind == ExitReason::Kind::kNodeLost, "a lost node is told");
    member_.witness->Note(
        node(),
        {.kind = Kind::kTold, .actor = number_, .other = down.monitor, .reason = down.reason.kind});
    const auto watched = monitors_.find(down.monitor);
    if (watched == monitors_.end()) return;  // the judge says what that is
    const std::string name = watched->second;
    monitors_.erase(watched);
    if (!member_.busy()) return;
    (void)Sleep(absl::Milliseconds(500));
    Watch(name);
  }

 private:
  void Watch(const std::string& name) {
    const auto mortal = node().Named<MortalProtocol>(absl::StrCat("mortal@", name));
    if (!mortal.ok()) return;
    const uint64_t monitor = Monitor(Self(this), *mortal);
    monitors_[monitor] = name;
    member_.witness->Note(
        node(), {.kind = Kind::kWatches, .actor = number_, .other = monitor, .node = name});
  }

  const Member member_;
  const uint64_t number_;
  std::map<uint64_t, std::string> monitors_;
};

// Until the node is told to stop.
absl::Status RunMortals(Node& node, const Member& member) {
  Random chance = node.random("member");
  ActorRef<Mortal> mortal = node.Spawn<Mortal>(member);
  absl::Status status = node.Register<MortalProtocol>("mortal", mortal);
  if (!status.ok()) return status;
  node.Spawn<Watcher>(member);
  for (int i = 0; i < member.options.sources; ++i) node.Spawn<Source>(member);
  while (true) {
    status = Sleep(absl::Milliseconds(chance.Between(100, 2000)));
    if (!status.ok()) return status;
    if (member.dies() || chance.Below(4) == 0) (void)mortal.Tell(Poison());
    if (mortal.alive() || member.dies()) continue;
    mortal = node.Spawn<Mortal>(member);
    (void)node.Register<MortalProtocol>("mortal", mortal);
  }
}

}  // namespace

std::string NodeName(uint64_t number) { return absl::StrCat(kNamePrefix, number); }

absl::Status RunMember(Node& node, const MembersOptions& options, Witness& witness,
                       const std::atomic<Phase>& phase) {
  const Member member{options, &witness, &phase};
  witness.Note(node, {.kind = Kind::kBegins});
  const absl::Status status =
      node.Register<SinkProtocol>("sink", node.SpawnWith<Sink>({.mailbox_capacity = 8}, member));
  return status.ok() ? RunMortals(node, member) : status;
}

}  // namespace rehearse::cluster
