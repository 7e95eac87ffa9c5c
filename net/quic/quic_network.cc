#include "rehearse/net/quic/quic_network.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/dialing.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/quic/quic_acceptor.h"
#include "rehearse/net/quic/quic_address.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_endpoint.h"
#include "rehearse/net/quic/quic_session.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_acceptor.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

// The frames on a stream do not know what carries them.
std::string PeerText(const Stream& frames) {
  const std::string text = frames.peer();
  const size_t id_at = std::min(text.rfind("/p2p/"), text.size());
  const absl::StatusOr<SocketAddress> address = ParseTcpAddress(text.substr(0, id_at));
  return address.ok() ? absl::StrCat(QuicAddressText(*address), text.substr(id_at)) : text;
}

class QuicFrames final : public Stream {
 public:
  explicit QuicFrames(std::unique_ptr<Stream> frames)
      : frames_(std::move(frames)), peer_(PeerText(*frames_)) {}

  absl::Status Write(std::string&& frame, Instant deadline) override {
    return frames_->Write(std::move(frame), deadline);
  }
  absl::StatusOr<std::string> Read(Instant deadline) override { return frames_->Read(deadline); }
  void Close() override { frames_->Close(); }
  std::string peer() const override { return peer_; }

 private:
  const std::unique_ptr<Stream> frames_;
  const std::string peer_;
};

// Tells the peer's id with the address, and peers the address.
class QuicListener final : public Listener {
 public:
  QuicListener(std::shared_ptr<QuicContext> context, std::shared_ptr<TcpAcceptor> acceptor,
               const SocketAddress& at)
      : context_(std::move(context)),
        listener_(std::move(acceptor)),
        at_(*Multiaddr::Parse(QuicAddressText(at))) {
    context_->services.AddAddress(at_);
    context_->PushIdentify();
  }
  ~QuicListener() override { Close(); }

  absl::StatusOr<std::unique_ptr<Stream>> Accept() override {
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<Stream> frames, listener_.Accept());
    return std::make_unique<QuicFrames>(std::move(frames));
  }
  void Close() override {
    context_->services.RemoveAddress(at_);
    listener_.Close();
  }
  std::string address() const override {
    return absl::StrCat(at_.ToString(), "/p2p/", context_->identity.peer_id().ToString());
  }

 private:
  const std::shared_ptr<QuicContext> context_;
  TcpListener listener_;
  const Multiaddr at_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<QuicNetwork>> QuicNetwork::Make(Sockets& sockets, Node& node,
                                                               const QuicIdentity& identity,
                                                               const QuicNetworkOptions& options) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<QuicTls> tls, QuicTls::Make(identity.tls));
  auto context = std::make_shared<QuicContext>(
      std::make_shared<TcpContext>(sockets, node, options.frames, "quic"), identity.identity,
      identity.entropy, std::move(tls), options.quic, options.admission, options.unread,
      StreamServices::Options{.protocols = options.protocols,
                              .protocol_version = options.protocol_version,
                              .agent_version = options.agent_version,
                              .patience = options.quic.handshake_timeout});
  return std::unique_ptr<QuicNetwork>(new QuicNetwork(std::move(context)));
}

QuicNetwork::QuicNetwork(std::shared_ptr<QuicContext> context) : context_(std::move(context)) {}

QuicNetwork::~QuicNetwork() = default;

absl::StatusOr<std::shared_ptr<QuicEndpoint>> QuicNetwork::EndpointAt(
    const SocketAddress& address) {
  const std::string key = address.ToString();
  {
    const Lock lock(lock_);
    const auto found = endpoints_.find(key);
    const auto standing = found == endpoints_.end() ? nullptr : found->second.lock();
    if (standing != nullptr && !standing->ended()) return standing;
  }
  REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<QuicEndpoint> endpoint,
                            QuicEndpoint::Open(context_, address));
  bool close = false;
  {
    const Lock lock(lock_);
    std::erase_if(endpoints_, [](const auto& entry) { return entry.second.expired(); });
    endpoints_[key] = endpoint;
    endpoints_[endpoint->address().ToString()] = endpoint;
    close = closes_when_idle_;
  }
  if (close) endpoint->CloseWhenIdle();
  return endpoint;
}

absl::StatusOr<std::unique_ptr<Listener>> QuicNetwork::Listen(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  REHEARSE_RETURN_IF_ERROR(CheckOwn(parsed, context_->identity.peer_id()));
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress at, ParseQuicAddress(parsed));
  std::shared_ptr<QuicEndpoint> endpoint;
  if (at.port == 0) {
    REHEARSE_ASSIGN_OR_RETURN(endpoint, QuicEndpoint::Open(context_, at));
    const Lock lock(lock_);
    endpoints_[endpoint->address().ToString()] = endpoint;
  } else {
    REHEARSE_ASSIGN_OR_RETURN(endpoint, EndpointAt(at));
  }
  const SocketAddress bound = endpoint->address();
  auto streams = std::make_shared<QuicAcceptor>(context_, std::move(endpoint));
  REHEARSE_RETURN_IF_ERROR(streams->Start());
  context_->listeners.Add(streams);
  auto acceptor = std::make_shared<TcpAcceptor>(
      context_->streams, std::make_unique<QuicListenSocket>(std::move(streams)));
  acceptor->Start();
  return std::make_unique<QuicListener>(context_, std::move(acceptor), bound);
}

absl::StatusOr<std::unique_ptr<Stream>> QuicNetwork::Dial(absl::string_view address,
                                                          Instant deadline) {
  const auto open = [this](QuicSession& session,
                           Instant until) -> absl::StatusOr<std::unique_ptr<Stream>> {
    auto stream = net::OpenStream(session, kFramesProtocol, until);
    // Whoever has dialled us need not listen on that connection; at its address somebody does.
    if (absl::IsUnimplemented(stream.status()) && !session.dialed_here()) {
      return absl::UnavailableError(stream.status().message());
    }
    if (!stream.ok()) return stream.status();
    REHEARSE_ASSIGN_OR_RETURN(const std::string rest, ShakeHands(**stream, until));
    return std::make_unique<QuicFrames>(std::make_unique<TcpStream>(std::make_shared<TcpConnection>(
        context_->streams, *std::move(stream), IncomingPlace(), rest)));
  };
  absl::StatusOr<std::unique_ptr<Stream>> stream = OnSession<Stream>(address, deadline, open);
  if (!stream.ok()) return DialStatus(stream.status(), address);
  context_->streams->Count(TcpEvent::kDialed);
  return stream;
}

absl::StatusOr<std::unique_ptr<PeerStream>> QuicNetwork::OpenStream(absl::string_view address,
                                                                    absl::string_view protocol,
                                                                    Instant deadline) {
  const auto open = [protocol](QuicSession& session,
                               Instant until) -> absl::StatusOr<std::unique_ptr<PeerStream>> {
    return net::OpenStream(session, protocol, until);
  };
  absl::StatusOr<std::unique_ptr<PeerStream>> stream =
      OnSession<PeerStream>(address, deadline, open);
  if (stream.ok() || absl::IsUnimplemented(stream.status())) return stream;
  return DialStatus(stream.status(), address);
}

// What `open` makes of the connection to `address`.
template <typename Opened, typename Open>
absl::StatusOr<std::unique_ptr<Opened>> QuicNetwork::OnSession(absl::string_view text,
                                                               Instant deadline, const Open& open) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr address, Multiaddr::Parse(text));
  if (!address.WithoutPeer().parts.empty() || !address.peer().has_value()) {
    REHEARSE_RETURN_IF_ERROR(ParseQuicAddress(address).status());
  }
  const absl::Duration longest = context_->options.handshake_timeout;
  const Patience patience(longest, context_->streams->node.DeadlineIn(longest), deadline);
  absl::StatusOr<std::unique_ptr<Opened>> opened = context_->peers.OnConnection<Opened>(
      address, patience.ends(), [&](const Multiaddr& at) { return DialAt(at, patience.ends()); },
      [&](QuicSession& session) { return open(session, patience.ends()); });
  if (!opened.ok()) return patience.Judge(opened.status());
  return opened;
}

absl::StatusOr<std::shared_ptr<QuicSession>> QuicNetwork::DialAt(const Multiaddr& address,
                                                                 Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress to, ParseQuicAddress(address));
  const bool v6 = to.host.find(':') != std::string::npos;
  std::shared_ptr<QuicSession> session;
  while (session == nullptr) {  // the endpoint may have just ended
    REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<QuicEndpoint> endpoint,
                              EndpointAt({v6 ? "::" : "0.0.0.0", 0}));
    // The peer may open streams as well.
    auto serve = [context = context_](std::unique_ptr<QuicStream> stream) {
      context->OnStreamOfDialed(std::move(stream));
    };
    session = endpoint->Dial(to, address.peer(), std::move(serve));
  }
  // Whoever waits no longer, or is ended, leaves nothing behind.
  absl::Cleanup close = [&] { session->Close(); };
  REHEARSE_RETURN_IF_ERROR(session->AwaitEstablished(deadline));
  std::move(close).Cancel();
  return context_->peers.InUse(std::move(session));
}

absl::StatusOr<absl::Duration> QuicNetwork::Ping(absl::string_view address, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const auto stream, OpenStream(address, kPingProtocol, deadline));
  return AskPing(*stream, context_->entropy, deadline);
}

void QuicNetwork::PushIdentify() { context_->PushIdentify(); }
KnownPeers& QuicNetwork::known() { return context_->services.known(); }
size_t QuicNetwork::connections() const { return context_->peers.connections(); }

absl::Status QuicNetwork::AwaitFibers(Instant deadline) {
  std::vector<std::shared_ptr<QuicEndpoint>> endpoints;
  {
    const Lock lock(lock_);
    closes_when_idle_ = true;
    for (const auto& [key, kept] : endpoints_) {
      if (auto endpoint = kept.lock()) endpoints.push_back(std::move(endpoint));
    }
  }
  for (const auto& endpoint : std::exchange(endpoints, {})) endpoint->CloseWhenIdle();
  return context_->streams->AwaitFibers(deadline);
}

QuicCounters QuicNetwork::counters() const { return context_->counters(); }
TcpCounters QuicNetwork::frame_counters() const { return context_->streams->counters(); }

}  // namespace rehearse::net
