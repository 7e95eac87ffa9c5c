#include "rehearse/net/node/node_names.h"

#include <atomic>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/kademlia/kad_stream.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/registry/gossip_names.h"

namespace rehearse::net {
namespace {

constexpr absl::Duration kJoinTimeout = absl::Seconds(10);
constexpr absl::Duration kRejoinEvery = absl::Seconds(30);
// Of one peer that was found nearby.
constexpr size_t kPlacesTriedMax = 4;

bool UsesKademlia(const NodeFlags& flags) { return flags.names == NodeFlags::Names::kKademlia; }

KadHostOptions HostOptions(const NodeFlags& flags) {
  KadHostOptions options{.protocol = KadProtocolOf(NodeNames::kKademliaNetwork)};
  options.core.serves = !flags.listen.empty();
  return options;
}

// "0.0.0.0" is where one listens, and nowhere that others could dial.
bool IsAnywhere(const Multiaddr& address) {
  return !address.parts.empty() &&
         (address.parts[0].value == "0.0.0.0" || address.parts[0].value == "::");
}

std::vector<KadPeer> PeersOf(const std::vector<std::string>& addresses) {
  std::vector<KadPeer> peers;
  for (const std::string& text : addresses) {
    const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
    if (!address.ok() || !address->peer().has_value()) continue;
    peers.push_back({*address->peer(), {address->WithoutPeer().ToBytes()}});
  }
  return peers;
}

}  // namespace

NodeNames::NodeNames(const NodeFlags& flags, Node& node, const Identity* identity)
    : flags_(flags),
      node_(node),
      identity_(identity),
      fixed_(book_, node.name()),
      validator_(node.clock(), {}) {
  for (const auto& [name, at] : flags.where) book_.Add(name, at);
  if (!UsesKademlia(flags)) {
    node.set_names(&fixed_);
    return;
  }
  host_ = std::make_unique<KadHost>(node, HostOptions(flags));
  validators_.Add(kNameNamespace, validator_);
}

NodeNames::~NodeNames() = default;

StreamHandlers NodeNames::Handlers() {
  return host_ == nullptr ? StreamHandlers() : host_->Handlers();
}

absl::Status NodeNames::Begin(NodeNetwork& network, absl::string_view listening) {
  if (host_ != nullptr) return JoinByKademlia(network, listening);
  if (flags_.names == NodeFlags::Names::kGossip) JoinByGossip(listening);
  return absl::OkStatus();
}

// Registrations are signed where nodes prove nothing, too; then by a key that nobody knows.
void NodeNames::JoinByGossip(absl::string_view listening) {
  std::string address = flags_.advertise.empty() ? std::string(listening) : flags_.advertise;
  if (identity_ != nullptr) {
    address = absl::StrCat(Multiaddr::Parse(address)->WithoutPeer().ToString(), "/p2p/",
                           identity_->peer_id().ToString());
  } else {
    unproven_.emplace(Identity::Generate(entropy_));
  }
  members_ = &JoinCluster(node_, {.address = std::move(address),
                                  .bootstrap = flags_.bootstrap,
                                  .identity = identity_,
                                  .membership = {}});
  UseGossipNames(node_, *members_, identity_ == nullptr ? *unproven_ : *identity_);
}

absl::Status NodeNames::JoinByKademlia(NodeNetwork& network, absl::string_view listening) {
  network_ = &network;
  KadPeer self{identity_->peer_id(), {}};
  std::vector<std::string> addresses;
  if (const auto at = Multiaddr::Parse(listening); at.ok() && !listening.empty()) {
    self.addresses.push_back(at->WithoutPeer().ToBytes());
    if (!IsAnywhere(*at)) addresses.push_back(at->WithoutPeer().ToString());
  }
  dht_ =
      std::make_shared<Dht>(Dht::Parts{node_, host_->Attach(network, std::move(self), validators_),
                                       node_.random("kademlia")},
                            DhtOptions{.rejoin_every = kRejoinEvery});
  names_ = std::make_shared<KadNames>(
      KadNames::Parts{
          .node = node_,
          .dht = dht_,
          .validator = validator_,
          .identity = *identity_,
          .addresses = std::move(addresses),
          .believed = [this](const SignedRegistration& one) { return IsBelieved(one); }},
      KadNamesOptions());
  node_.set_names(names_.get());
  names_->Start();
  const auto joined = std::make_shared<std::atomic<bool>>(false);
  upkeep_ = &Task::Start(node_, "kademlia", [this, joined] {
    const absl::Status status = dht_->Bootstrap(PeersOf(flags_.bootstrap));
    if (!status.ok() && !flags_.bootstrap.empty()) {
      node_.log().Write(Severity::kWarning, absl::StrCat("join: ", status.message()));
    }
    joined->store(true);
    dht_->RunUpkeep().IgnoreError();
  });
  constexpr absl::Duration kLook = absl::Milliseconds(5);
  for (absl::Duration left = kJoinTimeout; !joined->load() && left > absl::ZeroDuration();
       left -= kLook) {
    REHEARSE_RETURN_IF_ERROR(Sleep(kLook));
  }
  return absl::OkStatus();
}

// A node is called by the id of its key, so that nobody can be called as another. Where it is, is
// its word; who answers there has to prove that he is it.
bool NodeNames::IsBelieved(const SignedRegistration& found) {
  if (found.registration.node != found.peer.ToString()) return false;
  for (const std::string& text : found.registration.addresses) {
    const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
    if (address.ok() && !IsAnywhere(*address)) network_->Learn(found.peer, address->WithoutPeer());
  }
  return true;
}

// Whoever is there has to prove that it is this peer.
bool NodeNames::Meet(const LanPeer& peer) {
  KadPeer found{peer.id, {}};
  for (const Multiaddr& address : peer.addresses) {
    if (found.addresses.size() == kPlacesTriedMax) break;
    found.addresses.push_back(address.ToBytes());
    if (members_ == nullptr) continue;
    members_->SeekAt(absl::StrCat(address.ToString(), "/p2p/", peer.id.ToString()));
  }
  return dht_ == nullptr || dht_->Meet(found).ok();
}

void NodeNames::Leave(Instant deadline) {
  if (members_ != nullptr) members_->Leave(deadline).IgnoreError();
}

void NodeNames::End(Instant deadline) {
  if (upkeep_ == nullptr) return;
  names_->AwaitWork(deadline).IgnoreError();
  upkeep_->RequestStop();
  upkeep_->Unref();
  host_->AwaitCalls(deadline).IgnoreError();
}

}  // namespace rehearse::net
