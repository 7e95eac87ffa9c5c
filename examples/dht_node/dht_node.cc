#include "examples/dht_node/dht_node.h"

#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/kademlia/kad_stream.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/socket/multicast.h"
#include "rehearse/net/socket/node_sockets.h"

namespace examples::dht_node {
namespace {

namespace net = rehearse::net;
using Command = CommandLine::Command;

constexpr absl::string_view kNamespace = "signed";
constexpr absl::Duration kLifetime = absl::Minutes(50);
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kProvidersEnough = 20;
constexpr absl::Duration kLookAround = absl::Seconds(3);
constexpr absl::Duration kLook = absl::Milliseconds(20);

struct Nothing {};

net::KadHostOptions HostOptions(const CommandLine& line) {
  net::KadHostOptions options{.protocol = net::KadProtocolOf(line.network)};
  options.core.serves = !line.listen.empty();
  return options;
}

// What a text is called: the multihash of its SHA-256. In base58 that is IPFS's first form of a
// content id, as it is a peer's.
absl::StatusOr<net::PeerId> ContentIdOf(absl::string_view text) {
  const absl::StatusOr<net::PeerId> named = net::PeerId::Parse(text);
  if (named.ok()) return named;
  return net::PeerId::FromBytes(absl::StrCat("\x12\x20", net::ViewOf(net::Sha256(text))));
}

std::string Shown(const net::KadPeer& peer) {
  std::string text = peer.id.ToString();
  for (const std::string& bytes : peer.addresses) {
    const auto address = net::Multiaddr::FromBytes(bytes);
    if (address.ok()) absl::StrAppend(&text, " ", address->ToString());
  }
  return text;
}

}  // namespace

absl::StatusOr<std::shared_ptr<DhtNode>> DhtNode::Make(rehearse::Node& node, const Keys& keys,
                                                       const CommandLine& line) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node.clock().WallTime());
  REHEARSE_ASSIGN_OR_RETURN(auto tls, net::TlsKeys::Make(keys.identity, keys.entropy, now));
  std::shared_ptr<DhtNode> made(new DhtNode(node, keys, line, std::move(tls)));
  REHEARSE_RETURN_IF_ERROR(made->Listen());
  return made;
}

DhtNode::DhtNode(rehearse::Node& node, const Keys& keys, const CommandLine& line,
                 std::unique_ptr<net::TlsKeys> tls)
    : node_(node),
      keys_(keys),
      line_(line),
      tls_(std::move(tls)),
      signed_(node.clock(), {}),
      host_(node, HostOptions(line)),
      network_(MakeNetwork()) {
  validators_.Add(kNamespace, signed_);
}

std::unique_ptr<net::Libp2pNetwork> DhtNode::MakeNetwork() {
  net::SecureTcpOptions options;
  options.protocols = host_.Handlers();
  return std::make_unique<net::SecureTcpNetwork>(
      net::SocketsOf(node_), node_, net::SecureIdentity{keys_.identity, keys_.entropy, tls_.get()},
      options);
}

absl::Status DhtNode::Listen() {
  net::KadPeer self{keys_.identity.peer_id(), {}};
  if (!line_.listen.empty()) {
    REHEARSE_ASSIGN_OR_RETURN(listener_, network_->Listen(line_.listen));
    REHEARSE_ASSIGN_OR_RETURN(const auto at, net::Multiaddr::Parse(listener_->address()));
    self.addresses.push_back(at.WithoutPeer().ToBytes());
  }
  dht_ = std::make_unique<net::Dht>(
      net::Dht::Parts{node_, host_.Attach(*network_, self, validators_), node_.random("kademlia")},
      net::DhtOptions());
  return absl::OkStatus();
}

absl::Status DhtNode::Run(const Say& say) {
  if (listener_ != nullptr) say(absl::StrCat("serving at ", listener_->address()));
  absl::Status status = Join();
  if (status.ok() && line_.mdns) status = LookAround();
  if (status.ok()) status = Do(say);
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

// Who serves goes on without those that it was to join by: upkeep asks them again.
absl::Status DhtNode::Join() {
  if (line_.join.empty()) return absl::OkStatus();
  const absl::Status joined = dht_->Bootstrap(line_.join);
  if (!absl::IsUnavailable(joined) || listener_ == nullptr) return joined;
  node_.log().Write(rehearse::Severity::kWarning, joined.message());
  return absl::OkStatus();
}

absl::Status DhtNode::LookAround() {
  net::LanPeer self{keys_.identity.peer_id(), {}};
  for (const std::string& bytes : dht_->core().self().addresses) {
    REHEARSE_ASSIGN_OR_RETURN(net::Multiaddr address, net::Multiaddr::FromBytes(bytes));
    self.addresses.push_back(std::move(address));
  }
  REHEARSE_ASSIGN_OR_RETURN(mdns_,
                            net::Mdns::Start({node_, *node_.Find<net::Multicast>(),
                                              [this](const net::LanPeer& found) { Meet(found); }},
                                             std::move(self)));
  for (absl::Duration past; past < kLookAround && dht_->core().peers() == 0; past += kLook) {
    REHEARSE_RETURN_IF_ERROR(rehearse::Sleep(kLook));
  }
  return absl::OkStatus();
}

// It may take its time, and whoever finds must not.
void DhtNode::Meet(const net::LanPeer& found) {
  net::KadPeer peer{found.id, {}};
  for (const net::Multiaddr& address : found.addresses) peer.addresses.push_back(address.ToBytes());
  ++meetings_;
  node_.Spawn([self = shared_from_this(), peer](rehearse::Inbox<void(Nothing)>&) {
    absl::Cleanup met = [&self] { --self->meetings_; };
    self->dht_->Meet(peer).IgnoreError();
  });
}

absl::Status DhtNode::Do(const Say& say) {
  switch (line_.command) {
    case Command::kServe: return dht_->RunUpkeep();
    case Command::kPut: return Put(say);
    case Command::kGet: return Get(say);
    case Command::kProvide: {
      REHEARSE_ASSIGN_OR_RETURN(const net::PeerId content, ContentIdOf(line_.words[0]));
      REHEARSE_RETURN_IF_ERROR(dht_->Provide(content.bytes()));
      say(content.ToString());
      return dht_->RunUpkeep();
    }
    case Command::kFind: return Find(say);
    case Command::kPeers:
      for (const net::KadPeer& peer : dht_->core().KnownPeers()) say(Shown(peer));
      return absl::OkStatus();
    case Command::kPing: return Ping(say);
  }
  return absl::OkStatus();
}

absl::Status DhtNode::Put(const Say& say) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node_.clock().WallTime());
  const net::PeerId& self = keys_.identity.peer_id();
  const net::SignedRecord record{.key = net::SignedRecord::KeyFor(kNamespace, line_.words[0], self),
                                 .data = line_.words[1],
                                 .sequence = static_cast<uint64_t>(absl::ToUnixMillis(now)),
                                 .expires = now + kLifetime};
  REHEARSE_RETURN_IF_ERROR(dht_->PutValue(record.key, record.Sign(keys_.identity)));
  say(record.key);
  return absl::OkStatus();
}

absl::Status DhtNode::Get(const Say& say) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string value, dht_->GetValue(line_.words[0]));
  REHEARSE_ASSIGN_OR_RETURN(const auto record, net::SignedRecord::Open(line_.words[0], value));
  say(absl::Utf8SafeCEscape(record.data));
  return absl::OkStatus();
}

absl::Status DhtNode::Find(const Say& say) {
  REHEARSE_ASSIGN_OR_RETURN(const net::PeerId content, ContentIdOf(line_.words[0]));
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<net::KadPeer> providers,
                            dht_->FindProviders(content.bytes(), kProvidersEnough));
  for (const net::KadPeer& peer : providers) say(Shown(peer));
  if (!providers.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("find ", content.ToString(), ": nobody has it"));
}

absl::Status DhtNode::Ping(const Say& say) {
  REHEARSE_ASSIGN_OR_RETURN(const auto address, net::Multiaddr::Parse(line_.words[0]));
  if (address.peer().has_value() && address.WithoutPeer().parts.empty()) {
    REHEARSE_RETURN_IF_ERROR(dht_->FindPeer(*address.peer()).status());  // is now connected
  }
  const rehearse::Instant deadline = node_.DeadlineIn(kPatience);
  REHEARSE_ASSIGN_OR_RETURN(const auto stream,
                            network_->OpenStream(address.ToString(), net::kPingProtocol, deadline));
  REHEARSE_ASSIGN_OR_RETURN(const absl::Duration time,
                            net::AskPing(*stream, keys_.entropy, deadline));
  say(absl::StrCat(stream->peer_key().peer_id().ToString(), " answers in ",
                   absl::FormatDuration(time)));
  return absl::OkStatus();
}

absl::Status DhtNode::End() {
  if (mdns_ != nullptr) mdns_->Leave();
  for (absl::Duration past; past < kPatience && meetings_ > 0; past += kLook) {
    REHEARSE_RETURN_IF_ERROR(rehearse::Sleep(kLook));
  }
  if (listener_ != nullptr) listener_->Close();
  REHEARSE_RETURN_IF_ERROR(host_.AwaitCalls(node_.DeadlineIn(kPatience)));
  return network_->AwaitFibers(node_.DeadlineIn(kPatience));
}

absl::Status RunDhtNode(rehearse::Node& node, const Keys& keys, const CommandLine& line,
                        const DhtNode::Say& say) {
  REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<DhtNode> dht_node,
                            DhtNode::Make(node, keys, line));
  absl::Status status = absl::AbortedError("the command panicked");
  const auto work =
      node.Spawn([&](rehearse::Inbox<void(Nothing)>&) { status = dht_node->Run(say); });
  // The work is stopped, and what it used ends in good order.
  const auto ending = node.Spawn([work](rehearse::Inbox<void(rehearse::Signal)>& signals) {
    (void)signals.Receive();
    work.Stop();
  });
  rehearse::SignalsOf(node).Subscribe(rehearse::Signal::kInterrupt, ending);
  rehearse::SignalsOf(node).Subscribe(rehearse::Signal::kTerminate, ending);
  REHEARSE_RETURN_IF_ERROR(work.Join().status());
  const absl::Status ended = dht_node->End();
  node.Shutdown();
  return status.ok() ? ended : status;
}

}  // namespace examples::dht_node
