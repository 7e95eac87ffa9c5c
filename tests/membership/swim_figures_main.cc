// What the gossip costs and how fast it is, in periods, against SWIM's paper: for
// docs/MEMBERSHIP.md.
//
//   bazel run --config=opt //tests/membership:swim_figures

#include <algorithm>
#include <cstdio>
#include <vector>

#include "rehearse/net/membership/testing/gossip_town.h"

namespace rehearse::net {
namespace {

struct Figures {
  std::vector<double> first;   // until somebody suspects the dead one
  std::vector<double> dead;    // until somebody takes it for dead
  std::vector<double> all;     // until all do
  std::vector<double> spread;  // from the first that takes it for dead to the last
  double sent = 0;             // frames a member a period
  double words = 0;            // words about members in them
  uint64_t wrong = 0;          // suspicions of members that lived
};

double Periods(absl::Duration length) { return absl::ToDoubleSeconds(length); }

void Kill(GossipTown& town, size_t victim, Figures& figures) {
  const Instant from = town.now();
  const size_t others = town.size() - 1;
  town.Crash(victim);
  const auto until = [&](auto done) {
    town.RunUntil(done, absl::Minutes(10));
    return town.now();
  };
  const auto suspected = until([&] { return town.Knowing(victim, MemberState::kAlive) < others; });
  const auto first = until([&] { return town.Knowing(victim, MemberState::kDead) > 0; });
  const auto last = until([&] { return town.Knowing(victim, MemberState::kDead) == others; });
  figures.first.push_back(Periods(suspected - from));
  figures.dead.push_back(Periods(first - from));
  figures.all.push_back(Periods(last - from));
  figures.spread.push_back(Periods(last - first));
}

void CountQuiet(GossipTown& town, Figures& figures) {
  constexpr int kPeriods = 60;
  uint64_t words = 0;
  const uint64_t before = town.frames_sent();
  for (size_t i = 0; i < town.size(); ++i) words -= town.core(i).counters().words_sent;
  town.RunFor(absl::Seconds(kPeriods));
  for (size_t i = 0; i < town.size(); ++i) words += town.core(i).counters().words_sent;
  const double member_periods = static_cast<double>(town.size()) * kPeriods;
  figures.sent = static_cast<double>(town.frames_sent() - before) / member_periods;
  figures.words = static_cast<double>(words) / member_periods;
}

Figures Measure(size_t members, int kills, Ratio loss) {
  Figures figures;
  GossipTown town(members, {});
  town.AddMany(members);
  town.RunUntil([&] { return town.Agrees(); }, absl::Minutes(5));
  town.set_loss(loss);
  town.RunFor(absl::Seconds(60));
  CountQuiet(town, figures);
  for (size_t i = 0; i < members; ++i) figures.wrong += town.core(i).counters().suspected;
  for (int i = 0; i < kills; ++i) {
    const size_t victim = 2 + static_cast<size_t>(i) % (members - 2);
    Kill(town, victim, figures);
    town.Restart(victim);
    town.RunUntil([&] { return town.Knowing(victim, MemberState::kAlive) == members; },
                  absl::Minutes(5));
  }
  return figures;
}

double At(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

void Print(size_t members, int kills, Ratio loss) {
  const Figures f = Measure(members, kills, loss);
  std::printf(
      "%4zu members, %2d%% loss: suspected %.2f / %.2f, dead %.2f / %.2f, known to all "
      "%.2f / %.2f, spread %.2f / %.2f; %.2f frames, %.2f words a member a period; %llu "
      "wrong suspicions in 2 minutes\n",
      members, static_cast<int>(loss.numerator), At(f.first, .5), At(f.first, .99), At(f.dead, .5),
      At(f.dead, .99), At(f.all, .5), At(f.all, .99), At(f.spread, .5), At(f.spread, .99), f.sent,
      f.words, static_cast<unsigned long long>(f.wrong));
}

}  // namespace
}  // namespace rehearse::net

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("in periods, median / 99 of 100\n");
  for (const size_t members : {5, 10, 25, 50, 100, 200}) {
    rehearse::net::Print(members, members > 50 ? 20 : 100, rehearse::Ratio::Percent(0));
  }
  for (const size_t members : {50}) {
    rehearse::net::Print(members, 50, rehearse::Ratio::Percent(5));
  }
  return 0;
}
