#include "rehearse/sim/fault/swarm.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/storage/disk_faults.h"

namespace rehearse::sim {
namespace {

// In the order of swarm.h.
constexpr absl::string_view kFamilies[] = {"links",
                                           "latencies",
                                           "loss",
                                           "duplication",
                                           "reordering",
                                           "partitions",
                                           "one way partitions",
                                           "slow links",
                                           "clogs",
                                           "flapping",
                                           "resets",
                                           "full resets",
                                           "half open resets",
                                           "packets",
                                           "long tails",
                                           "corruption",
                                           "mtu",
                                           "bandwidth",
                                           "rebinds",
                                           "crashes",
                                           "pauses",
                                           "clocks",
                                           "clock jumps",
                                           "clock drift",
                                           "rare paths",
                                           "panics",
                                           "kills",
                                           "power failures",
                                           "lost writes",
                                           "torn writes",
                                           "lost entries",
                                           "slow disks",
                                           "read errors",
                                           "write errors",
                                           "sync errors",
                                           "full disks",
                                           "rot",
                                           "misdirected writes",
                                           "misdirected reads"};

class Drawer {
 public:
  Drawer(const Swarm& swarm, const std::vector<std::string>& nodes, const Decisions& decisions)
      : swarm_(swarm), nodes_(nodes), decisions_(decisions) {
    for (const std::string& node : nodes) {
      if (absl::StartsWith(node, swarm.victims)) victims_.push_back(node);
    }
  }

  FaultPlan Draw() {
    Family("links", [this](DecisionStream& s) { Links(s); });
    Family("partitions", [this](DecisionStream& s) { Partitions(s); });
    Family("slow links", [this](DecisionStream& s) { SlowLinks(s); });
    Family("clogs", [this](DecisionStream& s) { Clogs(s); });
    Family("flapping", [this](DecisionStream& s) { Flapping(s); });
    Family("resets", [this](DecisionStream& s) { Resets(s); });
    Family("packets", [this](DecisionStream& s) { Packets(s); });
    Family("crashes", [this](DecisionStream& s) { Crashes(s); });
    Family("pauses", [this](DecisionStream& s) { Pauses(s); });
    Family("clocks", [this](DecisionStream& s) { Clocks(s); });
    Family("rare paths", [this](DecisionStream&) {
      plan_.faults.push_back({.at = absl::ZeroDuration(), .kind = Fault::Kind::kBuggify});
    });
    if (swarm_.panics) {
      Family("panics", [this](DecisionStream& s) { Suspensions(Fault::Kind::kPanic, s); });
      Family("kills", [this](DecisionStream& s) { Suspensions(Fault::Kind::kKill, s); });
    }
    if (swarm_.disks) Disks();
    std::stable_sort(plan_.faults.begin(), plan_.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.at < b.at; });
    return std::move(plan_);
  }

 private:
  // Each family has a stream of its own: one that is off, or draws more, moves no other.
  template <typename Body>
  void Family(const char* name, const Body& body) {
    if (!Has(name)) return;
    DecisionStream stream =
        decisions_.Named(absl::StrCat("swarm ", name), decisions_.random("swarm", HashLabel(name)));
    if (stream.Chance({1, 2})) body(stream);
  }

  // Whether a family, or a part of one, is on. A part is drawn all the same.
  bool Has(absl::string_view name) const {
    return std::count(swarm_.without.begin(), swarm_.without.end(), name) == 0;
  }

  absl::Duration Time(DecisionStream& s) {
    return absl::Milliseconds(s.Between(0, absl::ToInt64Milliseconds(swarm_.horizon)));
  }

  void Links(DecisionStream& s) {
    Fault fault{.at = absl::ZeroDuration(), .kind = Fault::Kind::kLinks};
    LinkOptions& link = fault.link;
    link.latency.shape = static_cast<Latency::Shape>(s.Choose(3));
    link.latency.min = absl::Microseconds(s.Between(100, 5000));
    link.latency.max = link.latency.min + absl::Milliseconds(s.Between(1, 200));
    if (s.Chance({1, 2})) link.loss = {static_cast<uint64_t>(s.Between(1, 100)), 1000};
    if (s.Chance({1, 2})) link.duplicate = {static_cast<uint64_t>(s.Between(1, 100)), 1000};
    if (s.Chance({1, 2})) link.reorder = {static_cast<uint64_t>(s.Between(1, 200)), 1000};
    if (!Has("latencies")) link.latency = {};
    if (!Has("loss")) link.loss = {};
    if (!Has("duplication")) link.duplicate = {};
    if (!Has("reordering")) link.reorder = {};
    plan_.faults.push_back(std::move(fault));
  }

  void Partitions(DecisionStream& s) {
    const int64_t count = s.Between(1, 6);
    absl::Duration at;
    for (int64_t i = 0; i < count; ++i) {
      at += absl::Milliseconds(s.Between(10, absl::ToInt64Milliseconds(swarm_.horizon) / count));
      Fault cut{.at = at,
                .kind = s.Chance({1, 3}) ? Fault::Kind::kPartitionOneWay : Fault::Kind::kPartition};
      for (const std::string& node : nodes_) {
        (s.Chance({1, 2}) ? cut.nodes : cut.others).push_back(node);
      }
      if (!Has("one way partitions")) cut.kind = Fault::Kind::kPartition;
      plan_.faults.push_back(std::move(cut));
      at += absl::Milliseconds(s.Between(10, 15000));
      if (swarm_.beyond_tolerance && s.Chance({1, 2})) continue;
      plan_.faults.push_back({.at = at, .kind = Fault::Kind::kHeal});
    }
  }

  // One node's way to some of the others.
  void SlowLinks(DecisionStream& s) {
    const int64_t count = s.Between(1, 6);
    for (int64_t i = 0; i < count; ++i) {
      const std::string& node = nodes_[s.Choose(nodes_.size())];
      Fault slow{.at = Time(s),
                 .kind = Fault::Kind::kSlow,
                 .nodes = {node},
                 .length = absl::Milliseconds(s.Between(50, 3000))};
      for (const std::string& other : nodes_) {
        if (other != node && s.Chance({2, 3})) slow.others.push_back(other);
      }
      plan_.faults.push_back(std::move(slow));
    }
  }

  // Two of the nodes, which may be the same.
  Fault Between(Fault::Kind kind, absl::Duration at, DecisionStream& s) {
    Fault fault{.at = at, .kind = kind};
    fault.nodes = {nodes_[s.Choose(nodes_.size())]};
    fault.others = {nodes_[s.Choose(nodes_.size())]};
    return fault;
  }

  void Clogs(DecisionStream& s) {
    const int64_t count = s.Between(1, 6);
    for (int64_t i = 0; i < count; ++i) {
      Fault clog = Between(Fault::Kind::kClog, Time(s), s);
      clog.length = absl::Milliseconds(s.Between(10, 10000));
      plan_.faults.push_back(std::move(clog));
    }
  }

  // A link that comes and goes, faster than who uses it can settle.
  void Flapping(DecisionStream& s) {
    Fault cut = Between(Fault::Kind::kPartition, Time(s), s);
    const int64_t times = s.Between(2, 10);
    for (int64_t i = 0; i < times; ++i) {
      cut.kind = Fault::Kind::kPartition;
      plan_.faults.push_back(cut);
      cut.at += absl::Milliseconds(s.Between(1, 500));
      cut.kind = Fault::Kind::kMend;
      plan_.faults.push_back(cut);
      cut.at += absl::Milliseconds(s.Between(1, 500));
    }
  }

  void Resets(DecisionStream& s) {
    const int64_t count = s.Between(1, 6);
    for (int64_t i = 0; i < count; ++i) {
      const bool half_open = s.Chance({1, 2});
      Fault reset =
          Between(half_open ? Fault::Kind::kResetOneWay : Fault::Kind::kReset, Time(s), s);
      if (Has(half_open ? "half open resets" : "full resets")) {
        plan_.faults.push_back(std::move(reset));
      }
    }
  }

  // What only packets feel, of all links, until they change again; and ports that are seen anew.
  void Packets(DecisionStream& s) {
    Fault fault{.at = Time(s), .kind = Fault::Kind::kLinks};
    LinkOptions& link = fault.link;
    link.latency.shape = Latency::Shape::kLongTail;
    link.latency.min = absl::Microseconds(s.Between(100, 2000));
    link.latency.max = link.latency.min + absl::Milliseconds(s.Between(1, 50));
    if (s.Chance({1, 2})) link.corrupt = {static_cast<uint64_t>(s.Between(1, 50)), 1000};
    if (s.Chance({1, 4})) link.mtu_bytes = static_cast<uint32_t>(s.Between(576, 1500));
    if (s.Chance({1, 4})) {
      link.bytes_per_second = static_cast<uint64_t>(s.Between(20'000, 2'000'000));
    }
    if (!Has("long tails")) link.latency = {};
    if (!Has("corruption")) link.corrupt = {};
    if (!Has("mtu")) link.mtu_bytes = 0;
    if (!Has("bandwidth")) link.bytes_per_second = 0;
    plan_.faults.push_back(std::move(fault));
    Fault rebind{
        .at = Time(s), .kind = Fault::Kind::kRebind, .nodes = {nodes_[s.Choose(nodes_.size())]}};
    if (Has("rebinds")) plan_.faults.push_back(std::move(rebind));
  }

  int CrashesMax() const {
    const int victims = static_cast<int>(victims_.size());
    if (swarm_.crashes_max >= 0) return std::min(swarm_.crashes_max, victims);
    return swarm_.beyond_tolerance ? victims : (victims - 1) / 2;
  }

  void Crashes(DecisionStream& s) {
    std::vector<std::string> left = victims_;
    const int most = CrashesMax();
    if (most <= 0) return;
    const int64_t count = s.Between(1, most);
    for (int64_t i = 0; i < count; ++i) {
      const size_t at = s.Choose(left.size());
      const std::string victim = left[at];
      left.erase(left.begin() + static_cast<ptrdiff_t>(at));
      Fault crash{.at = Time(s),
                  .kind = s.Chance({1, 3}) ? Fault::Kind::kSilentCrash : Fault::Kind::kCrash,
                  .nodes = {victim}};
      const absl::Duration back = crash.at + absl::Milliseconds(s.Between(1, 10000));
      plan_.faults.push_back(std::move(crash));
      if (swarm_.restarts && !(swarm_.beyond_tolerance && s.Chance({1, 2}))) {
        plan_.faults.push_back({.at = back, .kind = Fault::Kind::kRestart, .nodes = {victim}});
      }
    }
  }

  void Pauses(DecisionStream& s) {
    const int64_t count = s.Between(1, 4);
    for (int64_t i = 0; i < count && !victims_.empty(); ++i) {
      const std::string victim = victims_[s.Choose(victims_.size())];
      const absl::Duration at = Time(s);
      plan_.faults.push_back({.at = at, .kind = Fault::Kind::kPause, .nodes = {victim}});
      plan_.faults.push_back({.at = at + absl::Milliseconds(s.Between(1, 5000)),
                              .kind = Fault::Kind::kResume,
                              .nodes = {victim}});
    }
  }

  void Clocks(DecisionStream& s) {
    for (const std::string& victim : victims_) {
      if (s.Chance({1, 2})) continue;
      Fault clock{.at = Time(s),
                  .kind = Fault::Kind::kClock,
                  .nodes = {victim},
                  .length = absl::Milliseconds(s.Between(-60000, 60000)),
                  .number = s.Between(-100000, 100000)};
      if (!Has("clock jumps")) clock.length = absl::ZeroDuration();
      if (!Has("clock drift")) clock.number = 0;
      plan_.faults.push_back(std::move(clock));
    }
  }

  void Suspensions(Fault::Kind kind, DecisionStream& s) {
    const int64_t count = s.Between(1, 4);
    for (int64_t i = 0; i < count && !victims_.empty(); ++i) {
      plan_.faults.push_back({.at = Time(s),
                              .kind = kind,
                              .nodes = {victims_[s.Choose(victims_.size())]},
                              .number = s.Between(1, 50)});
    }
  }

  // Some victims at once, or all of them.
  void PowerFailures(DecisionStream& s) {
    const int64_t count = s.Between(1, 6);
    for (int64_t i = 0; i < count && !victims_.empty(); ++i) {
      Fault failure{.at = Time(s), .kind = Fault::Kind::kPowerFailure};
      const bool all = s.Chance({1, 4});
      const std::string& one = victims_[s.Choose(victims_.size())];
      for (const std::string& victim : victims_) {
        if (all || victim == one || s.Chance({1, 4})) failure.nodes.push_back(victim);
      }
      plan_.faults.push_back({.at = failure.at + absl::Milliseconds(s.Between(1, 5000)),
                              .kind = Fault::Kind::kRestart,
                              .nodes = failure.nodes});
      plan_.faults.push_back(std::move(failure));
    }
  }

  // What each family adds to the faults of all victims' disks, or of those that lie.
  void Disks() {
    DiskFaults all{.lose_write = Ratio::Never(), .lose_entry = Ratio::Never()};
    DiskFaults lies;
    const auto odds = [](DecisionStream& s) {
      return Ratio{1, static_cast<uint64_t>(s.Between(3, 100))};
    };
    Family("power failures", [this](DecisionStream& s) { PowerFailures(s); });
    Family("lost writes", [&](DecisionStream& s) { all.lose_write = Often(s); });
    Family("torn writes", [&](DecisionStream& s) {
      all.tear = Often(s);
      all.unit_bytes = s.Chance({1, 2}) ? 512 : 4096;
    });
    Family("lost entries", [&](DecisionStream& s) { all.lose_entry = Often(s); });
    Family("slow disks", [&](DecisionStream& s) {
      all.latency = {.shape = static_cast<Latency::Shape>(s.Choose(3)),
                     .min = absl::Microseconds(s.Between(10, 500)),
                     .max = absl::Microseconds(s.Between(1000, 50000))};
      if (s.Chance({1, 2})) all.stall = odds(s);
    });
    Family("read errors", [&](DecisionStream& s) { all.read_error = odds(s); });
    Family("write errors", [&](DecisionStream& s) { all.write_error = odds(s); });
    Family("sync errors", [&](DecisionStream& s) { all.sync_error = odds(s); });
    Family("full disks", [&](DecisionStream& s) { all.full = odds(s); });
    Family("rot", [&](DecisionStream& s) { lies.rot = odds(s); });
    Family("misdirected writes", [&](DecisionStream& s) { lies.misdirect_write = odds(s); });
    Family("misdirected reads", [&](DecisionStream& s) { lies.misdirect_read = odds(s); });
    SetDisks(all, lies);
  }

  static Ratio Often(DecisionStream& s) { return {static_cast<uint64_t>(s.Between(1, 4)), 4}; }

  void SetDisks(const DiskFaults& all, const DiskFaults& lies) {
    Fault good{.kind = Fault::Kind::kDisk, .nodes = victims_, .disk = all};
    Fault liars{.kind = Fault::Kind::kDisk, .disk = all};
    liars.disk.rot = lies.rot;
    liars.disk.misdirect_write = lies.misdirect_write;
    liars.disk.misdirect_read = lies.misdirect_read;
    DecisionStream stream = decisions_.Open("swarm", HashLabel("disks that lie"));
    const size_t liars_count =
        swarm_.beyond_tolerance ? victims_.size() : (victims_.size() - 1) / 2;
    for (size_t i = 0; i < liars_count; ++i) {
      const size_t at = stream.Choose(good.nodes.size());
      liars.nodes.push_back(good.nodes[at]);
      good.nodes.erase(good.nodes.begin() + static_cast<ptrdiff_t>(at));
    }
    for (Fault* const fault : {&good, &liars}) {
      if (!fault->nodes.empty()) plan_.faults.push_back(std::move(*fault));
    }
  }

  const Swarm& swarm_;
  const std::vector<std::string>& nodes_;
  const Decisions& decisions_;
  std::vector<std::string> victims_;
  FaultPlan plan_;
};

}  // namespace

bool IsFamily(absl::string_view name) {
  return std::count(std::begin(kFamilies), std::end(kFamilies), name) > 0;
}

FaultPlan DrawPlan(const Swarm& swarm, const std::vector<std::string>& nodes,
                   const Decisions& decisions) {
  return Drawer(swarm, nodes, decisions).Draw();
}

}  // namespace rehearse::sim
