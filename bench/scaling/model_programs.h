// The programs of bench/peers as the model plays them.

#ifndef REHEARSE_BENCH_SCALING_MODEL_PROGRAMS_H_
#define REHEARSE_BENCH_SCALING_MODEL_PROGRAMS_H_

#include <cstdint>
#include <vector>

#include "rehearse/bench/scaling/scheduler_model.h"

namespace rehearse::bench {

// `big`: each of a crowd pings one after the other, and answers pings.
class BigProgram final : public ModelProgram {
 public:
  struct Options {
    int crowd = 64;
    int64_t pings = 0;         // of each
    double message = 0;        // ns, to handle it and send the next
    bool same_choices = true;  // all draw the same numbers, as bench/peers has it
  };
  explicit BigProgram(const Options& options) : options_(options) {}

  void Begin(SchedulerModel& model) override;
  double Cost(int, int64_t) override { return options_.message; }
  bool Step(SchedulerModel& model, int actor, int64_t message) override;

 private:
  struct Caller {
    int64_t left;
    int64_t seed;
  };

  const Options options_;
  std::vector<Caller> callers_;
};

// `fork`: one spawns actors, tells each of them something, and they end.
class ForkProgram final : public ModelProgram {
 public:
  struct Options {
    int64_t actors = 0;
    double spawn = 0;        // ns, to spawn one and tell it
    double life = 0;         // to start, handle the message and end
    double spawn_fresh = 0;  // the same with memory that nobody had before
    double life_fresh = 0;
  };
  explicit ForkProgram(const Options& options) : options_(options) {}

  void Begin(SchedulerModel& model) override;
  double Cost(int actor, int64_t message) override;
  bool Step(SchedulerModel& model, int actor, int64_t message) override;

 private:
  const Options options_;
  int64_t left_ = 0;
  int family_ = 0;  // the node's list of actors, with its lock
  int gate_ = 0;    // the program's count of those that are left
};

// `contend`: many send to one, each as fast as it can.
class ContendProgram final : public ModelProgram {
 public:
  struct Options {
    int senders = 20;
    int64_t messages = 0;  // of each
    int capacity = 64;
    double send = 0;  // ns
    double handle = 0;
  };
  explicit ContendProgram(const Options& options) : options_(options) {}

  void Begin(SchedulerModel& model) override;
  double Cost(int actor, int64_t) override { return actor == 0 ? options_.handle : options_.send; }
  bool Step(SchedulerModel& model, int actor, int64_t message) override;

 private:
  const Options options_;
  std::vector<int64_t> left_;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_SCALING_MODEL_PROGRAMS_H_
