#include "rehearse/actor/node.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/internal/asker.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {
namespace {

class SilentHistory final : public History {
 public:
  uint64_t Begin(uint64_t, absl::string_view, absl::string_view, absl::string_view) override {
    return 0;
  }
  void End(uint64_t, Outcome, absl::string_view) override {}
};

// Whether `actor` is called by its number, which is "#7". It is written in no other way: "# 007"
// would be a second name, and who counts by names would count it apart.
bool ParseNumber(absl::string_view actor, ActorId& number) {
  return absl::ConsumePrefix(&actor, "#") && absl::SimpleAtoi(actor, &number.value) &&
         absl::AlphaNum(number.value).Piece() == actor;
}

// How other nodes call the actor.
std::string NumberOf(const internal::Cell& cell) {
  return absl::StrCat("#", cell.actor_id().value);
}

absl::Status CheckRegistration(absl::string_view name, const internal::Export& exported) {
  if (!exported.cell || exported.cell->stands_for() != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("register ", name, ": the ref names no actor of this node"));
  }
  if (name.empty() || name.find_first_of("@#") != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("register \"", name, "\": a name is not empty and has no @ and no #"));
  }
  return absl::OkStatus();
}

// A view of any actor, from what knows its cell.
struct RefOfCell : AnyRef {
  explicit RefOfCell(const internal::CellRef& cell) : AnyRef(cell) {}
};

NameEntry EntryOf(absl::string_view name, const internal::Export& exported) {
  return {.name = std::string(name),
          .ref = RefOfCell(exported.cell),
          .actor = NumberOf(*exported.cell),
          .protocol = internal::ProtocolIdOf(exported.methods, exported.method_count)};
}

// Stateless, so that one serves all.
SilentHistory silent_history;

}  // namespace

Node::Node(NodeOptions options, Scheduler& scheduler, Clock& clock, Log& log)
    : Domain(options.id, scheduler),
      options_(std::move(options)),
      plain_cell_(CellOptionsOf({}, nullptr)),
      clock_(clock),
      log_(log),
      history_(&silent_history),
      replies_(scheduler) {}

Node::~Node() = default;

void Node::Shutdown() {
  if (shutting_down_.exchange(true, std::memory_order_acq_rel)) return;
  if (on_shutdown_ != nullptr) on_shutdown_();
}

absl::Status Node::StopActors() {
  return internal::EndFamily(family_, *this, internal::Ending::kStop);
}

void Node::AnswerElsewhere(ReplyId reply_to, EnvelopePtr reply) {
  if (router_ != nullptr) router_->Answer(reply_to, std::move(reply));
}

bool Node::AnswerIsWanted(ReplyId reply_to) {
  if (reply_to.elsewhere()) return router_ != nullptr && router_->Wants(reply_to);
  return internal::IsWaiterReply(reply_to) ? internal::IsWaitedFor(scheduler(), reply_to)
                                           : replies_.Wants(reply_to);
}

void Node::AnswerUnwanted(ReplyId reply_to) const {
  if (reply_watch_ == nullptr) return;
  if (internal::IsWaiterReply(reply_to) && !reply_to.elsewhere() &&
      internal::IsBeingGivenUp(scheduler(), reply_to)) {
    return;
  }
  reply_watch_->Unwanted(*this, reply_to);
}

Instant Node::DeadlineIn(absl::Duration length) const {
  if (length == absl::InfiniteDuration()) return Instant::Infinite();
  if (CurrentWorker() != nullptr) return clock_.ToTimebase(clock_.Now() + length);
  return scheduler().worker(0).poller().Now() + length;
}

internal::CellOptions Node::CellOptionsOf(const SpawnOptions& options,
                                          internal::Cell* parent) const {
  const int32_t capacity = options.mailbox_capacity < 0 ? options_.mailbox_capacity
                                                        : std::min(options.mailbox_capacity, 65535);
  return {.mailbox_capacity = static_cast<uint16_t>(capacity),
          .overflow = options.overflow,
          .priority = options.priority,
          .worker = options.worker < 0 ? -1 : options.worker % scheduler().worker_count(),
          .own_thread = options.own_thread,
          .name = options.name,
          .reply_timeout = options.reply_timeout,
          .stop_when_unreferenced = options.stop_when_unreferenced,
          .parent = parent,
          .link_to = options.link_to.cell().get()};
}

bool Node::OnException(const std::exception_ptr& thrown) {
  return on_exception_ != nullptr && on_exception_(thrown);
}

absl::Status Node::RegisterExport(absl::string_view name, internal::Export exported,
                                  uint64_t* token) {
  REHEARSE_RETURN_IF_ERROR(CheckRegistration(name, exported));
  const NameEntry entry = EntryOf(name, exported);
  if (names_ != nullptr) ExportNumber(*exported.cell, exported);
  REHEARSE_RETURN_IF_ERROR(exports_.Add(name, std::move(exported)));
  if (names_ == nullptr) return absl::OkStatus();
  const absl::StatusOr<uint64_t> registered = names_->Register(entry);
  if (!registered.ok()) {
    exports_.Remove(name);
    return registered.status();
  }
  if (token != nullptr) *token = *registered;
  return absl::OkStatus();
}

absl::Status Node::Unregister(absl::string_view name) {
  const internal::Export had = exports_.Remove(name);
  if (!had.cell) {
    return absl::NotFoundError(absl::StrCat("unregister ", name, ": no such name here"));
  }
  if (names_ != nullptr) names_->Unregister(name, NumberOf(*had.cell));
  return absl::OkStatus();
}

absl::Status Node::RegisterSharedExport(absl::string_view name, const internal::Export& exported) {
  REHEARSE_RETURN_IF_ERROR(CheckRegistration(name, exported));
  if (names_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("register ", name, ": this node has nobody who keeps shared names"));
  }
  ExportNumber(*exported.cell, exported);
  return names_->RegisterShared(EntryOf(name, exported));
}

absl::Status Node::UnregisterShared(absl::string_view name, const AnyRef& ref) {
  if (!ref || ref.cell()->stands_for() != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("unregister ", name, ": the ref names no actor of this node"));
  }
  if (names_ != nullptr) names_->Unregister(name, NumberOf(*ref.cell()));
  return absl::OkStatus();
}

absl::StatusOr<Location> Node::Locate(absl::string_view name) {
  if (names_ != nullptr) return names_->Lookup(name);
  return Location{.actor = std::string(name)};
}

absl::StatusOr<std::vector<Location>> Node::LocateAll(absl::string_view name) {
  if (names_ != nullptr) return names_->LookupAll(name);
  std::vector<Location> all;
  if (exports_.Find(name).cell) all.push_back({.actor = std::string(name)});
  return all;
}

absl::StatusOr<internal::ResolvedName> Node::ResolveLocation(absl::string_view name,
                                                             const Location& location,
                                                             const internal::RemoteMethod* methods,
                                                             size_t method_count) {
  const ProtocolId wanted = internal::ProtocolIdOf(methods, method_count);
  if (location.protocol.id && location.protocol != wanted) {
    return absl::FailedPreconditionError(
        absl::StrCat("look up ", name, ": it takes the messages of {", location.protocol.messages,
                     "}, not those of {", wanted.messages, "}"));
  }
  if (!location.node.empty() && location.node != options_.name) {
    return internal::ResolvedName{{},
                                  StandInFor(location.node, location.actor, location.incarnation)};
  }
  const bool is_this_life =
      location.incarnation == 0 || location.incarnation == options_.incarnation;
  internal::Export local;
  if (is_this_life) local = FindExport(location.actor, methods[0].id);
  if (local.cell) return internal::ResolvedName{std::move(local), {}};
  return FrameworkError(absl::NotFoundError(absl::StrCat("look up ", name, ": no such name")),
                        Effect::kNone);
}

absl::StatusOr<internal::ResolvedName> Node::Resolve(absl::string_view name) {
  Location location{.actor = std::string(name)};
  const size_t at = name.find('@');
  if (at != absl::string_view::npos) {
    location.node = std::string(name.substr(at + 1));
    location.actor = std::string(name.substr(0, at));
  } else if (internal::Export local = exports_.Find(name); local.cell) {
    return internal::ResolvedName{std::move(local), {}};
  } else if (names_ != nullptr) {
    absl::StatusOr<Location> found = names_->Lookup(name);
    if (!found.ok()) return found.status();
    location.node = std::move(found->node);
  }
  if (location.node.empty() || location.node == options_.name) {
    internal::Export local = exports_.Find(location.actor);
    if (local.cell) return internal::ResolvedName{std::move(local), {}};
    return absl::NotFoundError(absl::StrCat("look up ", name, ": no such name"));
  }
  if (location.actor.empty() || location.actor.find('#') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("look up \"", name, "\": write actor@node"));
  }
  return internal::ResolvedName{{}, StandInFor(location.node, location.actor, 0)};
}

internal::Export Node::FindExport(absl::string_view actor, const MessageId& message) const {
  ActorId number;
  if (actor.empty() || actor[0] != '#' || !ParseNumber(actor, number)) return exports_.Find(actor);
  return exports_.FindNumber(number, message);
}

internal::WeakCell Node::FindExported(absl::string_view actor) const {
  ActorId number;
  if (!ParseNumber(actor, number)) return exports_.FindCell(actor);
  return exports_.FindNumber(number);
}

Node& CurrentNode() {
  Worker* const worker = CurrentWorker();
  Strand* const strand = worker == nullptr ? nullptr : worker->current().strand();
  REHEARSE_CHECK(strand != nullptr, "CurrentNode() was called outside a program or actor");
  return static_cast<Node&>(strand->domain());
}

absl::Status Actor::OnStart() { return absl::OkStatus(); }
Node& Actor::node() { return CurrentNode(); }

void Actor::Stop() { internal::CurrentCell()->RequestExit({ExitReason::Kind::kStopped, ""}); }

Instant internal::DeadlineOn(Node& node, absl::Duration timeout) {
  return node.DeadlineIn(timeout);
}

void Actor::UnstashAll() { internal::CurrentCell()->Unstash(); }

absl::Status Sleep(absl::Duration length) {
  Node& node = CurrentNode();
  if (internal::LearnsThatAskerHasLeft()) {
    internal::Rest();
    return FrameworkError(internal::AskerHasLeftError("sleep"), Effect::kNone);
  }
  rehearse::Wait wait(node.scheduler(), "Sleep");
  const WakeReason reason = wait.Until(node.DeadlineIn(length));
  if (reason == WakeReason::kGivenUp) internal::LearnedThatAskerHasLeft();
  return reason == WakeReason::kDeadline
             ? absl::OkStatus()
             : FrameworkError(WaitStatus(reason, "sleep"), Effect::kNone);
}

}  // namespace rehearse
