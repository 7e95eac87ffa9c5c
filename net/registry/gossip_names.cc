#include "rehearse/net/registry/gossip_names.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/membership/member_proof.h"
#include "rehearse/net/registry/name_text.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

constexpr absl::string_view kAllNames = "/names/";

std::string PrefixOf(absl::string_view name) {
  return absl::StrCat(kAllNames, absl::BytesToHexString(ViewOf(Sha256(name))), "/");
}

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

// What decides which of two registrations of one peer is the later comes first, so that no
// signature has to be checked for that.
std::string OrderOf(const Registration& registration) {
  return absl::StrCat(BigEndian(registration.incarnation), BigEndian(registration.sequence));
}

constexpr size_t kOrderBytes = 16;

bool HasEnded(const internal::WeakCell& cell) {
  return cell.get()->phase() == internal::Cell::Phase::kEnded;
}

}  // namespace

// --- Records.

std::string GossipNames::KeyFor(absl::string_view name, bool shared, const PeerId& peer) {
  return absl::StrCat(PrefixOf(name), shared ? "shared/" : "unique/", peer.ToString());
}

std::string GossipNames::KeyOf(absl::string_view name, bool shared) const {
  return KeyFor(name, shared, identity_.peer_id());
}

absl::Status GossipNames::Check(absl::string_view key, absl::string_view value) {
  if (value.size() < kOrderBytes) return absl::InvalidArgumentError("a name's record is too short");
  REHEARSE_ASSIGN_OR_RETURN(SignedRegistration opened,
                            SignedRegistration::Open(value.substr(kOrderBytes)));
  const Registration& registration = opened.registration;
  if (key != KeyFor(registration.name, registration.shared, opened.peer) ||
      value.substr(0, kOrderBytes) != OrderOf(registration)) {
    return absl::InvalidArgumentError("a name's record was signed for another place");
  }
  Remember(key, value, std::move(opened));
  return absl::OkStatus();
}

absl::Time GossipNames::WallTime() const {
  return node_.clock().WallTime().value_or(absl::UnixEpoch());
}

Registration GossipNames::RegistrationOf(const OwnName& own) {
  Registration registration{.name = own.name,
                            .shared = own.shared,
                            .node = node_.name(),
                            .addresses = {members_.Self().address},
                            .incarnation = node_.incarnation(),
                            .claiming = !own.had,
                            .token = own.token,
                            .expires = WallTime() + options_.lifetime};
  for (const Own& actor : own.actors) registration.actors.push_back(actor.actor);
  const std::vector<SignedRegistration> before = Under(KeyOf(own.name, own.shared));
  const Guard lock(lock_);
  for (const SignedRegistration& held : before) {
    if (held.registration.incarnation != node_.incarnation()) continue;
    sequence_ = std::max(sequence_, held.registration.sequence);
  }
  registration.sequence = ++sequence_;
  return registration;
}

bool GossipNames::Publish(const OwnName& own) {
  const std::string key = KeyOf(own.name, own.shared);
  const Registration registration = RegistrationOf(own);
  const std::string value = absl::StrCat(OrderOf(registration), registration.Sign(identity_));
  Remember(key, value, {identity_.peer_id(), registration});
  return members_.Put(key, value);
}

// So that no signature is checked twice. What is not kept in the end may stand here for a while.
void GossipNames::Remember(absl::string_view key, absl::string_view value,
                           SignedRegistration opened) {
  const Guard lock(opened_lock_);
  if (opened_.size() >= kOpenedMax) opened_.clear();
  opened_.insert_or_assign(std::string(key), std::pair(std::string(value), std::move(opened)));
}

// Null: it is none. Signatures are checked once. With the lock of opened ones.
const SignedRegistration* GossipNames::Opened(const std::string& key, const std::string& value) {
  const auto at = opened_.find(key);
  if (at != opened_.end() && at->second.first == value) return &at->second.second;
  if (value.size() < kOrderBytes) return nullptr;
  absl::StatusOr<SignedRegistration> opened =
      SignedRegistration::Open(absl::string_view(value).substr(kOrderBytes));
  if (!opened.ok()) return nullptr;
  return &opened_.insert_or_assign(key, std::pair(value, *std::move(opened))).first->second.second;
}

std::vector<SignedRegistration> GossipNames::Under(const std::string& prefix) {
  std::vector<SignedRegistration> under;
  const GossipRecords::Records records = members_.RecordsUnder(prefix);
  const Guard lock(opened_lock_);
  for (const auto& [key, value] : records) {
    if (const SignedRegistration* const opened = Opened(key, value)) under.push_back(*opened);
  }
  return under;
}

// Made so that nobody could exceed it; or by a node whose calendar is far from this one's.
bool GossipNames::IsFarAhead(const SignedRegistration& claim) const {
  const absl::StatusOr<absl::Time> now = node_.clock().WallTime();
  return now.ok() && ClaimTimeOf(claim.registration.token) > *now + kTokenAheadMax;
}

// --- What is known.

GossipNames::Present GossipNames::PresentMembers() const {
  Present present;
  for (Member& member : members_.View()) {
    std::string name = member.name;
    if (member.present()) present.emplace(std::move(name), std::move(member));
  }
  return present;
}

// Who signed it has to be the member, where members have keys.
bool GossipNames::IsLive(const SignedRegistration& signed_one, const Present& present) {
  const Registration& registration = signed_one.registration;
  const auto member = present.find(registration.node);
  if (registration.actors.empty() || member == present.end()) return false;
  if (member->second.life != registration.incarnation) return false;
  absl::string_view key = ProvenPart(member->second.address);
  return !absl::ConsumePrefix(&key, "/p2p/") || key == signed_one.peer.ToString();
}

bool GossipNames::IsGreater(const SignedRegistration& a, const SignedRegistration& b) const {
  const bool is_far = IsFarAhead(a);
  return is_far == IsFarAhead(b) ? Compare(a, b) > 0 : !is_far;
}

// Of those that are live and count, the greatest; one that is far ahead is less than all others.
std::optional<SignedRegistration> GossipNames::GreatestOf(absl::string_view name, Counts counts) {
  std::optional<SignedRegistration> greatest;
  const Present present = PresentMembers();
  for (SignedRegistration& claim : Under(absl::StrCat(PrefixOf(name), "unique/"))) {
    if (!IsLive(claim, present) || !counts(claim, identity_.peer_id())) continue;
    if (!greatest.has_value() || IsGreater(claim, *greatest)) greatest = std::move(claim);
  }
  return greatest;
}

std::optional<SignedRegistration> GossipNames::OwnerOf(absl::string_view name) {
  return GreatestOf(name, [](const SignedRegistration& claim, const PeerId&) {
    return !claim.registration.claiming;
  });
}

// Than this node.
std::optional<SignedRegistration> GossipNames::OtherOwnerOf(absl::string_view name) {
  return GreatestOf(name, [](const SignedRegistration& claim, const PeerId& self) {
    return !claim.registration.claiming && claim.peer != self;
  });
}

// Another that has it, or is about to.
std::optional<SignedRegistration> GossipNames::RivalFor(absl::string_view name) {
  return GreatestOf(
      name, [](const SignedRegistration& claim, const PeerId& self) { return claim.peer != self; });
}

uint64_t GossipNames::GreatestToken(absl::string_view name) {
  uint64_t greatest = 0;
  for (const SignedRegistration& claim : Under(absl::StrCat(PrefixOf(name), "unique/"))) {
    if (IsFarAhead(claim)) continue;
    greatest = std::max(greatest, claim.registration.token);
  }
  return greatest;
}

void GossipNames::TellWatches(absl::string_view name) {
  const uint64_t look = watches_.BeginLook();
  watches_.Update(name, Known(name), look);
}

std::vector<Location> GossipNames::Known(absl::string_view name) {
  std::vector<Location> known;
  const auto add = [&known](const SignedRegistration& registration) {
    for (size_t i = 0; i < registration.registration.actors.size(); ++i) {
      known.push_back(registration.registration.LocationOf(i));
    }
  };
  if (const auto owner = OwnerOf(name)) add(*owner);
  const Present present = PresentMembers();
  for (const SignedRegistration& shared : Under(absl::StrCat(PrefixOf(name), "shared/"))) {
    if (IsLive(shared, present)) add(shared);
  }
  std::sort(known.begin(), known.end());
  return known;
}

absl::StatusOr<Location> GossipNames::Lookup(absl::string_view name) {
  REHEARSE_ASSIGN_OR_RETURN(std::vector<Location> known, LookupAll(name));
  if (known.empty()) {
    return FrameworkError(absl::NotFoundError(absl::StrCat("look up ", name, ": nobody has it")),
                          Effect::kNone);
  }
  const auto owner = std::find_if(known.begin(), known.end(),
                                  [](const Location& location) { return location.token != 0; });
  if (owner != known.end()) return std::move(*owner);
  const Guard lock(lock_);
  return std::move(known[random_.Below(known.size())]);
}

absl::StatusOr<std::vector<Location>> GossipNames::LookupAll(absl::string_view name) {
  REHEARSE_RETURN_IF_ERROR(CheckName(name));
  return Known(name);
}

std::unique_ptr<NameWatch> GossipNames::Watch(absl::string_view name) {
  std::unique_ptr<NameWatch> watch = watches_.Add(name);
  TellWatches(name);
  return watch;
}

// --- The task.

void GossipNames::Run() {
  uint64_t version = 0;
  int quiet = 0;
  while (true) {
    const absl::Status status =
        members_.AwaitChange(version, node_.DeadlineIn(options_.look_every));
    DropEnded();
    if (status.ok()) {
      GiveUpLost();
      for (const std::string& name : watches_.watched()) TellWatches(name);
    } else if (absl::IsDeadlineExceeded(status)) {
      SignAgain();
      if (++quiet % options_.looks_at_all_every == 0) LookAtAll();
    } else {
      break;
    }
  }
  watches_.Close();
}

// Registrations of actors that have ended, end.
void GossipNames::DropEnded() {
  std::vector<OwnName> changed;
  {
    const Guard lock(lock_);
    for (auto at = own_.begin(); at != own_.end();) {
      OwnName& own = at->second;
      const size_t ended =
          std::erase_if(own.actors, [](const Own& actor) { return HasEnded(actor.cell); });
      if (ended != 0 && !own.claiming) changed.push_back(own);
      at = own.actors.empty() && !own.claiming ? own_.erase(at) : std::next(at);
    }
  }
  for (const OwnName& own : changed) Publish(own);
}

// Names that another has by a greater token.
void GossipNames::GiveUpLost() {
  std::vector<OwnName> owned;
  {
    const Guard lock(lock_);
    for (const auto& [key, own] : own_) {
      if (!own.shared && !own.claiming) owned.push_back(own);
    }
  }
  for (const OwnName& own : owned) {
    const std::optional<SignedRegistration> owner = OtherOwnerOf(own.name);
    if (!owner.has_value() || owner->registration.token < own.token) continue;
    if (IsFarAhead(*owner)) continue;
    node_.log().Write(Severity::kWarning, absl::StrCat("the name ", own.name, " is lost to node ",
                                                       owner->registration.node));
    GiveUp(KeyOf(own.name, false), own, /*was_told=*/true);
  }
}

void GossipNames::SignAgain() {
  const absl::Time before = WallTime() - options_.lifetime / 3;
  std::vector<OwnName> old;
  {
    const Guard lock(lock_);
    for (auto& [key, own] : own_) {
      if (own.claiming || own.signed_at > before) continue;
      own.signed_at = WallTime();
      old.push_back(own);
    }
  }
  for (const OwnName& own : old) Publish(own);
}

// What is of a node that is not here, and has expired, is of no use any more. What this node has
// signed and does not have is of a run before this one, if lives are not counted.
void GossipNames::LookAtAll() {
  const Present present = PresentMembers();
  const absl::Time now = WallTime();
  std::vector<std::string> dropped;
  std::vector<OwnName> left_over;
  const GossipRecords::Records records = members_.RecordsUnder(kAllNames);
  {
    const Guard lock(opened_lock_);
    for (const auto& [key, value] : records) {
      const SignedRegistration* const opened = Opened(key, value);
      const bool is_live = opened != nullptr && IsLive(*opened, present);
      if (is_live && opened->peer == identity_.peer_id()) {
        const Registration& own = opened->registration;
        left_over.push_back({.name = own.name, .shared = own.shared, .token = own.token});
      } else if (!is_live && (opened == nullptr || opened->registration.expires < now)) {
        dropped.push_back(key);
      }
    }
    for (const std::string& key : dropped) opened_.erase(key);
  }
  for (const std::string& key : dropped) members_.DropRecord(key);
  for (const OwnName& own : left_over) {
    if (!Has(KeyOf(own.name, own.shared))) Publish(own);
  }
}

bool GossipNames::Has(const std::string& key) {
  const Guard lock(lock_);
  return own_.contains(key);
}

GossipNames& UseGossipNames(Node& node, GossipMembers& members, const Identity& identity,
                            const GossipNamesOptions& options) {
  auto names = std::make_shared<GossipNames>(node, members, identity, options);
  GossipNames& used = *names;
  members.KeepRecords(names);
  Task::Start(node, "names", [names = std::move(names)] { names->Run(); }).Unref();
  node.set_names(&used);
  return used;
}

}  // namespace rehearse::net
