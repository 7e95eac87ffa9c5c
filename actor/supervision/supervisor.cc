#include "rehearse/actor/supervision/supervisor.h"

#include <algorithm>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/internal/child_keeper.h"

namespace rehearse {

using internal::Cell;
using internal::CellRef;
using internal::ChildKeeper;
using internal::CurrentCell;

namespace {

// The keeper of a child that this supervisor has; null for other children, which it started by
// SpawnChild.
ChildKeeper* KeeperOf(const Cell& child) {
  internal::Revival* const revival = child.revival();
  return revival == nullptr ? nullptr : dynamic_cast<ChildKeeper*>(revival->keeper.get());
}

bool ToBeRestarted(Cell& child) {
  return FollowedByRestart(KeeperOf(child)->options().restart, child.exit_reason(),
                           child.revival()->stopped);
}

}  // namespace

Supervisor::Supervisor(const SupervisorOptions& options)
    : strategy_(options.strategy),
      back_off_(options.back_off),
      budget_(options.limit),
      random_(node().random("restarts").Split("of", CurrentCell()->actor_id().value)) {}

Supervisor::~Supervisor() = default;

CellRef Supervisor::StartChild(const internal::ActorClass& actor_class, const ChildOptions& options,
                               std::unique_ptr<const internal::Recipe> recipe) {
  Cell& self = internal::ParentToBe();
  CellRef child = SpawnRevivable(
      node(), actor_class, node().CellOptionsOf(options.spawn, &self), std::move(recipe),
      std::make_unique<ChildKeeper>(options, self.incarnation(), node().clock().Now()));
  child->WaitUntilUp(1, Instant::Infinite());
  return child;
}

// What is said of a child that has been restarted since is old.
void Supervisor::Hear(internal::ChildNews& news) {
  if (news.supervisor != CurrentCell()->incarnation()) return;
  Cell& child = *news.child;
  if (news.ended) return OnChildEnded(child.actor_id(), news.reason);
  if (child.incarnation() != news.incarnation || !child.down()) return;
  if (!ToBeRestarted(child)) return child.Retire();
  BringBack(news.child);
}

void Supervisor::BringBack(CellRef failed) {
  while (failed && SpendFor(*failed)) {
    if (strategy_ == Strategy::kOneForOne) return failed->LiveAgain(DelayFor(*failed));
    failed = RestartGroupOf(*failed);
  }
}

bool Supervisor::SpendFor(Cell& failed) {
  if (budget_.Spend(node().clock().Now())) return true;
  const RestartLimit& limit = budget_.limit();
  CurrentCell()->RequestExit(
      {ExitReason::Kind::kPanicked,
       absl::StrCat("gave up after ", limit.restarts, " restarts within ",
                    absl::FormatDuration(limit.window), ": ", failed.Describe(), " ",
                    failed.exit_reason().ToString())});
  return false;
}

absl::Duration Supervisor::DelayFor(Cell& failed) {
  const Instant now = node().clock().Now();
  const int failures =
      KeeperOf(failed)->CountFailure(now, std::max(back_off_.max, budget_.limit().window));
  const absl::Duration delay = WaitAfter(back_off_, failures, random_);
  KeeperOf(failed)->SetUp(now + delay);
  return delay;
}

// Returns the one that did not come up, and is to be restarted in its turn.
CellRef Supervisor::RestartGroupOf(Cell& failed) {
  const Cells group = GroupOf(failed);
  for (const CellRef& child : group) TakeDown(*child);
  const absl::Duration delay = DelayFor(failed);
  if (delay > absl::ZeroDuration() && !Sleep(delay).ok()) return {};
  for (auto child = group.rbegin(); child != group.rend(); ++child) {
    if (BringUp(**child)) continue;
    if ((*child)->WaitUntilDown(Instant::Infinite()) != WakeReason::kNotified) return {};
    if (ToBeRestarted(**child)) return *child;
    (*child)->Retire();
  }
  return {};
}

// Newest first.
Supervisor::Cells Supervisor::GroupOf(const Cell& failed) {
  Cells group;
  for (CellRef& child : internal::MembersOf(CurrentCell()->children())) {
    const bool is_failed = child.get() == &failed;
    if (KeeperOf(*child) != nullptr) group.push_back(std::move(child));
    if (is_failed && strategy_ == Strategy::kRestForOne) break;
  }
  return group;
}

void Supervisor::TakeDown(Cell& child) {
  const ChildOptions& options = KeeperOf(child)->options();
  const absl::Duration timeout = options.stop_timeout < absl::ZeroDuration()
                                     ? node().options().stop_timeout
                                     : options.stop_timeout;
  if (options.restart == Restart::kTemporary) child.Retire();
  child.RequestRestart();
  if (child.WaitUntilDown(node().DeadlineIn(timeout)) != WakeReason::kDeadline) return;
  child.RequestKill();
  if (child.WaitUntilDown(node().DeadlineIn(timeout)) != WakeReason::kDeadline) return;
  child.Retire();
  node().log().Write(Severity::kError, absl::StrCat(child.Describe(),
                                                    " is not restarted with its siblings: it "
                                                    "outlives its stop and its kill"));
}

// False: it did not come up.
bool Supervisor::BringUp(Cell& child) {
  if (child.revival()->retired.load(std::memory_order_acquire)) return true;
  const uint32_t next = child.incarnation() + 1;
  child.LiveAgain(absl::ZeroDuration());
  if (child.WaitUntilUp(next, Instant::Infinite()) != WakeReason::kNotified) return false;
  KeeperOf(child)->SetUp(node().clock().Now());
  return child.phase() != Cell::Phase::kEnding;
}

namespace internal {

void Adoption::Invoke(Cell& cell, Envelope& envelope) {
  auto& adoption = envelope.As<Adoption>();
  AnswerWith<CellRef>(
      cell, envelope,
      static_cast<Supervisor&>(cell.actor())
          .StartChild(*adoption.actor_class, adoption.options, std::move(adoption.recipe)));
}

void ChildNews::Invoke(Cell& cell, Envelope& envelope) {
  static_cast<Supervisor&>(cell.actor()).Hear(envelope.As<ChildNews>());
}

}  // namespace internal
}  // namespace rehearse
