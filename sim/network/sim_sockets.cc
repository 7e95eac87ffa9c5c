#include "rehearse/sim/network/sim_sockets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/unix_address.h"
#include "rehearse/sim/network/sim_datagrams.h"
#include "rehearse/sim/network/sim_endpoint.h"

namespace rehearse::sim {
namespace {

constexpr absl::string_view kAnyIp = "0.0.0.0";
// How many ports are tried before there is none.
constexpr int kPortsMax = 32768;

bool IsUnix(const net::SocketAddress& address) { return net::UnixName(address.host).has_value(); }

bool IsPath(const net::SocketAddress& address) {
  return net::IsUnixPath(net::UnixName(address.host).value_or(""));
}

class SimStreamSocket final : public net::StreamSocket {
 public:
  SimStreamSocket(std::shared_ptr<SimEndpoint> endpoint, net::SocketAddress peer)
      : endpoint_(std::move(endpoint)), peer_(std::move(peer)) {}
  ~SimStreamSocket() override { Close(); }

  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) override {
    if (segment_.size() == taken_) {
      if (endpoint_->ended_by_peer()) return 0;
      absl::StatusOr<std::string> segment = endpoint_->Read(deadline);
      if (!segment.ok()) {
        if (endpoint_->ended_by_peer() && absl::IsUnavailable(segment.status())) return 0;
        return segment.status();
      }
      segment_ = *std::move(segment);
      taken_ = 0;
    }
    const size_t bytes = std::min(bytes_max, segment_.size() - taken_);
    out.append(segment_, taken_, bytes);
    taken_ += bytes;
    return bytes;
  }

  absl::Status Write(absl::string_view bytes, Instant deadline) override {
    while (!bytes.empty()) {
      const absl::string_view segment = bytes.substr(0, SimSockets::kSegmentBytes);
      REHEARSE_RETURN_IF_ERROR(endpoint_->Write(std::string(segment), deadline));
      bytes.remove_prefix(segment.size());
    }
    return absl::OkStatus();
  }

  void CloseRead() override { endpoint_->CloseRead(); }

  void Close() override {
    if (endpoint_->has_unread() || taken_ != segment_.size()) {
      endpoint_->Abort();
    } else {
      endpoint_->Close();
    }
  }

  net::SocketAddress peer() const override { return peer_; }

 private:
  const std::shared_ptr<SimEndpoint> endpoint_;
  const net::SocketAddress peer_;
  std::string segment_;
  size_t taken_ = 0;
};

class SimListenSocket final : public net::ListenSocket {
 public:
  SimListenSocket(std::shared_ptr<SimAcceptor> acceptor, net::SocketAddress address)
      : acceptor_(std::move(acceptor)), address_(std::move(address)) {}
  ~SimListenSocket() override { acceptor_->Close(); }

  absl::StatusOr<std::unique_ptr<net::StreamSocket>> Accept() override {
    REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimEndpoint> endpoint, acceptor_->Accept());
    if (IsUnix(address_)) {
      return std::make_unique<SimStreamSocket>(std::move(endpoint),
                                               net::SocketAddress{net::UnixHost("")});
    }
    // As good as the port that a host would pick for who dials.
    const auto port = static_cast<uint16_t>(49152 + endpoint->number() % 16384);
    net::SocketAddress peer{SimSockets::IpOf(endpoint->peer_host()), port};
    return std::make_unique<SimStreamSocket>(std::move(endpoint), std::move(peer));
  }
  void Close() override { acceptor_->Close(); }
  net::SocketAddress address() const override { return address_; }

 private:
  const std::shared_ptr<SimAcceptor> acceptor_;
  const net::SocketAddress address_;
};

absl::optional<NodeId> HostOf(const std::string& ip) {
  absl::string_view rest = ip;
  if (!absl::ConsumePrefix(&rest, "10.0.")) return absl::nullopt;
  const size_t dot = rest.find('.');
  uint32_t high = 0;
  uint32_t low = 0;
  if (dot == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, dot), &high) ||
      !absl::SimpleAtoi(rest.substr(dot + 1), &low)) {
    return absl::nullopt;
  }
  return NodeId{high << 8 | low};
}

SimPort LocalPort(NodeId host, const net::SocketAddress& address) {
  return {.host = host, .unix_name = std::string(*net::UnixName(address.host))};
}

net::SocketAddress AddressOf(const SimPort& port) {
  if (!port.unix_name.empty()) return {net::UnixHost(port.unix_name)};
  return {SimSockets::IpOf(port.host), port.number};
}

class SimDatagramSocket final : public net::DatagramSocket {
 public:
  // `address` is as it was bound.
  SimDatagramSocket(SimDatagrams& datagrams, std::shared_ptr<SimMailBag> bag, SimPort own,
                    net::SocketAddress address)
      : datagrams_(datagrams),
        bag_(std::move(bag)),
        own_(std::move(own)),
        address_(std::move(address)) {}
  ~SimDatagramSocket() override { bag_->Close(); }

  absl::Status SendTo(const net::SocketAddress& to, absl::string_view bytes) override {
    REHEARSE_RETURN_IF_ERROR(net::CheckDatagram(address_, to, bytes.size()));
    const std::string told = absl::StrCat("send to ", to.ToString(), ": ");
    if (bag_->closed()) return absl::UnavailableError(told + "it was closed here");
    if (IsUnix(to)) {
      const absl::Status sent = datagrams_.SendLocally(own_, LocalPort(own_.host, to), bytes);
      return sent.ok() ? sent : absl::Status(sent.code(), absl::StrCat(told, sent.message()));
    }
    // To an address that no simulated host has it is sent, and never seen again.
    const absl::optional<NodeId> host = HostOf(to.host);
    if (host.has_value()) datagrams_.Send(own_, {*host, to.port}, bytes);
    return absl::OkStatus();
  }
  // Each goes its own way.
  absl::Status SendBatch(const net::SocketAddress& to, absl::string_view bytes,
                         size_t each) override {
    REHEARSE_RETURN_IF_ERROR(net::CheckBatch(address_, to, bytes.size(), each));
    for (; !bytes.empty(); bytes.remove_prefix(std::min(each, bytes.size()))) {
      REHEARSE_RETURN_IF_ERROR(SendTo(to, bytes.substr(0, each)));
    }
    return absl::OkStatus();
  }
  absl::StatusOr<net::Datagram> ReceiveFrom(Instant deadline) override {
    REHEARSE_ASSIGN_OR_RETURN(SimMailBag::Letter letter, bag_->Receive(deadline));
    return net::Datagram{AddressOf(letter.from), std::move(letter.bytes)};
  }
  absl::StatusOr<net::DatagramBatch> ReceiveBatch(Instant deadline) override {
    REHEARSE_ASSIGN_OR_RETURN(net::Datagram first, ReceiveFrom(deadline));
    net::DatagramBatch batch(std::move(first));
    while (const SimMailBag::Letter* const next = bag_->next()) {
      if (!batch.TryAppend({AddressOf(next->from), next->bytes})) break;
      bag_->Receive(Instant()).IgnoreError();
    }
    return batch;
  }
  // A link that takes no more loses what is larger, whoever sends it.
  void NeverFragment() override {}
  void Close() override { bag_->Close(); }
  net::SocketAddress address() const override { return address_; }

 private:
  SimDatagrams& datagrams_;
  const std::shared_ptr<SimMailBag> bag_;
  const SimPort own_;
  const net::SocketAddress address_;
};

}  // namespace

std::string SimSockets::IpOf(NodeId host) {
  return absl::StrCat("10.0.", host.value >> 8, ".", host.value & 0xff);
}

absl::Status SimSockets::CheckOwn(absl::string_view what, const net::SocketAddress& address) const {
  if (address.host == IpOf(host_) || address.host == kAnyIp) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", address.ToString(), ": this host is ", IpOf(host_)));
}

std::string SimSockets::LocalKey(const net::SocketAddress& address) const {
  return absl::StrCat(address.ToString(), " of ", hub_.fabric().host_name(host_));
}

absl::Status SimSockets::TakeName(absl::string_view what, net::SocketAddress& address) {
  if (address.host == net::UnixHost("@")) {
    address.host = net::UnixHost(absl::StrCat("@", absl::Hex(++next_name_, absl::kZeroPad5)));
  }
  return net::CheckUnixAddress(what, address);
}

absl::StatusOr<std::unique_ptr<net::ListenSocket>> SimSockets::ListenLocally(
    net::SocketAddress address) {
  REHEARSE_RETURN_IF_ERROR(TakeName("listen on", address));
  if (IsPath(address) && hub_.datagrams().IsBound(LocalPort(host_, address))) {
    return absl::AlreadyExistsError(
        absl::StrCat("listen on ", address.ToString(), ": it is bound for datagrams"));
  }
  REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimAcceptor> acceptor,
                            hub_.Listen(host_, LocalKey(address)));
  return std::make_unique<SimListenSocket>(std::move(acceptor), std::move(address));
}

absl::StatusOr<std::unique_ptr<net::DatagramSocket>> SimSockets::BindLocally(
    net::SocketAddress address) {
  REHEARSE_RETURN_IF_ERROR(TakeName("bind", address));
  const SimPort own = LocalPort(host_, address);
  const bool listens = IsPath(address) && hub_.Listens(LocalKey(address));
  std::shared_ptr<SimMailBag> bag = listens ? nullptr : hub_.datagrams().Bind(own);
  if (bag == nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("bind ", address.ToString(), ": in use"));
  }
  return std::make_unique<SimDatagramSocket>(hub_.datagrams(), std::move(bag), own,
                                             std::move(address));
}

absl::StatusOr<std::unique_ptr<net::ListenSocket>> SimSockets::Listen(
    const net::SocketAddress& address) {
  if (IsUnix(address)) return ListenLocally(address);
  REHEARSE_RETURN_IF_ERROR(CheckOwn("listen at", address));
  net::SocketAddress own{IpOf(host_), address.port};
  for (int tries = 0; tries < kPortsMax; ++tries) {
    if (address.port == 0) own.port = NextPort();
    absl::StatusOr<std::shared_ptr<SimAcceptor>> acceptor = hub_.Listen(host_, own.ToString());
    if (acceptor.ok()) {
      return std::make_unique<SimListenSocket>(*std::move(acceptor),
                                               net::SocketAddress{address.host, own.port});
    }
    if (address.port != 0) return acceptor.status();
  }
  return absl::UnavailableError(absl::StrCat("listen at ", address.ToString(), ": out of ports"));
}

absl::StatusOr<std::unique_ptr<net::DatagramSocket>> SimSockets::Bind(
    const net::SocketAddress& address) {
  if (IsUnix(address)) return BindLocally(address);
  REHEARSE_RETURN_IF_ERROR(CheckOwn("bind", address));
  SimPort own{host_, address.port};
  for (int tries = 0; tries < kPortsMax; ++tries) {
    if (address.port == 0) own.number = NextPort();
    if (std::shared_ptr<SimMailBag> bag = hub_.datagrams().Bind(own); bag != nullptr) {
      return std::make_unique<SimDatagramSocket>(hub_.datagrams(), std::move(bag), own,
                                                 net::SocketAddress{address.host, own.number});
    }
    if (address.port != 0) {
      return absl::AlreadyExistsError(absl::StrCat("bind ", address.ToString(), ": in use"));
    }
  }
  return absl::UnavailableError(absl::StrCat("bind ", address.ToString(), ": out of ports"));
}

absl::StatusOr<std::unique_ptr<net::StreamSocket>> SimSockets::Connect(
    const net::SocketAddress& address, Instant deadline) {
  if (IsUnix(address)) {
    REHEARSE_RETURN_IF_ERROR(net::CheckUnixAddress("connect to", address));
    REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimEndpoint> endpoint,
                              hub_.DialLocally(host_, LocalKey(address), deadline));
    return std::make_unique<SimStreamSocket>(std::move(endpoint), address);
  }
  const absl::optional<NodeId> to = HostOf(address.host);
  if (!to.has_value() || !hub_.fabric().HasHost(*to)) {
    return absl::InvalidArgumentError(
        absl::StrCat("connect to ", address.ToString(), ": no simulated host has this address"));
  }
  REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimEndpoint> endpoint,
                            hub_.Dial(host_, *to, address.ToString(), deadline));
  return std::make_unique<SimStreamSocket>(std::move(endpoint), address);
}

}  // namespace rehearse::sim
