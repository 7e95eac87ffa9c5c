#include "rehearse/net/remote/watch_desk.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/remote/life_signal.h"

namespace rehearse::net {
namespace {

// Of why an actor has ended no more is told.
constexpr size_t kTextBytesMax = 4096;

}  // namespace

absl::Status WatchDesk::Serve() {
  absl::Status status;
  while (status.ok()) {
    status = outbox_->AwaitRoom();
    if (!status.ok()) break;
    const absl::StatusOr<std::string> frame = stream_.Read(node_.DeadlineIn(silence_max_));
    status = frame.ok() ? OnFrame(*frame) : frame.status();
  }
  End();
  return status;
}

absl::Status WatchDesk::OnFrame(absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const LifeSignal signal, LifeSignal::Parse(frame));
  switch (signal.kind) {
    case LifeSignalKind::Ping: Say({.kind = LifeSignalKind::Pong}); return absl::OkStatus();
    case LifeSignalKind::Watch: return Watch(signal);
    case LifeSignalKind::Link: return Link(signal);
    case LifeSignalKind::Unwatch: Unwatch(signal.number); return absl::OkStatus();
    case LifeSignalKind::Unlink: Unlink(signal); return absl::OkStatus();
    default: break;
  }
  return absl::DataLossError(absl::StrCat("a signal of kind ", static_cast<int>(signal.kind),
                                          " is no request to watch: news of a node's own actors "
                                          "is for those who have asked it"));
}

absl::Status WatchDesk::Watch(const LifeSignal& signal) {
  if (signal.incarnation != 0 && signal.incarnation != node_.incarnation()) {
    SayDown(signal.number, {ExitReason::Kind::kNodeLost,
                            absl::StrCat("node ", node_.name(), " has started anew")});
    return absl::OkStatus();
  }
  if (!permissions_.MayWatch(vouched_for_)) {
    SayDown(signal.number,
            {ExitReason::Kind::kGone,
             absl::StrCat("node ", peer_.node, " may not watch actors of node ", node_.name())});
    return absl::OkStatus();
  }
  internal::WeakCell found = Find(signal);
  if (found.get() == nullptr) {
    SayDown(signal.number, {ExitReason::Kind::kGone,
                            absl::StrCat("no actor ", signal.target, " on node ", node_.name())});
    return absl::OkStatus();
  }
  internal::Cell& actor = *found.get();
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (watched_.size() >= kWatchedMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("node ", peer_.node, " watches more than ", kWatchedMax, " actors"));
    }
    if (!watched_.try_emplace(signal.number, std::move(found)).second) {
      return absl::DataLossError(absl::StrCat("watched twice as ", signal.number));
    }
  }
  node_.ExportNumber(actor);  // under which it is found after its name is another's
  Say({.kind = LifeSignalKind::Watching, .number = signal.number, .actor = actor.actor_id().value});
  actor.AddDistantWatcher(shared_from_this(), signal.number);
  return absl::OkStatus();
}

// An actor of the peer is to be an end for one of this node: that one's node is watched for it.
absl::Status WatchDesk::Link(const LifeSignal& signal) {
  internal::WeakCell actor;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = watched_.find(signal.number);
    if (at == watched_.end()) return absl::OkStatus();  // it has just ended: the peer will know
    actor = at->second;
  }
  if (const absl::Status known = peers_.AddressOf(peer_.node).status(); !known.ok()) {
    Unwatch(signal.number);
    SayDown(signal.number,
            {ExitReason::Kind::kNodeLost,
             absl::StrCat("node ", node_.name(), " can't be linked: ", known.message())});
    return absl::OkStatus();
  }
  const internal::CellRef partner = StandInFor(signal.partner);
  if (!links_.Add(peer_.node, LinkOf(*actor.get(), signal.partner), *actor.get(), *partner)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("node ", peer_.node, " has more than ", DistantLinks::kLinksMax, " links"));
  }
  internal::LinkAcross(*actor.get(), *partner, internal::kLinkFromAfar);
  return absl::OkStatus();
}

void WatchDesk::Unwatch(uint64_t number) {
  internal::WeakCell actor;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = watched_.find(number);
    if (at == watched_.end()) return;
    actor = std::move(at->second);
    watched_.erase(at);
  }
  actor.get()->RemoveDistantWatcher(*this, number);
}

void WatchDesk::Unlink(const LifeSignal& signal) {
  const internal::WeakCell actor = Find(signal);
  if (actor.get() == nullptr) return;
  StandInFor(signal.partner)->RemoveWatcher(*actor.get(), internal::kLinkFromAfar);
  links_.Remove(peer_.node, LinkOf(*actor.get(), signal.partner));
}

void WatchDesk::Ended(uint64_t number, const ExitReason& reason) {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = watched_.find(number);
    if (over_ || at == watched_.end()) return;
    links_.RemoveAll(peer_.node, at->second.get()->actor_id().value);
    watched_.erase(at);
  }
  SayDown(number, reason);
}

void WatchDesk::SayDown(uint64_t number, const ExitReason& reason) {
  Say({.kind = LifeSignalKind::Down,
       .number = number,
       .reason = static_cast<uint8_t>(reason.kind),
       .text = reason.what.substr(0, kTextBytesMax)});
}

// One that the peer has watched before is meant by its number, ended or not; else it is whoever has
// the name.
internal::WeakCell WatchDesk::Find(const LifeSignal& signal) const {
  if (signal.actor == 0) return node_.FindExported(signal.target);
  return node_.FindExported(absl::StrCat("#", signal.actor));
}

internal::CellRef WatchDesk::StandInFor(uint64_t partner) {
  return node_.StandInFor(peer_.node, absl::StrCat("#", partner), peer_.incarnation);
}

void WatchDesk::Say(const LifeSignal& signal) {
  std::string frame;
  signal.AppendTo(frame);
  outbox_->Add(std::move(frame));
}

void WatchDesk::End() {
  std::map<uint64_t, internal::WeakCell> watched;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    over_ = true;
    watched.swap(watched_);
  }
  for (const auto& [number, actor] : watched) actor.get()->RemoveDistantWatcher(*this, number);
}

}  // namespace rehearse::net
