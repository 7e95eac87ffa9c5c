#include "rehearse/net/remote/remote_router.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/internal/remote_target.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {

RemoteRouter::RemoteRouter(Node& node, Network& network, const PeerBook& peers,
                           SessionOptions options)
    : node_(node),
      network_(network),
      peers_(peers),
      options_(options),
      lanes_(node, network),
      refusals_(node.log(), options.refusal_lines_per_second),
      rings_(std::make_shared<RingWatch>(node, options.ring_interval, WaysOfProbes())),
      inbound_parts_{node,         peers,     options_,  answers_,     frames_,
                     counters_,    refusals_, receipts_, successions_, peer_streams_,
                     permissions_, links_,    lanes_,    *rings_} {}

SendResult RemoteRouter::Send(const Outbound& message) {
  if (message.actor.size() > kNameBytesMax) {
    return {absl::StatusCode::kInvalidArgument, "the actor's name is longer than a kilobyte"};
  }
  std::shared_ptr<Session> session;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return {absl::StatusCode::kCancelled, "this node shuts down"};
    session = FindSession(message.node);
  }
  if (session == nullptr) {
    // One of this node's that is no more; see actor/ref_field.h.
    if (message.node == node_.name()) {
      return {absl::StatusCode::kNotFound, "the actor has ended, or there is none"};
    }
    absl::StatusOr<std::string> address = peers_.AddressOf(message.node);
    if (!address.ok()) return {absl::StatusCode::kNotFound, "no address of its node is known"};
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return {absl::StatusCode::kCancelled, "this node shuts down"};
    session = MakeSession(message.node, *std::move(address));
  }
  rings_->Notice();
  return session->Send(message);
}

std::shared_ptr<Session> RemoteRouter::FindSession(absl::string_view node) {
  if (last_used_ != sessions_.end() && last_used_->first == node) return last_used_->second;
  last_used_ = sessions_.find(node);
  return last_used_ == sessions_.end() ? nullptr : last_used_->second;
}

std::shared_ptr<Session> RemoteRouter::MakeSession(absl::string_view node, std::string address) {
  if (std::shared_ptr<Session> known = FindSession(node)) return known;
  auto made = std::make_shared<Session>(node_, network_, lives_, frames_, counters_,
                                        std::string(node), std::move(address), options_,
                                        static_cast<uint32_t>(by_index_.size()));
  by_index_.push_back(made);
  sessions_.emplace(std::string(node), made);
  return made;
}

void RemoteRouter::Withdraw(const RemoteAsk& ask) {
  if (const std::shared_ptr<Session> session = At(ask.session)) session->Withdraw(ask.number);
}

std::shared_ptr<Session> RemoteRouter::At(uint32_t session) {
  const std::lock_guard<SpinLock> lock(lock_);
  return session < by_index_.size() ? by_index_[session] : nullptr;
}

RingWatch::Ways RemoteRouter::WaysOfProbes() {
  return {.send =
              [this](const RemoteWait& wait, const std::string& probe) {
                if (const auto session = At(wait.ask.session)) session->SendProbe(wait, probe);
              },
          .fail =
              [this](const RemoteAsk& ask, const absl::Status& why) {
                if (const auto session = At(ask.session)) session->FailAsk(ask.number, why);
              },
          .is_asking = [this] { return is_asking(); }};
}

bool RemoteRouter::is_asking() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return std::any_of(by_index_.begin(), by_index_.end(),
                     [](const auto& session) { return session->is_asking(); });
}

size_t RemoteRouter::asks_in_progress() const {
  size_t count = 0;
  const std::lock_guard<SpinLock> lock(lock_);
  for (const auto& session : by_index_) count += session->asks_in_progress();
  return count;
}

void RemoteRouter::Answer(ReplyId reply_to, EnvelopePtr reply) {
  const Owed owed = answers_.Take(reply_to);
  if (owed.to == nullptr) return node_.AnswerUnwanted(reply_to);
  owed.to->Answer(owed.request_id, AnswerFrame(owed, *reply, frames_.Take()));
}

void RemoteRouter::IsTakenOver(ReplyId reply_to) { answers_.MarkTakenOver(reply_to); }

void RemoteRouter::WatchersChanged(internal::Cell& stand_in) {
  std::string why;
  if (stand_in.stands_for()->node == node_.name()) {
    return stand_in.EndAsToldElsewhere({ExitReason::Kind::kGone, "there is no such actor"});
  }
  const std::shared_ptr<Vigil> vigil = VigilOver(stand_in.stands_for()->node, why);
  if (vigil != nullptr) return vigil->WatchersChanged(stand_in);
  stand_in.EndAsToldElsewhere({ExitReason::Kind::kNodeLost, std::move(why)});
}

std::shared_ptr<Vigil> RemoteRouter::VigilOver(const std::string& node, std::string& why) {
  absl::StatusOr<std::string> address = peers_.AddressOf(node);
  if (!address.ok()) {
    why = std::string(address.status().message());
    return nullptr;
  }
  const std::lock_guard<SpinLock> lock(lock_);
  if (closed_) {
    why = "this node shuts down";
    return nullptr;
  }
  std::shared_ptr<Vigil>& vigil = vigils_[node];
  if (vigil == nullptr) {
    vigil = std::make_shared<Vigil>(node_, network_, lives_, counters_, node, *std::move(address),
                                    options_,
                                    Vigil::Listener{[this, node] {
                                                      if (const auto session = Known(node))
                                                        session->Probe();
                                                    },
                                                    [this, node](const std::string& lost) {
                                                      if (const auto session = Known(node))
                                                        session->Lose(lost);
                                                    }});
  }
  return vigil;
}

std::shared_ptr<Session> RemoteRouter::Known(const std::string& node) {
  const std::lock_guard<SpinLock> lock(lock_);
  return FindSession(node);
}

void RemoteRouter::Serve(Listener& listener) {
  while (true) {
    absl::StatusOr<std::unique_ptr<Stream>> stream = listener.Accept();
    if (!stream.ok()) {
      if (stream.status().code() != absl::StatusCode::kResourceExhausted) return;
      // Out of descriptors: others will close theirs.
      if (!Sleep(absl::Milliseconds(10)).ok()) return;
      continue;
    }
    ++counters_.streams;
    auto inbound = std::make_shared<Inbound>(inbound_parts_, *std::move(stream));
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return;
      std::erase_if(inbound_, [](const std::weak_ptr<Inbound>& old) { return old.expired(); });
      inbound_.push_back(inbound);
    }
    Task::Start(node_, "stream", [inbound] { inbound->Serve(); }).Unref();
  }
}

void RemoteRouter::Close() {
  Sessions sessions;
  std::map<std::string, std::shared_ptr<Vigil>> vigils;
  std::vector<std::weak_ptr<Inbound>> inbound;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    closed_ = true;
    sessions.swap(sessions_);
    last_used_ = sessions_.end();
    by_index_.clear();
    vigils.swap(vigils_);
    inbound.swap(inbound_);
  }
  rings_->Close();
  lanes_.Close();
  for (const auto& [peer, session] : sessions) session->Close();
  for (const auto& [peer, vigil] : vigils) vigil->Close();
  for (const std::weak_ptr<Inbound>& weak : inbound) {
    if (const std::shared_ptr<Inbound> stream = weak.lock()) stream->Close();
  }
}

}  // namespace rehearse::net
