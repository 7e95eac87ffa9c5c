#include "tests/kademlia/kad_city.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

constexpr size_t kAcquaintances = 3;
constexpr absl::Duration kSettled = absl::Minutes(1);

std::string ProviderKey(uint64_t number) {
  return "\x12\x20" + std::string(ViewOf(Sha256(absl::StrCat("name ", number))));
}

}  // namespace

KadCity::KadCity(Node& node, const CityOptions& options)
    : node_(node),
      options_(options),
      random_(node.random("city")),
      network_(*CurrentWorker(), random_.Split("network"), options.network),
      validator_(node.clock(), {}),
      names_(options.names) {
  validators_.Add("city", validator_);
}

absl::Status KadCity::Run() {
  const auto count = static_cast<int64_t>(options_.nodes);
  for (int64_t i = 0; i < count; ++i) {
    AddCitizen();
    REHEARSE_RETURN_IF_ERROR(Sleep(options_.growth / count));
  }
  REHEARSE_RETURN_IF_ERROR(Sleep(options_.rest / 2));
  for (size_t slot = 0; slot < names_.size(); ++slot) Publish(slot);
  REHEARSE_RETURN_IF_ERROR(Sleep(options_.rest / 2));
  const uint64_t messages = network_.messages();
  const uint64_t bytes = network_.bytes();
  Spawn("churn", [this] {
    const Ratio churn = options_.churn_per_minute;
    if (churn.never()) return;
    const auto each = static_cast<int64_t>(options_.nodes * churn.numerator);
    const absl::Duration pause = absl::Minutes(1) * static_cast<int64_t>(churn.denominator) / each;
    while (!report_.over && Sleep(pause).ok()) OneLeavesAndOneComes();
  });
  Spawn("workload", [this] {
    while (!report_.over && Sleep(absl::Minutes(1) / options_.lookups_per_minute).ok()) {
      LookSomethingUp();
    }
  });
  REHEARSE_RETURN_IF_ERROR(Sleep(options_.length));
  report_.messages = network_.messages() - messages;
  report_.bytes = network_.bytes() - bytes;
  size_t peers = 0;
  size_t good = 0;
  for (const CitizenIndex index : living_) {
    if (citizens_[index].dht == nullptr) continue;
    peers += citizens_[index].dht->core().peers();
    ++good;
  }
  report_.table_size = LookupTally::Of(peers, good);
  report_.over = true;
  return absl::OkStatus();
}

void KadCity::AddCitizen() {
  const CitizenIndex index = citizens_.size();
  citizens_.emplace_back();
  living_.push_back(index);
  const bool bad = random_.Chance(options_.attack.bad);
  citizens_[index].port = &network_.Add(bad ? GroundId() : MadePeerId(random_.Next()));
  if (bad) {
    AddBad(index);
  } else {
    AddGood(index);
  }
  ++report_.joined;
}

void KadCity::AddGood(CitizenIndex index) {
  LightNetwork::Port& port = *citizens_[index].port;
  const auto core =
      std::make_shared<KadCore>(port.self(), validators_, port, node_.clock(), options_.core);
  const auto dht =
      std::make_shared<Dht>(Dht::Parts{node_, core, random_.Split("dht", index)}, options_.dht);
  citizens_[index].dht = dht;
  port.Open([core](const KadPeer& from, absl::string_view request) {
    return core->OnRequest(from, /*serves=*/true, request);
  });
  citizens_[index].task = &Task::Start(node_, "citizen", [this, index, dht] {
    const std::vector<KadPeer> acquaintances = Acquaintances(index);
    while (!acquaintances.empty() && !dht->Bootstrap(acquaintances).ok()) {
      if (!Sleep(absl::Seconds(5)).ok()) return;
    }
    if (!citizens_[index].port->up()) return;
    citizens_[index].joined = true;
    citizens_[index].joined_at = node_.clock().Now();
    (void)dht->RunUpkeep();
  });
}

void KadCity::AddBad(CitizenIndex index) {
  LightNetwork::Port& port = *citizens_[index].port;
  bad_.emplace_back(NodeKey::Of(port.self().id), port.self());
  port.Open([this, &port](const KadPeer&, absl::string_view request) {
    return AnswerBadly(port.self(), request);
  });
  // It makes itself known: to random others, again and again.
  Spawn("bad", [this, &port] {
    const KadMessage question{.type = KadType::kFindNode,
                              .key = std::string(port.self().id.bytes())};
    while (port.up() && Sleep(absl::Seconds(2)).ok()) {
      const KadPeer& whom = citizens_[living_[random_.Below(living_.size())]].port->self();
      port.Call(whom, *question.Encode(), KadCalls::Answered::kYes,
                node_.DeadlineIn(absl::Seconds(10)), [](absl::StatusOr<std::string>) {});
    }
  });
}

PeerId KadCity::GroundId() {
  if (names_.empty()) return MadePeerId(random_.Next());
  const size_t slot = random_.Below(names_.size());
  const NodeKey victim =
      NodeKey::Of(names_[slot] == nullptr ? ProviderKey(slot) : names_[slot]->provider_key);
  PeerId best = MadePeerId(random_.Next());
  for (int tried = 1; tried < options_.attack.ids_tried; ++tried) {
    PeerId id = MadePeerId(random_.Next());
    if (NodeKey::Of(id).DistanceTo(victim) < NodeKey::Of(best).DistanceTo(victim)) {
      best = std::move(id);
    }
  }
  return best;
}

std::vector<KadPeer> KadCity::BadNearest(const NodeKey& target, const KadPeer& self) {
  std::vector<std::pair<XorDistance, const KadPeer*>> near;
  for (const auto& [key, peer] : bad_) {
    if (peer.id != self.id) near.emplace_back(key.DistanceTo(target), &peer);
  }
  const size_t count = std::min<size_t>(near.size(), 20);
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  std::vector<KadPeer> nearest;
  for (size_t i = 0; i < count; ++i) nearest.push_back(*near[i].second);
  return nearest;
}

absl::StatusOr<std::optional<std::string>> KadCity::AnswerBadly(const KadPeer& self,
                                                                absl::string_view request) {
  REHEARSE_ASSIGN_OR_RETURN(const KadMessage question, KadMessage::Decode(request));
  KadMessage answer{.type = question.type, .key = question.key};
  if (question.key == self.id.bytes()) answer.closer.push_back(self);
  if (options_.attack.eclipse) {
    for (KadPeer& peer : BadNearest(NodeKey::Of(question.key), self)) {
      answer.closer.push_back(std::move(peer));
    }
  }
  if (options_.attack.forge && question.type == KadType::kGetValue) {
    SeededEntropy entropy(7);
    const SignedRecord forged{.key = question.key,
                              .data = "forged",
                              .sequence = 1000000,
                              .expires = *node_.clock().WallTime() + absl::Minutes(30)};
    answer.record =
        KadRecord{.key = question.key, .value = forged.Sign(Identity::Generate(entropy))};
  }
  if (options_.attack.forge && question.type == KadType::kGetProviders) {
    answer.providers.push_back(self);
  }
  if (question.type == KadType::kPutValue) answer.record = question.record;  // and forgets it
  REHEARSE_ASSIGN_OR_RETURN(std::string bytes, answer.Encode());
  return std::optional<std::string>(std::move(bytes));
}

void KadCity::OneLeavesAndOneComes() {
  Leave(living_[random_.Below(living_.size())]);
  AddCitizen();
}

void KadCity::Leave(CitizenIndex index) {
  Citizen& citizen = citizens_[index];
  citizen.port->Leave();
  citizen.joined = false;
  citizen.dht = nullptr;
  if (citizen.task != nullptr) {
    citizen.task->RequestStop();
    citizen.task->Unref();
    citizen.task = nullptr;
  }
  living_.erase(std::find(living_.begin(), living_.end(), index));
  std::erase_if(bad_, [&](const auto& bad) { return bad.second.id == citizen.port->self().id; });
  ++report_.left;
  for (size_t slot = 0; slot < names_.size(); ++slot) {
    if (names_[slot] != nullptr && names_[slot]->owner == index) Publish(slot);
  }
}

std::vector<KadPeer> KadCity::Acquaintances(CitizenIndex newcomer) {
  std::vector<KadPeer> peers;
  for (size_t tries = 0; tries < 100 && peers.size() < kAcquaintances; ++tries) {
    const CitizenIndex index = living_[random_.Below(living_.size())];
    const Citizen& citizen = citizens_[index];
    // Those that one is told of by friends: good ones.
    if (index != newcomer && citizen.dht != nullptr && (citizen.joined || index == 0)) {
      peers.push_back(citizen.port->self());
    }
  }
  return peers;
}

std::optional<KadCity::CitizenIndex> KadCity::Settled() {
  for (int tries = 0; tries < 1000; ++tries) {
    const CitizenIndex index = living_[random_.Below(living_.size())];
    const Citizen& citizen = citizens_[index];
    if (citizen.dht != nullptr && citizen.joined &&
        node_.clock().Now() - citizen.joined_at >= kSettled) {
      return index;
    }
  }
  return std::nullopt;
}

void KadCity::Spawn(const char* what, absl::AnyInvocable<void()> body) {
  Task::Start(node_, what, std::move(body)).Unref();
}

void KadCity::Count(LookupTally& tally, const LookupReport& report, const absl::Status& status) {
  tally.timeouts += report.failed;
  if (!status.ok()) {
    if (tally.failed == 0) tally.first_failure = status.ToString();
    ++tally.failed;
    return;
  }
  ++tally.succeeded;
  tally.asked += report.asked;
  tally.hops += static_cast<uint64_t>(report.hops);
}

void KadCity::LookSomethingUp() {
  const std::optional<CitizenIndex> asker = Settled();
  if (!asker.has_value()) return;
  const uint64_t kind = random_.Below(3);
  if (kind == 0 || names_.empty()) return LookUpPeer(*asker);
  const std::shared_ptr<Name> name = names_[random_.Below(names_.size())];
  if (name == nullptr || !name->ready || name->owner == *asker) return;
  if (kind == 1) return LookUpValue(*asker, name);
  LookUpProviders(*asker, name);
}

void KadCity::LookUpPeer(CitizenIndex asker) {
  const std::optional<CitizenIndex> target = Settled();
  if (!target.has_value() || *target == asker) return;
  ++report_.peers.begun;
  Spawn("find peer", [this, asker, target = *target, dht = citizens_[asker].dht] {
    LookupReport report;
    const auto found = dht->FindPeer(citizens_[target].port->self().id, &report);
    if (report_.over || !citizens_[asker].joined || !citizens_[target].joined) return;
    Count(report_.peers, report, found.status());
  });
}

void KadCity::LookUpValue(CitizenIndex asker, std::shared_ptr<Name> name) {
  ++report_.values.begun;
  Spawn("get value", [this, asker, name, dht = citizens_[asker].dht] {
    LookupReport report;
    const auto found = dht->GetValue(name->value_key, 3, &report);
    if (report_.over || !citizens_[asker].joined || !citizens_[name->owner].joined) return;
    if (found.ok() && *found != name->value) {
      ++report_.values.forged;
    } else {
      Count(report_.values, report, found.status());
    }
  });
}

void KadCity::LookUpProviders(CitizenIndex asker, std::shared_ptr<Name> name) {
  ++report_.providers.begun;
  Spawn("find providers", [this, asker, name, dht = citizens_[asker].dht] {
    LookupReport report;
    // Providers are hints: with liars about, all are taken, and asked.
    const size_t enough = options_.attack.bad.never() ? 1 : 100000;
    const auto found = dht->FindProviders(name->provider_key, enough, &report);
    if (report_.over || !citizens_[asker].joined || !citizens_[name->owner].joined) return;
    absl::Status status = found.status();
    if (status.ok() &&
        std::count(found->begin(), found->end(), citizens_[name->owner].port->self()) == 0) {
      status = absl::NotFoundError(absl::StrCat(found->size(), " providers, not the true one, of ",
                                                report.asked, " asked, ", report.failed,
                                                " of them silent"));
    }
    Count(report_.providers, report, status);
  });
}

void KadCity::Publish(size_t slot) {
  const std::optional<CitizenIndex> owner = Settled();
  names_[slot] = nullptr;
  if (!owner.has_value()) return;
  const uint64_t number = published_++;
  SeededEntropy entropy(random_.Next());
  const Identity identity = Identity::Generate(entropy);
  const auto name = std::make_shared<Name>();
  name->owner = *owner;
  name->provider_key = ProviderKey(number);
  name->value_key = SignedRecord::KeyFor("city", absl::StrCat("name-", number), identity.peer_id());
  const SignedRecord record{.key = name->value_key,
                            .data = absl::StrCat(number),
                            .sequence = 1,
                            .expires = *node_.clock().WallTime() + absl::Hours(1)};
  name->value = record.Sign(identity);
  names_[slot] = name;
  Spawn("publish", [name, dht = citizens_[*owner].dht] {
    const bool put = dht->PutValue(name->value_key, name->value, 3).ok();
    const bool provided = dht->Provide(name->provider_key).ok();
    name->ready = put && provided;
  });
}

}  // namespace rehearse::net
