// How a node comes to have a name.

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/net/registry/name_text.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

absl::Status Refused(absl::StatusCode code, absl::string_view name, absl::string_view why) {
  return FrameworkError(absl::Status(code, absl::StrCat("register ", name, ": ", why)),
                        Effect::kNone);
}

}  // namespace

GossipNames::Own GossipNames::OwnOf(const NameEntry& entry) {
  Own own{internal::WeakCell(entry.ref.cell()), {entry.actor, entry.protocol}};
  own.actor.protocol.messages.resize(
      std::min(own.actor.protocol.messages.size(), Registration::kMessagesBytesMax));
  return own;
}

absl::StatusOr<uint64_t> GossipNames::Register(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckName(entry.name));
  REHEARSE_RETURN_IF_ERROR(members_.AwaitJoined());
  const std::string key = KeyOf(entry.name, false);
  for (int tries = 0; tries < options_.claim_tries_max; ++tries) {
    absl::StatusOr<uint64_t> token = TryClaim(entry, key);
    if (token.ok()) TellOfOwn(entry, *token);
    if (!absl::IsAborted(token.status())) return token;
    absl::Duration pause = options_.claim_pause / 2;
    {
      const Guard lock(lock_);
      pause += options_.claim_pause * static_cast<int64_t>(random_.Below(1000)) / 1000;
    }
    REHEARSE_RETURN_IF_ERROR(Sleep(pause));
  }
  return Refused(absl::StatusCode::kAlreadyExists, entry.name, "others claim it at the same time");
}

// Watches are told that this node has the name, and then, if it has lost it already, that too.
void GossipNames::TellOfOwn(const NameEntry& entry, uint64_t token) {
  NamedActor actor = OwnOf(entry).actor;
  watches_.Insert(entry.name, {.node = node_.name(),
                               .incarnation = node_.incarnation(),
                               .actor = std::move(actor.actor),
                               .token = token,
                               .protocol = std::move(actor.protocol)});
  TellWatches(entry.name);
}

// kAborted: another claims it at the same time. It may be that neither gets it.
absl::StatusOr<uint64_t> GossipNames::TryClaim(const NameEntry& entry, const std::string& key) {
  REHEARSE_RETURN_IF_ERROR(AskPresentOwner(entry.name));
  OwnName own{.name = entry.name, .claiming = true};
  bool had = false;
  {
    const Guard lock(lock_);
    const auto at = own_.find(key);
    had = at != own_.end();
    if (had && at->second.claiming) {
      return Refused(absl::StatusCode::kAlreadyExists, entry.name, "this node claims it already");
    }
    if (!had && own_.size() >= options_.names_max) {
      return Refused(absl::StatusCode::kResourceExhausted, entry.name,
                     absl::StrCat("this node has ", options_.names_max, " names"));
    }
    own_[key] = own;
  }
  own.token = NextToken(GreatestToken(entry.name), WallTime(), identity_.peer_id());
  own.had = had;
  bool is_wanted = had;
  // Also if it is killed meanwhile.
  absl::Cleanup give_up = [&] { GiveUp(key, own, /*was_told=*/is_wanted); };
  absl::Status status = had ? absl::OkStatus() : Announce(key, own);
  is_wanted = status.ok();
  if (is_wanted) {
    own.token = NextToken(GreatestToken(entry.name), WallTime(), identity_.peer_id());
    own.actors = {OwnOf(entry)};
    status = Announce(key, own);
    if (absl::IsAlreadyExists(status)) status = absl::AbortedError(status.message());
  }
  REHEARSE_RETURN_IF_ERROR(status);
  std::move(give_up).Cancel();
  own.claiming = false;
  own.had = true;
  own.signed_at = WallTime();
  {
    const Guard lock(lock_);
    own_[key] = own;
  }
  if (!had) Publish(own);
  return own.token;
}

// Who was known to have the name may have given it up, and knows best. If it does not answer, it
// has the name for as long as it is present.
absl::Status GossipNames::AskPresentOwner(absl::string_view name) {
  const std::optional<SignedRegistration> owner = RivalFor(name);
  if (!owner.has_value()) return absl::OkStatus();
  const absl::Status status =
      members_.Claim(KeyFor(name, false, owner->peer), node_.DeadlineIn(options_.claim_timeout),
                     owner->registration.node);
  return absl::IsUnavailable(status) ? absl::OkStatus() : status;
}

// Tells a majority that the name is wanted (no actors yet), or who would have it.
//   kAlreadyExists      another has it.
//   kAborted            another claims it.
//   kUnavailable        no majority answers.
//   kResourceExhausted  there is no room for one name more.
absl::Status GossipNames::Announce(const std::string& key, const OwnName& own) {
  REHEARSE_RETURN_IF_ERROR(CheckIsFree(own));
  if (!Publish(own)) {
    return Refused(absl::StatusCode::kResourceExhausted, own.name,
                   "the cluster has as many names as there may be");
  }
  const absl::Status status = members_.Claim(key, node_.DeadlineIn(options_.claim_timeout));
  if (absl::IsUnavailable(status)) {
    return Refused(absl::StatusCode::kUnavailable, own.name, status.message());
  }
  REHEARSE_RETURN_IF_ERROR(status);
  return CheckIsFree(own);
}

// Of others, as far as this node knows.
absl::Status GossipNames::CheckIsFree(const OwnName& own) {
  const std::optional<SignedRegistration> owner = RivalFor(own.name);
  if (!owner.has_value()) return absl::OkStatus();
  const Registration& other = owner->registration;
  if (other.claiming) {
    return Refused(absl::StatusCode::kAborted, own.name,
                   absl::StrCat("node ", other.node, " claims it"));
  }
  return Refused(absl::StatusCode::kAlreadyExists, own.name,
                 absl::StrCat("node ", other.node, " has it"));
}

// The node does not have it any more, and says so if others were told that it has.
void GossipNames::GiveUp(const std::string& key, OwnName own, bool was_told) {
  {
    const Guard lock(lock_);
    own_.erase(key);
  }
  own.actors.clear();
  if (was_told) Publish(own);
}

absl::Status GossipNames::RegisterShared(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckName(entry.name));
  const std::string key = KeyOf(entry.name, true);
  OwnName shared;
  {
    const Guard lock(lock_);
    const auto at = own_.find(key);
    if (at == own_.end() && own_.size() >= options_.names_max) {
      return Refused(absl::StatusCode::kResourceExhausted, entry.name,
                     absl::StrCat("this node has ", options_.names_max, " names"));
    }
    OwnName& own = own_[key];
    own.name = entry.name;
    own.shared = true;
    own.signed_at = WallTime();
    std::erase_if(own.actors, [&](const Own& old) { return old.actor.actor == entry.actor; });
    if (own.actors.size() >= Registration::kActorsMax) {
      return Refused(absl::StatusCode::kResourceExhausted, entry.name,
                     absl::StrCat(Registration::kActorsMax, " actors of this node share it"));
    }
    own.actors.push_back(OwnOf(entry));
    shared = own;
  }
  if (Publish(shared)) return absl::OkStatus();
  Unregister(entry.name, entry.actor);
  return Refused(absl::StatusCode::kResourceExhausted, entry.name,
                 "the cluster has as many names as there may be");
}

void GossipNames::Unregister(absl::string_view name, absl::string_view actor) {
  for (const bool shared : {false, true}) {
    OwnName changed;
    {
      const Guard lock(lock_);
      const auto at = own_.find(KeyOf(name, shared));
      if (at == own_.end() || at->second.claiming) continue;
      const size_t gone = std::erase_if(at->second.actors, [actor](const Own& own) {
        return actor.empty() || own.actor.actor == actor;
      });
      if (gone == 0) continue;
      changed = at->second;
      if (changed.actors.empty()) own_.erase(at);
    }
    Publish(changed);
  }
}

}  // namespace rehearse::net
