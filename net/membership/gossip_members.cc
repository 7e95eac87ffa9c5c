#include "rehearse/net/membership/gossip_members.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/membership/gossip.h"
#include "rehearse/net/membership/member_proof.h"
#include "rehearse/net/remote/peer_book.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

// After so many periods without a word a stream is given up, and a new one is tried.
constexpr int kSilentPeriodsMax = 3;

MembershipCore::Sign SignerOf(const Identity* identity) {
  if (identity == nullptr) return nullptr;
  return [identity](const MemberWord& word) { return ProofOf(word, *identity); };
}

bool IsQuestion(GossipKind kind) {
  return kind == GossipKind::Ping || kind == GossipKind::PingRequest || kind == GossipKind::Sync ||
         kind == GossipKind::Records;
}

bool IsAnswer(GossipKind kind) {
  return kind == GossipKind::Ack || kind == GossipKind::Nack || kind == GossipKind::SyncAnswer ||
         kind == GossipKind::Records;
}

}  // namespace

GossipMembers::GossipMembers(Node& node, PeerLanes& lanes, const GossipOptions& options)
    : node_(node),
      lanes_(lanes),
      options_(options),
      core_({.name = node.name(), .address = options.address, .life = node.incarnation()},
            options.membership, node.random("membership"), SignerOf(options.identity),
            node.clock().Now()) {}

void GossipMembers::Start() {
  std::vector<GossipSend> sends;
  {
    const Guard lock(lock_);
    core_.SetBootstrap(options_.bootstrap);
    sends = core_.TakeSends();
  }
  Dispatch(std::move(sends));
  Task::Start(node_, "membership", [self = shared_from_this()] { self->Run(); }).Unref();
}

void GossipMembers::SeekAt(const std::string& address) {
  std::vector<GossipSend> sends;
  {
    const Guard lock(lock_);
    core_.SeekAt(address);
    sends = core_.TakeSends();
  }
  Dispatch(std::move(sends));
}

// --- The task.

void GossipMembers::Run() {
  while (AwaitTick()) {
    std::vector<GossipSend> sends;
    std::vector<WaitToken> waiters;
    {
      const Guard lock(lock_);
      core_.Tick(node_.clock().Now());
      sends = core_.TakeSends();
      waiters = TakeWaiters();
    }
    Dispatch(std::move(sends));
    for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
  }
}

// Parks until the core's next tick is due. False: it is over.
bool GossipMembers::AwaitTick() {
  while (true) {
    Wait wait(node_.scheduler(), "membership");
    Instant until;
    {
      const Guard lock(lock_);
      if (closed_) return false;
      until = core_.next_tick();
      if (until <= node_.clock().Now()) return true;
      runner_ = wait.token();
      runner_until_ = until;
    }
    const Instant deadline = until.infinite() ? until : node_.clock().ToTimebase(until);
    if (wait.Until(deadline) == WakeReason::kStopped) return false;
  }
}

std::vector<WaitToken> GossipMembers::TakeWaiters() {
  std::vector<WaitToken> woken;
  if (core_.version() != waiters_version_ || core_.left_heard() || closed_) {
    waiters_version_ = core_.version();
    for (const auto& [watch, waiter] : std::exchange(waiters_, {})) woken.push_back(waiter);
  }
  if (core_.next_tick() < runner_until_ || closed_) woken.push_back(std::exchange(runner_, {}));
  return woken;
}

// --- Streams.

absl::Status GossipMembers::Serve(const Hello& peer, Stream& stream,
                                  const std::shared_ptr<Outbox>& outbox) {
  uint64_t link = 0;
  {
    const Guard lock(lock_);
    if (closed_) return absl::UnavailableError("this node shuts down");
    if (served_.size() >= kServedMax) {
      return absl::ResourceExhaustedError(absl::StrCat("more than ", kServedMax, " gossip here"));
    }
    link = next_served_++;
    served_.emplace(link, outbox);
  }
  absl::Status status = absl::OkStatus();
  while (status.ok()) {
    status = outbox->AwaitRoom();
    if (!status.ok()) break;
    const absl::StatusOr<std::string> frame = stream.Read();
    status = frame.ok() ? OnFrame(peer.node, link, *frame) : frame.status();
  }
  const Guard lock(lock_);
  served_.erase(link);
  return status;
}

absl::Status GossipMembers::OnFrame(const std::string& from, uint64_t link,
                                    const std::string& bytes) {
  REHEARSE_ASSIGN_OR_RETURN(GossipFrame frame, GossipFrame::Parse(bytes));
  if (link == 0 ? !IsAnswer(frame.kind) : !IsQuestion(frame.kind)) {
    return absl::DataLossError(
        absl::StrCat("a frame of kind ", static_cast<int>(frame.kind), " has no place here"));
  }
  REHEARSE_RETURN_IF_ERROR(CheckWords(frame));
  REHEARSE_RETURN_IF_ERROR(CheckRecords(frame));
  std::vector<GossipSend> sends;
  std::vector<WaitToken> waiters;
  {
    const Guard lock(lock_);
    core_.OnFrame(from, link, frame, node_.clock().Now());
    sends = core_.TakeSends();
    waiters = TakeWaiters();
  }
  Dispatch(std::move(sends));
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
  return absl::OkStatus();
}

// Nobody who is honest passes on what its subject has not said: one such word ends the stream.
absl::Status GossipMembers::CheckWords(const GossipFrame& frame) const {
  if (frame.members.size() > options_.membership.members_max) {
    return absl::DataLossError(absl::StrCat("a frame about ", frame.members.size(), " members"));
  }
  if (options_.identity == nullptr) return absl::OkStatus();
  for (const MemberWord& word : frame.members) {
    {
      const Guard lock(lock_);
      if (!core_.IsNews(word)) continue;
    }
    REHEARSE_RETURN_IF_ERROR(CheckProof(word));
  }
  return absl::OkStatus();
}

// Takes out what is no news; the rest has been checked.
absl::Status GossipMembers::CheckRecords(GossipFrame& frame) const {
  std::shared_ptr<RecordRule> rule;
  {
    const Guard lock(lock_);
    rule = rule_;
  }
  if (rule == nullptr) return absl::OkStatus();
  {
    const Guard lock(lock_);
    std::erase_if(frame.records,
                  [this](const GossipRecord& record) { return !records_->IsNews(record); });
  }
  for (const GossipRecord& record : frame.records) {
    const absl::Status status = rule->Check(record.key, record.value);
    if (absl::IsInvalidArgument(status)) return absl::DataLossError(status.message());
  }
  return absl::OkStatus();
}

void GossipMembers::Dispatch(std::vector<GossipSend> sends) {
  for (GossipSend& send : sends) {
    std::string bytes;
    send.frame.AppendTo(bytes);
    if (send.link != 0) {
      std::shared_ptr<Outbox> outbox;
      {
        const Guard lock(lock_);
        const auto at = served_.find(send.link);
        if (at != served_.end()) outbox = at->second;
      }
      if (outbox != nullptr) outbox->Add(std::move(bytes));
    } else if (const std::shared_ptr<GossipLink> link = LinkFor(send)) {
      link->Send(std::move(bytes), node_.clock().Now());
    }
  }
}

// Null: where it is is not known, or this node shuts down.
std::shared_ptr<GossipLink> GossipMembers::LinkFor(const GossipSend& send) {
  if (send.address.empty()) return nullptr;
  std::shared_ptr<GossipLink> link;
  std::shared_ptr<GossipLink> given_up;
  {
    const Guard lock(lock_);
    if (closed_) return nullptr;
    const auto at = links_.find(send.to.empty() ? send.address : send.to);
    if (at != links_.end()) link = at->second;
  }
  if (link != nullptr) {
    const absl::Duration patience = options_.membership.period * kSilentPeriodsMax;
    const bool is_silent = link->unanswered_since() < node_.clock().Now() + -patience;
    if (!is_silent && link->address() == send.address) return link;
    link->Close();
  }
  return NewLink(send);
}

std::shared_ptr<GossipLink> GossipMembers::NewLink(const GossipSend& send) {
  const std::string key = send.to.empty() ? send.address : send.to;
  auto made = std::make_shared<GossipLink>(
      GossipLink::Parts{
          .node = node_,
          .lanes = lanes_,
          .dial_timeout = options_.membership.period * kSilentPeriodsMax,
          .on_frame = [self = shared_from_this(), from = send.to](
                          const std::string& frame) { return self->OnFrame(from, 0, frame); },
          .on_end = [self = shared_from_this(),
                     key](const GossipLink& link) { self->Forget(key, link); }},
      send.to, send.address);
  std::shared_ptr<GossipLink> stalest;
  {
    const Guard lock(lock_);
    if (closed_) return nullptr;
    if (links_.size() >= kLinksMax) {
      stalest = std::min_element(links_.begin(), links_.end(), [](const auto& a, const auto& b) {
                  return a.second->last_used() < b.second->last_used();
                })->second;
    }
    links_[key] = made;
  }
  if (stalest != nullptr) stalest->Close();
  return made;
}

void GossipMembers::Forget(const std::string& key, const GossipLink& link) {
  std::shared_ptr<GossipLink> forgotten;
  const Guard lock(lock_);
  const auto at = links_.find(key);
  if (at == links_.end() || at->second.get() != &link) return;
  forgotten = std::move(at->second);
  links_.erase(at);
}

void GossipMembers::Close() {
  std::map<std::string, std::shared_ptr<GossipLink>> links;
  std::vector<WaitToken> waiters;
  {
    const Guard lock(lock_);
    if (std::exchange(closed_, true)) return;
    links.swap(links_);
    waiters = TakeWaiters();
  }
  for (const auto& [name, link] : links) link->Close();
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
}

// --- The view.

class GossipMembers::DiffWatch final : public MemberWatch {
 public:
  DiffWatch(std::shared_ptr<GossipMembers> members, uint64_t number)
      : members_(std::move(members)), number_(number) {}

  absl::StatusOr<MemberChange> Next(Instant deadline) override {
    while (true) {
      Wait wait(members_->node_.scheduler(), "member watch");
      {
        const Guard lock(members_->lock_);
        MemberChange change;
        if (members_->NextChange(told_, change)) return change;
        if (members_->closed_) return absl::UnavailableError("this node is no member any more");
        members_->waiters_[number_] = wait.token();
      }
      const WakeReason reason = wait.Until(deadline);
      if (reason != WakeReason::kNotified) return WaitStatus(reason, "watch the members");
    }
  }

 private:
  const std::shared_ptr<GossipMembers> members_;
  const uint64_t number_;
  Told told_;
};

bool GossipMembers::NextChange(Told& told, MemberChange& change) const {
  using Kind = MemberChange::Kind;
  for (const auto& [name, known] : core_.table().all()) {
    const Member& is = known.member;
    const auto at = told.find(name);
    const bool was_present = at != told.end() && at->second.present();
    if (!was_present && !is.present()) continue;
    if (!was_present) {
      change = {Kind::kJoined, is};
    } else if (is.life != at->second.life) {
      Member over = at->second;
      over.state = MemberState::kDead;
      change = {Kind::kDied, over};
      told[name] = over;
      return true;
    } else if (is.state == at->second.state) {
      continue;
    } else {
      change = {is.state == MemberState::kAlive     ? Kind::kTrusted
                : is.state == MemberState::kSuspect ? Kind::kSuspected
                : is.state == MemberState::kDead    ? Kind::kDied
                                                    : Kind::kLeft,
                is};
    }
    told[name] = is;
    return true;
  }
  return false;
}

Member GossipMembers::Self() const {
  const Guard lock(lock_);
  return core_.self();
}

std::vector<Member> GossipMembers::View() const {
  std::vector<Member> view;
  const Guard lock(lock_);
  for (const auto& [name, known] : core_.table().all()) view.push_back(known.member);
  return view;
}

std::unique_ptr<MemberWatch> GossipMembers::Watch() {
  const Guard lock(lock_);
  return std::make_unique<DiffWatch>(shared_from_this(), next_watch_++);
}

absl::Status GossipMembers::Leave(Instant deadline) {
  std::vector<GossipSend> sends;
  {
    const Guard lock(lock_);
    core_.Leave(node_.clock().Now());
    sends = core_.TakeSends();
  }
  Dispatch(std::move(sends));
  absl::Status status = absl::OkStatus();
  while (status.ok()) {
    Wait wait(node_.scheduler(), "leave");
    WaitToken runner;
    {
      const Guard lock(lock_);
      if (core_.left_heard() || closed_) break;
      waiters_[0] = wait.token();
      runner = std::exchange(runner_, {});
    }
    Waitable::Wake(runner, WakeReason::kNotified);
    status = WaitStatus(wait.Until(deadline), "leave the cluster");
  }
  Close();
  return status;
}

// --- Records.

void GossipMembers::KeepRecords(std::shared_ptr<RecordRule> rule,
                                const GossipRecordsOptions& options) {
  const Guard lock(lock_);
  rule_ = std::move(rule);
  records_ = std::make_unique<GossipRecords>(*rule_, options, options_.membership.transmits);
  core_.SetRecords(*records_);
}

bool GossipMembers::Put(const std::string& key, const std::string& value) {
  std::vector<WaitToken> waiters;
  bool is_kept = false;
  {
    const Guard lock(lock_);
    core_.Put({key, value});
    const std::string* const held = records_->Find(key);
    is_kept = held != nullptr && *held == value;
    waiters = TakeWaiters();
  }
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
  return is_kept;
}

GossipRecords::Records GossipMembers::RecordsUnder(absl::string_view prefix) const {
  const Guard lock(lock_);
  return records_->Under(prefix);
}

void GossipMembers::DropRecord(absl::string_view key) {
  const Guard lock(lock_);
  records_->Drop(key);
}

absl::Status GossipMembers::Claim(const std::string& key, Instant deadline,
                                  absl::string_view only) {
  uint64_t number = 0;
  uint64_t version = 0;
  std::vector<GossipSend> sends;
  {
    const Guard lock(lock_);
    number = core_.Claim(key, only, node_.clock().Now());
    version = core_.version();
    sends = core_.TakeSends();
  }
  Dispatch(std::move(sends));
  while (true) {
    {
      const Guard lock(lock_);
      const MembershipCore::ClaimState claim = core_.claim(number);
      if (2 * (claim.heard + 1) > claim.told + 1) {
        core_.EndClaim(number);
        return absl::OkStatus();
      }
    }
    const absl::Status status = AwaitChange(version, deadline);
    if (status.ok()) continue;
    const Guard lock(lock_);
    core_.EndClaim(number);
    if (!absl::IsDeadlineExceeded(status)) return status;
    return absl::UnavailableError("too few members answer");
  }
}

absl::Status GossipMembers::AwaitJoined() {
  uint64_t version = 0;
  while (true) {
    {
      const Guard lock(lock_);
      const bool may_meet = core_.seeks_others() && core_.counters().periods < kJoinPeriodsMax;
      if (core_.table().present() > 1 || !may_meet) return absl::OkStatus();
    }
    const absl::Status status = AwaitChange(version, node_.DeadlineIn(options_.membership.period));
    if (!status.ok() && !absl::IsDeadlineExceeded(status)) return status;
  }
}

absl::Status GossipMembers::AwaitChange(uint64_t& version, Instant deadline) {
  while (true) {
    Wait wait(node_.scheduler(), "membership change");
    uint64_t number = 0;
    {
      const Guard lock(lock_);
      if (closed_) return absl::UnavailableError("this node is no member any more");
      if (std::exchange(version, core_.version()) != core_.version()) return absl::OkStatus();
      number = next_watch_++;
      waiters_[number] = wait.token();
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason == WakeReason::kNotified) continue;
    const Guard lock(lock_);
    waiters_.erase(number);
    return WaitStatus(reason, "wait for the members");
  }
}

MembershipCounters GossipMembers::counters() const {
  const Guard lock(lock_);
  return core_.counters();
}

int GossipMembers::health() const {
  const Guard lock(lock_);
  return core_.health();
}

GossipMembers& JoinCluster(Node& node, const GossipOptions& options) {
  PeerLanes* const lanes = node.Find<PeerLanes>();
  if (lanes == nullptr) throw std::logic_error("the node was provided with no PeerLanes");
  auto members = std::make_shared<GossipMembers>(node, *lanes, options);
  GossipMembers& joined = *members;
  node.Provide<Members>(joined);
  lanes->Serve(Lane::kGossip, std::move(members));
  joined.Start();
  if (PeerBook* const book = node.Find<PeerBook>()) {
    Task::Start(node, "addresses of members", [book, watch = joined.Watch()] {
      while (true) {
        const absl::StatusOr<MemberChange> change = watch->Next(Instant::Infinite());
        if (!change.ok()) return;
        if (change->kind == MemberChange::Kind::kJoined) {
          book->Learn(change->member.name, change->member.address);
        }
      }
    }).Unref();
  }
  return joined;
}

}  // namespace rehearse::net
