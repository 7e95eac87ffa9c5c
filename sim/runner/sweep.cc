#include "rehearse/sim/runner/sweep.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"

namespace rehearse::sim {
namespace {

// A second request waits while the first is played, so that no server idles between them. Of short
// runs more wait: waking this process for each would cost as much as playing it.
constexpr size_t kRequests = 2;
constexpr size_t kShortRequests = 24;
constexpr absl::Duration kShort = absl::Milliseconds(2);

// How far ahead of the oldest unfinished seed others may be.
constexpr size_t kAheadMax = 256;

}  // namespace

Perturbation PerturbationOf(uint64_t seed) { return Mix64(seed) | 1u << 8; }

void Sweep::Play(const Next& next, const Judge& judge, const OnLine& on_line) {
  do {
    HandOut(next);
    if (Busy()) Collect(on_line);
    JudgeInOrder(judge);
  } while (Busy() || (judging_ && (more_ || !pending_.empty())));
}

size_t Sweep::RequestsMax() const {
  const absl::Duration played = absl::Now() - start_;
  const bool is_short = collected_ > 8 && played / static_cast<int64_t>(collected_) < kShort;
  return is_short ? kShortRequests : kRequests;
}

void Sweep::HandOut(const Next& next) {
  const size_t requests_max = RequestsMax();
  for (size_t queued = 0; queued < requests_max; ++queued) {
    for (size_t i = 0; i < servers_.size(); ++i) {
      Task task;
      if (tasks_[i].size() > queued || !NextTask(next, task)) continue;
      const SeedPlan& plan = pending_[task.order - first_order_].plan;
      servers_[i].Send({.seed = plan.seed,
                        .perturbation = task.perturbed ? PerturbationOf(plan.seed) : 0,
                        .test = options_.test,
                        .stream_events = options_.stream_events && !task.perturbed});
      tasks_[i].push_back(task);
    }
  }
}

bool Sweep::NextTask(const Next& next, Task& task) {
  if (!judging_) return false;
  if (second_.has_value()) {
    task = *std::exchange(second_, std::nullopt);
    return true;
  }
  if (!more_ || pending_.size() >= kAheadMax) return false;
  const std::optional<SeedPlan> plan = next();
  more_ = plan.has_value();
  if (!more_) return false;
  task = {first_order_ + pending_.size(), false};
  pending_.push_back({*plan, std::nullopt, std::nullopt});
  if (plan->check) second_ = {task.order, true};
  return true;
}

void Sweep::Collect(const OnLine& on_line) {
  std::vector<pollfd> fds;
  for (size_t i = 0; i < servers_.size(); ++i) {
    fds.push_back({tasks_[i].empty() ? -1 : servers_[i].fd(), POLLIN, 0});
  }
  if (poll(fds.data(), fds.size(), -1) <= 0) return;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (fds[i].revents == 0) continue;
    const SeedPlan plan = pending_[tasks_[i].front().order - first_order_].plan;
    servers_[i].Receive([&](absl::string_view line) { on_line(plan, line); });
    while (std::optional<RunResult> result = servers_[i].Take()) {
      const Task task = tasks_[i].front();
      tasks_[i].pop_front();
      Pending& pending = pending_[task.order - first_order_];
      (task.perturbed ? pending.perturbed : pending.plain) = *std::move(result);
      ++collected_;
    }
  }
}

void Sweep::JudgeInOrder(const Judge& judge) {
  while (judging_ && !pending_.empty() && pending_.front().done()) {
    Pending& front = pending_.front();
    judging_ = judge({front.plan, *std::move(front.plain), std::move(front.perturbed)});
    if (!judging_) return;
    pending_.pop_front();
    ++first_order_;
  }
}

bool Sweep::Busy() const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const auto& tasks) { return !tasks.empty(); });
}

}  // namespace rehearse::sim
