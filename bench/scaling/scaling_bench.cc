// How would Rehearse scale on more cores than this machine has?
//
//   scaling_bench [--check] [--line=NS] [--migration=NS] [--steal_max=N] [--look_nanos=NS]
//
// Measures what the model's steps cost, has it predict `big`, `fork` and `contend` of bench/peers
// for 1 and 2 workers on this machine, and measures those. Then it predicts them for 1 to 64 cores
// that share nothing but memory, each `line` away from the others. The last two flags are for
// schedulers that we do not have. --check: status 1 if a prediction for this machine is off by more
// than a fifth.

#include <malloc.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>

#include "rehearse/bench/scaling/calibration.h"
#include "rehearse/bench/scaling/model_programs.h"
#include "rehearse/bench/scaling/scheduler_model.h"

namespace rehearse::bench {
namespace {

constexpr double kTolerance = 0.2;
constexpr int kCores[] = {1, 2, 4, 8, 16, 32, 64};
constexpr int kRounds = 40;

// One program: how it is made for so many workers.
struct Subject {
  const char* name;
  int64_t operations;
  std::function<std::unique_ptr<ModelProgram>(int workers)> make;
  double beside;  // of two on this machine
};

struct Prediction {
  double nanos;  // each
  SchedulerModel::Outcome outcome;
};

Prediction Predict(const MachineCosts& costs, const SchedulerRules& rules, const Subject& subject,
                   int workers) {
  const std::unique_ptr<ModelProgram> program = subject.make(workers);
  const SchedulerModel::Outcome outcome = SchedulerModel(costs, workers, *program, rules).Run();
  return {outcome.nanos / static_cast<double>(subject.operations), outcome};
}

// Whether it comes out here as predicted.
bool Check(const MachineCosts& costs, const SchedulerRules& rules, const Subject& subject) {
  bool good = true;
  for (const int workers : {1, 2}) {
    MachineCosts here = costs;
    here.beside = subject.beside;
    const double predicted = Predict(here, rules, subject, workers).nanos;
    const double measured = MeasureWall(subject.name, subject.operations, workers, kRounds);
    const double off = predicted / measured - 1;
    good = good && std::abs(off) <= kTolerance;
    std::printf("%-8s %d  predicted %7.1f ns  measured %7.1f ns  %+.0f %%\n", subject.name, workers,
                predicted, measured, 100 * off);
  }
  return good;
}

void Extrapolate(const MachineCosts& costs, const SchedulerRules& rules, const Subject& subject) {
  std::printf(
      "\n%s\ncores  ns each  speed-up  efficiency | of all cores' time, %%: work lines moves "
      "asleep | per 1000: steals wakes depot parks\n",
      subject.name);
  double alone = 0;
  for (const int cores : kCores) {
    const auto [nanos, outcome] = Predict(costs, rules, subject, cores);
    if (cores == 1) alone = nanos;
    const auto percent = [all = outcome.nanos * cores](double part) { return 100 * part / all; };
    const auto per_1000 = [&subject](uint64_t count) {
      return 1000 * static_cast<double>(count) / static_cast<double>(subject.operations);
    };
    std::printf("%5d %8.1f %9.2f %9.0f %% | %4.0f %4.0f %4.0f %4.0f | %7.1f %7.1f %7.1f %7.1f\n",
                cores, nanos, alone / nanos, 100 * alone / nanos / cores, percent(outcome.work),
                percent(outcome.waiting), percent(outcome.moving), percent(outcome.asleep),
                per_1000(outcome.steals), per_1000(outcome.wakes), per_1000(outcome.depot_trips),
                per_1000(outcome.parks));
  }
}

Subject Big(const char* name, const ProgramCosts& costs, int crowd, bool same, double handler) {
  constexpr int64_t kPings = 100'000;
  const int64_t each = kPings / crowd;
  return {name, 2 * each * crowd,
          [=](int workers) {
            const double message = workers == 1 ? costs.big_alone : costs.big_shared;
            return std::make_unique<BigProgram>(BigProgram::Options{
                .crowd = crowd, .pings = each, .message = message + handler, .same_choices = same});
          },
          costs.big_beside};
}

Subject Fork(const ProgramCosts& costs) {
  constexpr int64_t kActors = 50'000;
  return {"fork", kActors,
          [=](int workers) {
            const double share =
                workers == 1 ? costs.fork_alone / (costs.spawn_fresh + costs.life_fresh) : 1;
            return std::make_unique<ForkProgram>(
                ForkProgram::Options{.actors = kActors,
                                     .spawn = share * costs.spawn,
                                     .life = share * costs.life,
                                     .spawn_fresh = share * costs.spawn_fresh,
                                     .life_fresh = share * costs.life_fresh});
          },
          costs.fork_beside};
}

Subject Contend(const ProgramCosts& costs) {
  constexpr int kSenders = 20;
  constexpr int64_t kEach = 5'000;
  return {"contend", kSenders * kEach,
          [=](int workers) {
            const double share = workers == 1 ? costs.contend_alone / costs.contend_shared : 1;
            return std::make_unique<ContendProgram>(ContendProgram::Options{
                .senders = kSenders,
                .messages = kEach,
                .send = share * (costs.contend_shared - costs.handle_shared),
                .handle = share * costs.handle_shared});
          },
          costs.contend_beside};
}

void Print(const MachineCosts& machine, const ProgramCosts& costs) {
  std::printf(
      "measured, in ns: line %.1f, migration %.1f, a wake-up %.0f and %.0f later, depot %.1f\n",
      machine.line, machine.migration, machine.wake_call, machine.wake_delay, machine.depot);
  std::printf("big %.1f alone, %.1f shared, %.2f times that beside another\n", costs.big_alone,
              costs.big_shared, costs.big_beside);
  std::printf("contend %.1f alone, %.1f shared (%.1f to handle), %.2f times that beside another\n",
              costs.contend_alone, costs.contend_shared, costs.handle_shared, costs.contend_beside);
  std::printf(
      "fork: spawn %.1f, life %.1f; a flood %.1f and %.1f, %.1f alone; %.2f times that "
      "beside another\n\n",
      costs.spawn, costs.life, costs.spawn_fresh, costs.life_fresh, costs.fork_alone,
      costs.fork_beside);
}

int Usage() {
  std::fprintf(stderr,
               "usage: scaling_bench [--check] [--line=NS] [--migration=NS] [--steal_max=N] "
               "[--look_nanos=NS]\n");
  return 2;
}

int Main(int argc, char** argv) {
  bool check = false;
  // Between cores of one socket; and an actor's cell and object are four lines, of which two come
  // at once.
  double line = 50;
  double migration = 100;
  SchedulerRules rules;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--check") == 0) {
      check = true;
    } else if (std::sscanf(argv[i], "--line=%lf", &line) != 1 &&
               std::sscanf(argv[i], "--migration=%lf", &migration) != 1 &&
               std::sscanf(argv[i], "--steal_max=%d", &rules.steal_max) != 1 &&
               std::sscanf(argv[i], "--look_nanos=%lf", &rules.look_nanos) != 1) {
      return Usage();
    }
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  // What the kernel takes to hand out pages is not the scheduler's.
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  MachineCosts machine = MeasureMachine();
  const ProgramCosts costs = MeasurePrograms();
  Print(machine, costs);
  bool good = Check(machine, rules, Big("big", costs, 64, true, 0));
  good = Check(machine, rules, Fork(costs)) && good;
  good = Check(machine, rules, Contend(costs)) && good;
  std::printf("%s\n", good ? "as predicted, to a fifth" : "NOT as predicted, to a fifth");

  machine.line = line;
  machine.migration = migration;
  std::printf("\nCores that share nothing; line %.0f ns, migration %.0f ns\n", line, migration);
  Extrapolate(machine, rules, Big("big", costs, 64, true, 0));
  Extrapolate(machine, rules, Fork(costs));
  Extrapolate(machine, rules, Contend(costs));
  Extrapolate(machine, rules, Big("big, each with choices of its own", costs, 64, false, 0));
  Extrapolate(machine, rules,
              Big("big of 4,096, each with choices of its own", costs, 4096, false, 0));
  Extrapolate(machine, rules, Big("the same, with handlers of 1 us", costs, 4096, false, 1000));
  return check && !good ? 1 : 0;
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) { return rehearse::bench::Main(argc, argv); }
