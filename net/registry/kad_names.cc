#include "rehearse/net/registry/kad_names.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/registry/name_keeper.h"
#include "rehearse/net/registry/name_text.h"

namespace rehearse::net {

using Guard = std::lock_guard<SpinLock>;

namespace {

absl::Status Error(absl::Status status) { return FrameworkError(std::move(status), Effect::kNone); }

NamedActor NamedActorOf(const NameEntry& entry) { return {entry.actor, entry.protocol}; }

}  // namespace

KadNames::KadNames(Parts parts, const KadNamesOptions& options)
    : node_(parts.node),
      dht_(std::move(parts.dht)),
      validator_(parts.validator),
      identity_(parts.identity),
      addresses_(std::move(parts.addresses)),
      believed_(std::move(parts.believed)),
      options_(options),
      random_(parts.node.random("names")) {}

KadNames::~KadNames() = default;

void KadNames::Start() { keeper_ = node_.Spawn<NameKeeper>(shared_from_this()); }

// --- Registering.

absl::StatusOr<uint64_t> KadNames::Register(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckName(entry.name));
  const NameOf of{false, entry.name};
  REHEARSE_RETURN_IF_ERROR(CheckRoom(of));
  Claim claim;
  absl::Duration pause = options_.claim_pause;
  for (int i = 0; i < options_.claims_max; ++i, pause *= 2) {
    REHEARSE_ASSIGN_OR_RETURN(claim, TryClaim(entry.name, {NamedActorOf(entry)}));
    if (claim.token != 0) break;
    const int64_t nanos = absl::ToInt64Nanoseconds(pause);
    int64_t drawn = 0;
    {
      const Guard lock(lock_);
      drawn = random_.Between(nanos / 2, nanos * 3 / 2);
    }
    // Two that claim at once stand in each other's way; the pause parts them.
    if (i + 1 < options_.claims_max) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Nanoseconds(drawn)));
  }
  if (claim.token == 0 && !claim.rival.empty()) {
    return Error(absl::AlreadyExistsError(
        absl::StrCat("register ", entry.name, ": ", claim.rival, " has this name")));
  }
  if (claim.token == 0) {
    return Error(
        absl::UnavailableError(absl::StrCat("register ", entry.name, ": ", claim.took, " of the ",
                                            claim.quorum, " peers that it takes have taken it")));
  }
  {
    const Guard lock(lock_);
    own_[of] = {.actors = {NamedActorOf(entry)},
                .token = claim.token,
                .until = claim.until,
                .renew_at = node_.clock().Now() + options_.renew_every,
                .renewing = false};
  }
  Follow(entry.ref);
  // If it is lost before anybody has looked, whoever watches knows that it was had.
  for (const Location& own : OwnLocations(of)) watches_.Insert(entry.name, own);
  LookNow(entry.name);
  return claim.token;
}

absl::Status KadNames::RegisterShared(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckName(entry.name));
  const NameOf of{true, entry.name};
  REHEARSE_RETURN_IF_ERROR(CheckRoom(of));
  std::vector<NamedActor> actors;
  {
    const Guard lock(lock_);
    Own& own = own_[of];
    std::erase_if(own.actors, [&entry](const NamedActor& old) { return old.actor == entry.actor; });
    if (own.actors.size() == Registration::kActorsMax) {
      return Error(absl::ResourceExhaustedError(
          absl::StrCat("register ", entry.name, ": ", own.actors.size(),
                       " actors of this node share it, which is what one node may have")));
    }
    own.actors.push_back(NamedActorOf(entry));
    own.renew_at = node_.clock().Now() + options_.renew_every;
    actors = own.actors;
  }
  Follow(entry.ref);
  const absl::Status published = PublishShared(entry.name, actors);
  LookNow(entry.name);
  return absl::IsCancelled(published) ? published : Error(published);
}

void KadNames::Follow(const AnyRef& actor) {
  ActorRef<NameKeeper> keeper;
  {
    const Guard lock(lock_);
    keeper = keeper_;
  }
  Monitor(keeper, actor);
}

absl::Status KadNames::CheckRoom(const NameOf& of) {
  const Guard lock(lock_);
  if (leaving_) return Error(absl::CancelledError("this node shuts down"));
  if (own_.contains(of) || own_.size() < options_.names_max) return absl::OkStatus();
  return Error(absl::ResourceExhaustedError(absl::StrCat(
      "register ", of.name, ": this node has ", own_.size(), " names, which is what one may")));
}

Registration KadNames::Made(const NameOf& of, std::vector<NamedActor> actors, absl::Time now) {
  const auto millis = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 0));
  const Guard lock(lock_);
  // Greater than those of earlier lives, too, of a node that does not count them.
  sequence_ = std::max(sequence_ + 1, millis);
  return {.name = of.name,
          .shared = of.shared,
          .node = node_.name(),
          .addresses = addresses_,
          .incarnation = node_.incarnation(),
          .actors = std::move(actors),
          .sequence = sequence_,
          .expires = absl::FromUnixMillis(absl::ToUnixMillis(now + options_.lifetime))};
}

absl::Status KadNames::PublishShared(const std::string& name,
                                     const std::vector<NamedActor>& actors) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node_.clock().WallTime());
  const Registration registration = Made({true, name}, actors, now);
  const KadRecord record{.key = SharedNameKey(name, identity_.peer_id()),
                         .value = registration.Sign(identity_)};
  REHEARSE_RETURN_IF_ERROR(dht_->core().StoreOwn(record));
  return dht_->Provide(SharedNameContent(name));
}

absl::Status KadNames::Withdraw(const NameOf& of, uint64_t token) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node_.clock().WallTime());
  Registration withdrawal = Made(of, {}, now);
  withdrawal.token = token;
  if (of.shared) {
    dht_->StopProviding(SharedNameContent(of.name));
    return dht_->core().StoreOwn(
        {.key = SharedNameKey(of.name, identity_.peer_id()), .value = withdrawal.Sign(identity_)});
  }
  const std::string key = UniqueNameKey(of.name);
  const KadRecord record{.key = key, .value = withdrawal.Sign(identity_)};
  dht_->core().StoreOwn(record).IgnoreError();
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<KadPeer> nearest, dht_->FindNearest(key));
  return dht_->StoreAt(nearest, record).status();
}

void KadNames::Unregister(absl::string_view name, absl::string_view actor) {
  for (const bool shared : {false, true}) {
    const NameOf of{shared, std::string(name)};
    Own own;
    {
      const Guard lock(lock_);
      const auto at = own_.find(of);
      if (at == own_.end()) continue;
      const size_t before = at->second.actors.size();
      std::erase_if(at->second.actors,
                    [actor](const NamedActor& one) { return actor.empty() || one.actor == actor; });
      if (at->second.actors.size() == before) continue;
      own = at->second;
      if (own.actors.empty()) own_.erase(at);
      cache_.erase(of);
    }
    Begin("withdraw a name", [this, of, own] {
      (own.actors.empty() ? Withdraw(of, own.token) : PublishShared(of.name, own.actors))
          .IgnoreError();
    });
    LookNow(name);
  }
}

// --- Looking up.

absl::StatusOr<Location> KadNames::Lookup(absl::string_view name) {
  REHEARSE_RETURN_IF_ERROR(CheckName(name));
  for (const bool shared : {false, true}) {
    REHEARSE_ASSIGN_OR_RETURN(std::vector<Location> found,
                              Find({shared, std::string(name)}, false));
    if (!found.empty()) return std::move(found.front());
  }
  return Error(absl::NotFoundError(absl::StrCat("look up ", name, ": nobody has this name")));
}

absl::StatusOr<std::vector<Location>> KadNames::LookupAll(absl::string_view name) {
  REHEARSE_RETURN_IF_ERROR(CheckName(name));
  return FindAll(std::string(name), false);
}

absl::StatusOr<std::vector<Location>> KadNames::FindAll(const std::string& name, bool fresh) {
  REHEARSE_ASSIGN_OR_RETURN(std::vector<Location> all, Find({false, name}, fresh));
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<Location> shared, Find({true, name}, fresh));
  all.insert(all.end(), shared.begin(), shared.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<Location> KadNames::OwnLocations(const NameOf& of) {
  const absl::StatusOr<absl::Time> now = node_.clock().WallTime();
  std::vector<Location> own;
  const Guard lock(lock_);
  const auto at = own_.find(of);
  if (at == own_.end()) return own;
  // After that time another may have it.
  if (!of.shared && (!now.ok() || *now >= at->second.until)) return own;
  for (const NamedActor& actor : at->second.actors) {
    own.push_back({.node = node_.name(),
                   .incarnation = node_.incarnation(),
                   .actor = actor.actor,
                   .token = at->second.token,
                   .protocol = actor.protocol});
  }
  return own;
}

absl::StatusOr<std::vector<Location>> KadNames::Find(const NameOf& of, bool fresh) {
  std::vector<Location> own = OwnLocations(of);
  if (!of.shared && !own.empty()) return own;
  const Instant now = node_.clock().Now();
  if (!fresh) {
    const Guard lock(lock_);
    const auto at = cache_.find(of);
    if (at != cache_.end() && at->second.until > now) return at->second.locations;
  }
  REHEARSE_ASSIGN_OR_RETURN(std::vector<Location> found,
                            of.shared ? FindShared(of.name) : FindUnique(of.name));
  found.insert(found.end(), own.begin(), own.end());
  std::sort(found.begin(), found.end());
  const Guard lock(lock_);
  if (found.empty()) {
    cache_.erase(of);  // whoever registers it now is found at once
    return found;
  }
  if (cache_.size() >= options_.cached_max) {
    std::erase_if(cache_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  if (cache_.size() < options_.cached_max) cache_[of] = {found, now + options_.cache_for};
  return found;
}

absl::StatusOr<std::vector<Location>> KadNames::FindUnique(const std::string& name) {
  REHEARSE_ASSIGN_OR_RETURN(const Poll poll, PollOf(name));
  std::vector<Location> found;
  for (const Claimant& claimant : poll.ballot.claimants) {
    // This node knows better what it has.
    if (claimant.latest.peer == identity_.peer_id()) continue;
    found.push_back(claimant.latest.registration.LocationOf(0));
    break;
  }
  return found;
}

absl::StatusOr<std::vector<Location>> KadNames::FindShared(const std::string& name) {
  absl::StatusOr<std::vector<KadPeer>> providers =
      dht_->FindProviders(SharedNameContent(name), options_.sharers_max);
  if (absl::IsUnavailable(providers.status()) && dht_->core().peers() == 0) {
    providers = std::vector<KadPeer>();
  }
  if (!providers.ok()) return providers.status();
  std::erase_if(*providers, [this](const KadPeer& one) { return one.id == identity_.peer_id(); });
  while (providers->size() > options_.sharers_max) providers->pop_back();
  std::vector<std::string> keys;
  for (const KadPeer& provider : *providers) keys.push_back(SharedNameKey(name, provider.id));
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<std::string> values,
                            dht_->ValuesOf(*providers, keys));
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node_.clock().WallTime());
  std::vector<Location> found;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    const absl::StatusOr<SignedRegistration> opened = validator_.Open(keys[i], values[i]);
    if (!opened.ok() || !opened->registration.IsLive(now) || !believed_(*opened)) continue;
    const size_t actors = opened->registration.actors.size();
    for (size_t a = 0; a < actors; ++a) found.push_back(opened->registration.LocationOf(a));
  }
  return found;
}

// --- Watching, renewing and leaving.

std::unique_ptr<NameWatch> KadNames::Watch(absl::string_view name) {
  std::unique_ptr<NameWatch> watch = watches_.Add(name);
  if (CheckName(name).ok()) LookNow(name);
  return watch;
}

// At the next tick, if anybody watches it.
void KadNames::LookNow(absl::string_view name) {
  if (!watches_.watches(name)) return;
  const Guard lock(lock_);
  Watched& watched = watched_[std::string(name)];
  watched.next = Instant();
  watched.interval = options_.watch_every;
}

void KadNames::Begin(const char* what, absl::AnyInvocable<void()> work) {
  works_.fetch_add(1, std::memory_order_relaxed);
  Task::Start(
      node_, what, [self = shared_from_this(), work = std::move(work)]() mutable { work(); },
      [self = shared_from_this()](GuardResult, const std::exception_ptr&) {
        self->works_.fetch_sub(1, std::memory_order_release);
      })
      .Unref();
}

absl::Status KadNames::AwaitWork(Instant deadline) {
  constexpr absl::Duration kLook = absl::Milliseconds(1);
  while (works_.load(std::memory_order_acquire) != 0) {
    if (node_.DeadlineIn(absl::ZeroDuration()) >= deadline) {
      return Error(absl::DeadlineExceededError("names are still being withdrawn"));
    }
    REHEARSE_RETURN_IF_ERROR(Sleep(kLook));
  }
  return absl::OkStatus();
}

void KadNames::Tick() {
  const Instant now = node_.clock().Now();
  std::vector<NameOf> renew;
  std::vector<std::string> look;
  {
    const Guard lock(lock_);
    for (auto& [of, own] : own_) {
      if (own.renewing || own.renew_at > now || renewals_ >= options_.renewals_max) continue;
      own.renewing = true;
      ++renewals_;
      renew.push_back(of);
    }
    for (auto at = watched_.begin(); at != watched_.end();) {
      auto& [name, watched] = *at;
      if (!watched.looking && !watches_.watches(name)) {
        at = watched_.erase(at);
        continue;
      }
      if (!watched.looking && watched.next <= now) {
        watched.looking = true;
        watched.next = Instant::Infinite();
        look.push_back(name);
      }
      ++at;
    }
  }
  for (const NameOf& of : renew) {
    Begin("renew a name", [this, of] {
      Renew(of).IgnoreError();  // it is tried again
      const Guard lock(lock_);
      --renewals_;
      if (const auto at = own_.find(of); at != own_.end()) {
        at->second.renewing = false;
        at->second.renew_at = node_.clock().Now() + options_.renew_every;
      }
    });
  }
  for (const std::string& name : look) {
    Begin("look after a name", [this, name] { Look(name); });
  }
}

void KadNames::Look(const std::string& name) {
  const uint64_t look = watches_.BeginLook();
  const absl::StatusOr<std::vector<Location>> found = FindAll(name, true);
  if (found.ok()) watches_.Update(name, *found, look);
  const Guard lock(lock_);
  Watched& watched = watched_[name];
  watched.looking = false;
  if (watched.next == Instant()) return;  // it is to be looked at again, by LookNow
  const bool changed = found.ok() && *found != watched.last;
  if (found.ok()) watched.last = *found;
  watched.interval =
      changed ? options_.watch_every : std::min(2 * watched.interval, options_.watch_every_max);
  watched.next = node_.clock().Now() + watched.interval;
}

absl::Status KadNames::Renew(const NameOf& of) {
  Own own;
  {
    const Guard lock(lock_);
    const auto at = own_.find(of);
    if (at == own_.end()) return absl::OkStatus();
    own = at->second;
  }
  return of.shared ? PublishShared(of.name, own.actors) : RenewUnique(of.name, own);
}

void KadNames::OnEnded(const std::string& actor) {
  std::vector<std::string> names;
  {
    const Guard lock(lock_);
    for (const auto& [of, own] : own_) {
      for (const NamedActor& one : own.actors) {
        if (one.actor == actor) names.push_back(of.name);
      }
    }
  }
  for (const std::string& name : names) Unregister(name, actor);
}

void KadNames::Leave() {
  std::map<NameOf, Own> own;
  {
    const Guard lock(lock_);
    leaving_ = true;
    own.swap(own_);
    keeper_ = {};
  }
  watches_.Close();
  for (const auto& [of, had] : own) {
    Begin("withdraw a name",
          [this, of = of, token = had.token] { Withdraw(of, token).IgnoreError(); });
  }
}

}  // namespace rehearse::net
