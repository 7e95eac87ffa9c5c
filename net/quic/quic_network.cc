#include "rehearse/net/quic/quic_network.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/tcp/negotiate.h"
#include "rehearse/net/quic/quic_acceptor.h"
#include "rehearse/net/quic/quic_address.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_endpoint.h"
#include "rehearse/net/quic/quic_services.h"
#include "rehearse/net/quic/quic_session.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_acceptor.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

// A failure as a dialer sees it: whoever is there may give way to the right peer.
absl::Status DialStatus(const absl::Status& status, absl::string_view address) {
  const bool expected = absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
                        absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  return absl::Status(expected ? status.code() : absl::StatusCode::kUnavailable,
                      absl::StrCat("dial ", address, ": ", status.message()));
}

// An address of ours may say who we are.
absl::Status CheckOwn(const Multiaddr& address, const PeerId& own) {
  const std::optional<PeerId> peer = address.peer();
  if (!peer.has_value() || *peer == own) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("listen at ", address.ToString(), ": this node is ", own.ToString()));
}

// The frames on a stream do not know what carries them.
std::string PeerText(const Stream& frames) {
  const absl::StatusOr<SocketAddress> address = ParseTcpAddress(frames.peer());
  return address.ok() ? QuicAddressText(*address) : frames.peer();
}

class QuicFrames final : public Stream {
 public:
  explicit QuicFrames(std::unique_ptr<Stream> frames)
      : frames_(std::move(frames)), peer_(PeerText(*frames_)) {}

  absl::Status Write(std::string frame, Instant deadline) override {
    return frames_->Write(std::move(frame), deadline);
  }
  absl::StatusOr<std::string> Read(Instant deadline) override { return frames_->Read(deadline); }
  void Close() override { frames_->Close(); }
  std::string peer() const override { return peer_; }

 private:
  const std::unique_ptr<Stream> frames_;
  const std::string peer_;
};

// Tells the peer's id with the address.
class QuicListener final : public Listener {
 public:
  QuicListener(std::shared_ptr<TcpAcceptor> acceptor, const SocketAddress& at, const PeerId& id)
      : listener_(std::move(acceptor)),
        address_(absl::StrCat(QuicAddressText(at), "/p2p/", id.ToString())) {}

  absl::StatusOr<std::unique_ptr<Stream>> Accept() override {
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<Stream> frames, listener_.Accept());
    return std::make_unique<QuicFrames>(std::move(frames));
  }
  void Close() override { listener_.Close(); }
  std::string address() const override { return address_; }

 private:
  TcpListener listener_;
  const std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<QuicNetwork>> QuicNetwork::Make(Sockets& sockets, Node& node,
                                                               const QuicIdentity& identity,
                                                               const QuicNetworkOptions& options) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<QuicTls> tls, QuicTls::Make(identity.tls));
  auto context =
      std::make_shared<QuicContext>(std::make_shared<TcpContext>(sockets, node, options.frames),
                                    identity.entropy, std::move(tls), options.quic);
  auto services = std::make_shared<const QuicServices>(
      context, identity.identity,
      QuicServices::Words{options.protocol_version, options.agent_version});
  return std::unique_ptr<QuicNetwork>(
      new QuicNetwork(std::move(context), std::move(services), identity.identity));
}

QuicNetwork::QuicNetwork(std::shared_ptr<QuicContext> context,
                         std::shared_ptr<const QuicServices> services, const Identity& identity)
    : context_(std::move(context)), services_(std::move(services)), identity_(identity) {}

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
  REHEARSE_RETURN_IF_ERROR(CheckOwn(parsed, identity_.peer_id()));
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
  auto streams = std::make_shared<QuicAcceptor>(context_, services_, std::move(endpoint));
  REHEARSE_RETURN_IF_ERROR(streams->Start());
  auto acceptor = std::make_shared<TcpAcceptor>(
      context_->streams, std::make_unique<QuicListenSocket>(std::move(streams)));
  acceptor->Start();
  return std::make_unique<QuicListener>(std::move(acceptor), bound, identity_.peer_id());
}

absl::StatusOr<std::unique_ptr<Stream>> QuicNetwork::Dial(absl::string_view address,
                                                          Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  REHEARSE_RETURN_IF_ERROR(ParseQuicAddress(parsed).status());
  const absl::Duration patience = context_->options.handshake_timeout;
  const Instant patience_ends = context_->streams->node.DeadlineIn(patience);
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      TryDial(parsed, std::min(deadline, patience_ends));
  if (stream.ok()) {
    context_->streams->Count(TcpEvent::kDialed);
    return std::make_unique<QuicFrames>(*std::move(stream));
  }
  if (absl::IsDeadlineExceeded(stream.status()) && patience_ends < deadline) {
    return absl::UnavailableError(
        absl::StrCat("dial ", address, ": no answer within ", absl::FormatDuration(patience)));
  }
  return DialStatus(stream.status(), address);
}

// A connection that stood already may turn out to be over; then a new one is tried.
absl::StatusOr<std::unique_ptr<Stream>> QuicNetwork::TryDial(const Multiaddr& address,
                                                             Instant deadline) {
  while (true) {
    bool is_new = false;
    REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<QuicSession> session, Connect(address, is_new));
    absl::StatusOr<std::unique_ptr<Stream>> stream = OpenStream(*session, deadline);
    if (stream.ok() || is_new || !absl::IsUnavailable(stream.status())) return stream;
    const Lock lock(lock_);
    const auto found = dialed_.find(address.ToString());
    if (found != dialed_.end() && found->second.lock() == session) dialed_.erase(found);
  }
}

absl::StatusOr<std::shared_ptr<QuicSession>> QuicNetwork::Connect(const Multiaddr& address,
                                                                  bool& is_new) {
  const std::string key = address.ToString();
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress to, ParseQuicAddress(address));
  const bool v6 = to.host.find(':') != std::string::npos;
  while (true) {
    REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<QuicEndpoint> endpoint,
                              EndpointAt({v6 ? "::" : "0.0.0.0", 0}));
    const Lock lock(lock_);
    const auto found = dialed_.find(key);
    const auto standing = found == dialed_.end() ? nullptr : found->second.lock();
    is_new = standing == nullptr || standing->over();
    if (!is_new) return standing;
    // The peer may open streams as well.
    auto serve = [context = context_, services = services_](std::unique_ptr<QuicStream> stream) {
      context->streams->Start("quic serve",
                              [services, stream = std::move(stream)] { services->Serve(*stream); });
    };
    std::shared_ptr<QuicSession> session = endpoint->Dial(to, address.peer(), std::move(serve));
    if (session == nullptr) continue;  // it has just ended
    std::erase_if(dialed_, [](const auto& entry) { return entry.second.expired(); });
    dialed_[key] = session;
    return session;
  }
}

absl::StatusOr<std::unique_ptr<Stream>> QuicNetwork::OpenStream(QuicSession& session,
                                                                Instant deadline) {
  REHEARSE_RETURN_IF_ERROR(session.AwaitEstablished(deadline));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<QuicStream> stream, session.Open(deadline));
  REHEARSE_ASSIGN_OR_RETURN(Agreement agreed,
                            ProposeProtocols(*stream, {std::string(kFramesProtocol)}, deadline));
  stream->Unread(std::move(agreed.surplus));
  REHEARSE_ASSIGN_OR_RETURN(const std::string rest, ShakeHands(*stream, deadline));
  return std::make_unique<TcpStream>(
      std::make_shared<TcpConnection>(context_->streams, std::move(stream), IncomingPlace(), rest));
}

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
