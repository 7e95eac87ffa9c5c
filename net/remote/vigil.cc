#include "rehearse/net/remote/vigil.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/internal/remote_target.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/life_signal.h"

namespace rehearse::net {
namespace {

constexpr int kRoundsUntilLost = 5;
constexpr absl::Duration kDialPause = absl::Milliseconds(250);

// What another node says of an end.
ExitReason ReasonIn(const LifeSignal& signal) {
  constexpr auto kLast = static_cast<uint8_t>(ExitReason::Kind::kGone);
  return {signal.reason <= kLast ? static_cast<ExitReason::Kind>(signal.reason)
                                 : ExitReason::Kind::kGone,
          signal.text};
}

}  // namespace

Vigil::Vigil(Node& node, Network& network, Lives& lives, RemoteCounters& counters, std::string peer,
             std::string address, const SessionOptions& options, Listener listener)
    : node_(node),
      network_(network),
      lives_(lives),
      counters_(counters),
      peer_(std::move(peer)),
      address_(std::move(address)),
      options_(options),
      listener_(std::move(listener)) {}

void Vigil::WatchersChanged(internal::Cell& stand_in) {
  WaitToken keeper;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return;
    const uint64_t number = stand_in.actor_id().value;
    Watched& watched = watched_[number];
    if (watched.stand_in.get() == nullptr) watched.stand_in = internal::WeakCell(stand_in);
    changed_.push_back(number);
    keeper = keeper_;
    if (!std::exchange(running_, true)) {
      Task::Start(node_, absl::StrCat("vigil over ", peer_), [self = shared_from_this()] {
        self->Keep();
      }).Unref();
    }
  }
  Waitable::Wake(keeper, WakeReason::kNotified);
}

void Vigil::Close() {
  WaitToken keeper;
  std::shared_ptr<Stream> stream;
  ByNumber forgotten;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    closed_ = true;
    keeper = keeper_;
    stream = std::exchange(stream_, nullptr);
    forgotten.swap(watched_);
  }
  if (stream != nullptr) stream->Close();
  Waitable::Wake(keeper, WakeReason::kNotified);
}

// --- The task.

// Silence is counted in rounds, not read from a clock: while this node itself stands still, that is
// one round, and the peer has another to answer in.
void Vigil::Keep() {
  int silent = 0;
  while (!IsOver()) {
    silent = IsHeardInRound() ? 0 : silent + 1;
    listener_.on_round();
    if (silent < kRoundsUntilLost) continue;
    Lose(absl::StrCat("no sign of life for ", absl::FormatDuration(options_.lost_after)));
    silent = 0;
  }
}

// Then the stream is closed, and the task ends.
bool Vigil::IsOver() {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (!NothingToDo()) return false;
    running_ = false;
    keeper_ = {};
    stream = std::exchange(stream_, nullptr);
  }
  if (stream != nullptr) stream->Close();
  return true;
}

// With the lock. While there is no stream, what nobody watches any more is simply forgotten.
bool Vigil::NothingToDo() {
  if (closed_) return true;
  if (stream_ == nullptr) {
    std::erase_if(watched_, [](const auto& entry) {
      return entry.second.links.empty() && entry.second.stand_in.get()->watcher_count() == 0;
    });
    if (watched_.empty()) changed_.clear();
  }
  return watched_.empty() && changed_.empty();
}

bool Vigil::IsHeardInRound() {
  const Instant end = node_.DeadlineIn(options_.lost_after / kRoundsUntilLost);
  bool asked = false;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    heard_ = false;
  }
  while (end > node_.DeadlineIn(absl::ZeroDuration())) {
    absl::Status status = Connect(end);
    if (status.ok() && !std::exchange(asked, true)) {
      status = Say({.kind = LifeSignalKind::Ping}, end);
    }
    if (status.ok()) status = SayChanges(end);
    const Instant look = status.ok() ? end : std::min(end, node_.DeadlineIn(kDialPause));
    if (!AwaitChange(look, status.ok())) break;
  }
  const std::lock_guard<SpinLock> lock(lock_);
  return heard_ || NothingToDo();
}

// Parks until there is something to do, or `deadline`; if it `may_be_woken`, for there is nothing
// to do before that without a stream. False: the task is to end.
bool Vigil::AwaitChange(Instant deadline, bool may_be_woken) {
  Wait wait(node_.scheduler(), "vigil");
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (NothingToDo()) return false;
    if (may_be_woken && (stream_ == nullptr || !changed_.empty())) return true;
    keeper_ = may_be_woken ? wait.token() : WaitToken();
  }
  return wait.Until(deadline) != WakeReason::kStopped;
}

absl::Status Vigil::Connect(Instant deadline) {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != nullptr) return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<Stream>> dialled = network_.Dial(address_, deadline);
  if (!dialled.ok()) return dialled.status();
  const std::shared_ptr<Stream> stream = *std::move(dialled);
  const absl::Duration left = deadline - node_.DeadlineIn(absl::ZeroDuration());
  REHEARSE_ASSIGN_OR_RETURN(const Hello hello,
                            GreetPeer(node_, *stream, peer_, Lane::kLives, left));
  REHEARSE_RETURN_IF_ERROR(lives_.Meet(peer_, hello.incarnation));
  Meet(hello.incarnation);
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return absl::CancelledError("this node shuts down");
    stream_ = stream;
    heard_ = true;
    for (auto& [number, watched] : watched_) {
      watched.asked = false;
      for (auto& [partner, link] : watched.links) link.told = false;
      changed_.push_back(number);
    }
  }
  Task::Start(node_, absl::StrCat("news of ", peer_), [self = shared_from_this(), stream] {
    self->Read(stream);
  }).Unref();
  return absl::OkStatus();
}

// It is the node in that life: what was watched in another has ended.
void Vigil::Meet(uint64_t incarnation) {
  std::vector<internal::WeakCell> ended;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    incarnation_ = incarnation;
    for (auto at = watched_.begin(); at != watched_.end();) {
      const Watched& watched = at->second;
      const uint64_t meant = watched.stand_in.get()->stands_for()->incarnation;
      const auto is_other = [&](uint64_t life) { return life != 0 && life != incarnation; };
      if (!is_other(watched.incarnation) && !is_other(meant)) {
        ++at;
        continue;
      }
      ended.push_back(watched.stand_in);
      at = watched_.erase(at);
    }
  }
  End(ended, {ExitReason::Kind::kNodeLost, absl::StrCat("node ", peer_, " has started anew")});
}

absl::Status Vigil::SayChanges(Instant deadline) {
  for (const LifeSignal& change : TakeChanges()) {
    REHEARSE_RETURN_IF_ERROR(Say(change, deadline));
  }
  return absl::OkStatus();
}

absl::Status Vigil::Say(const LifeSignal& signal, Instant deadline) {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    stream = stream_;
  }
  if (stream == nullptr) return absl::UnavailableError("the stream broke");
  std::string frame;
  signal.AppendTo(frame);
  const absl::Status status = stream->Write(std::move(frame), deadline);
  if (!status.ok()) Broke(stream);
  return status;
}

std::vector<LifeSignal> Vigil::TakeChanges() {
  std::vector<LifeSignal> changes;
  const std::lock_guard<SpinLock> lock(lock_);
  for (const uint64_t number : std::exchange(changed_, {})) {
    const auto at = watched_.find(number);
    if (at == watched_.end()) continue;
    Watched& watched = at->second;
    AddLinks(number, watched, changes);
    if (watched.stand_in.get()->watcher_count() != 0) continue;
    if (watched.asked) changes.push_back({.kind = LifeSignalKind::Unwatch, .number = number});
    watched_.erase(at);
  }
  return changes;
}

// That it is watched, if that was not said yet, and which actors of this node are linked to it.
void Vigil::AddLinks(uint64_t number, Watched& watched, std::vector<LifeSignal>& changes) {
  internal::Cell& stand_in = *watched.stand_in.get();
  const internal::RemoteTarget& target = *stand_in.stands_for();
  if (!watched.asked && stand_in.watcher_count() != 0) {
    watched.asked = true;
    watched.incarnation = incarnation_;
    changes.push_back({.kind = LifeSignalKind::Watch,
                       .number = number,
                       .target = target.actor,
                       .incarnation = target.incarnation,
                       .actor = watched.actor});
  }
  const auto change = [&](LifeSignalKind kind, uint64_t partner) {
    changes.push_back({.kind = kind,
                       .number = number,
                       .target = target.actor,
                       .incarnation = target.incarnation,
                       .actor = watched.actor,
                       .partner = partner});
  };
  std::map<uint64_t, Linked> linked;
  for (internal::Cell* const cell : stand_in.LinkedHere()) {
    const uint64_t partner = cell->actor_id().value;
    const auto known = watched.links.find(partner);
    if (known == watched.links.end() || !known->second.told) {
      node_.ExportNumber(*cell);
      change(LifeSignalKind::Link, partner);
    }
    linked.emplace(partner, Linked{internal::WeakCell(*cell), true});
    cell->Unref();
  }
  for (const auto& [partner, link] : watched.links) {
    // Of one that has ended the other node learns as of any that it watches.
    if (linked.contains(partner) || link.actor.get()->phase() == internal::Cell::Phase::kEnded) {
      continue;
    }
    change(LifeSignalKind::Unlink, partner);
  }
  watched.links = std::move(linked);
}

// --- The task that reads.

void Vigil::Read(const std::shared_ptr<Stream>& stream) {
  while (true) {
    const absl::StatusOr<std::string> frame = stream->Read();
    if (!frame.ok()) return Broke(stream);
    if (const absl::Status status = OnSignal(*frame); !status.ok()) {
      ++counters_.refused_answer;
      node_.log().Write(Severity::kWarning, absl::StrCat("stream of lives from ", peer_,
                                                         " closed: ", status.message()));
      return Broke(stream);
    }
  }
}

absl::Status Vigil::OnSignal(absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const LifeSignal signal, LifeSignal::Parse(frame));
  std::vector<internal::WeakCell> ended;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    heard_ = true;
    const auto at = watched_.find(signal.number);
    switch (signal.kind) {
      case LifeSignalKind::Pong: break;
      case LifeSignalKind::Watching:
        if (at != watched_.end()) at->second.actor = signal.actor;
        break;
      case LifeSignalKind::Down:
        if (at == watched_.end()) break;
        ended.push_back(at->second.stand_in);
        watched_.erase(at);
        break;
      default:
        return absl::DataLossError(absl::StrCat("a signal of kind ", static_cast<int>(signal.kind),
                                                " is no news of a watched life"));
    }
  }
  End(ended, ReasonIn(signal));
  return absl::OkStatus();
}

void Vigil::Broke(const std::shared_ptr<Stream>& stream) {
  WaitToken keeper;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;  // known already
    stream_ = nullptr;
    keeper = keeper_;
  }
  stream->Close();
  Waitable::Wake(keeper, WakeReason::kNotified);
}

void Vigil::Lose(absl::string_view why) {
  std::vector<internal::WeakCell> ended;
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    for (const auto& [number, watched] : watched_) ended.push_back(watched.stand_in);
    watched_.clear();
    changed_.clear();
    stream = std::exchange(stream_, nullptr);
  }
  if (stream != nullptr) stream->Close();
  ++counters_.nodes_lost;
  const std::string what = absl::StrCat("node ", peer_, ": ", why);
  node_.log().Write(Severity::kWarning, what);
  listener_.on_lost(what);
  End(ended, {ExitReason::Kind::kNodeLost, what});
}

void Vigil::End(const std::vector<internal::WeakCell>& ended, const ExitReason& reason) {
  for (const internal::WeakCell& stand_in : ended) stand_in.get()->EndAsToldElsewhere(reason);
}

}  // namespace rehearse::net
