#include "rehearse/bench/scaling/model_programs.h"

namespace rehearse::bench {
namespace {

constexpr int64_t kGo = -1;
constexpr int64_t kPong = -2;  // a ping is the number of who sent it

constexpr int64_t kFresh = 1;
constexpr int kBlocksOfALife = 3;  // the cell, its start and its message

}  // namespace

// --- big

void BigProgram::Begin(SchedulerModel& model) {
  for (int i = 0; i < options_.crowd; ++i) {
    const int64_t seed = options_.same_choices ? 1 : (i + 1) * int64_t{7919};
    callers_.push_back({options_.pings, seed});
    model.AddActor(4 * options_.crowd);
  }
  for (int i = 0; i < options_.crowd; ++i) model.Post(i, kGo);
}

bool BigProgram::Step(SchedulerModel& model, int actor, int64_t message) {
  if (message != kGo) model.GiveBlock(1);
  if (message >= 0) {
    model.TakeBlock(1);
    model.Tell(static_cast<int>(message), kPong);
    return false;
  }
  Caller& caller = callers_[static_cast<size_t>(actor)];
  if (caller.left == 0) return false;
  --caller.left;
  caller.seed = (caller.seed * 1103515245 + 12345) & 0x7fffffff;
  model.TakeBlock(1);
  model.Tell(static_cast<int>((caller.seed >> 8) % options_.crowd), actor);
  return false;
}

// --- fork

void ForkProgram::Begin(SchedulerModel& model) {
  left_ = options_.actors;
  family_ = model.AddWord();
  gate_ = model.AddWord();
  model.Post(model.AddActor(64), 0);
}

double ForkProgram::Cost(int actor, int64_t message) {
  if (actor == 0) return options_.spawn;
  return message == kFresh ? options_.life_fresh : options_.life;
}

bool ForkProgram::Step(SchedulerModel& model, int actor, int64_t) {
  model.Touch(family_);
  if (actor != 0) {
    model.Touch(gate_);
    model.GiveBlock(kBlocksOfALife);
    return false;
  }
  const bool fresh = model.TakeBlock(kBlocksOfALife);
  if (fresh) model.Spend(options_.spawn_fresh - options_.spawn);
  model.Tell(model.AddActor(64), fresh ? kFresh : 0);
  return --left_ > 0;
}

// --- contend

void ContendProgram::Begin(SchedulerModel& model) {
  model.AddActor(options_.capacity);
  left_.assign(static_cast<size_t>(options_.senders) + 1, options_.messages);
  for (int i = 0; i < options_.senders; ++i) model.Post(model.AddActor(64), 0);
}

bool ContendProgram::Step(SchedulerModel& model, int actor, int64_t) {
  if (actor == 0) {
    model.GiveBlock(1);
    return false;
  }
  model.TakeBlock(1);
  model.Tell(0, 0);
  return --left_[static_cast<size_t>(actor)] > 0;
}

}  // namespace rehearse::bench
