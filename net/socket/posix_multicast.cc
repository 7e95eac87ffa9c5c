#include "rehearse/net/socket/posix_multicast.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_datagram_socket.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_scratch.h"

namespace rehearse::net {
namespace {

// The addresses of each network, by the host's number for it.
using NetworkIps = std::map<unsigned, std::set<std::string>>;

bool TakesPart(unsigned flags, PosixMulticast::Reach reach) {
  if ((flags & IFF_UP) == 0) return false;
  if (reach == PosixMulticast::Reach::kLoopback) return (flags & IFF_LOOPBACK) != 0;
  return (flags & IFF_MULTICAST) != 0 && (flags & IFF_LOOPBACK) == 0;
}

NetworkIps FindNetworks(PosixMulticast::Reach reach) {
  NetworkIps networks;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return networks;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if (!TakesPart(each->ifa_flags, reach)) continue;
    const unsigned number = if_nametoindex(each->ifa_name);
    if (number == 0) continue;  // it has gone meanwhile
    PosixAddress address;
    std::memcpy(address.get(), each->ifa_addr, sizeof(sockaddr_in));
    networks[number].insert(address.ToSocketAddress().host);
  }
  freeifaddrs(first);
  while (networks.size() > PosixMulticast::kNetworksMax) networks.erase(std::prev(networks.end()));
  return networks;
}

// False, with errno, if the host takes it not.
template <typename Value>
bool SetIp(int fd, int option, const Value& value) {
  return setsockopt(fd, IPPROTO_IP, option, &value, sizeof(value)) == 0;
}

in_addr Ip4Of(const PosixAddress& address) {
  return reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr;
}

ip_mreqn OnNetwork(const PosixAddress& group, unsigned network) {
  ip_mreqn request{};
  request.imr_multiaddr = Ip4Of(group);
  request.imr_ifindex = static_cast<int>(network);
  return request;
}

// At the group's own address: what is sent to this host alone, at the same port, is another's. It
// hears of the groups that it has joined itself, and of no other socket's.
absl::StatusOr<int> OpenShared(const SocketAddress& group) {
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(group));
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ExhaustedIsUnavailable(HostError("join", group, errno));
  const int on = 1;
  // Not SO_REUSEPORT, by which Linux (seen with 6.18) hands what comes over a cable to one of those
  // that share the port, by a hash, member or not: a speaker, whom nobody reads.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (SetIp(fd, IP_MULTICAST_ALL, 0) && bind(fd, host.get(), host.size) == 0) return fd;
  const absl::Status status = HostError("join", group, errno);
  close(fd);
  return ExhaustedIsUnavailable(status);
}

class PosixGroupSocket final : public GroupSocket {
 public:
  PosixGroupSocket(PosixWatch& watch, PosixScratch& scratch, SocketAddress group)
      : watch_(watch), scratch_(scratch), group_(std::move(group)) {}

  absl::Status Join(const NetworkIps& networks);

  absl::Status Send(absl::string_view bytes) override {
    absl::Status failed;
    bool sent = false;
    for (const auto& speaker : speakers_) {
      const absl::Status status = speaker->SendTo(group_, bytes);
      sent = sent || status.ok();
      if (!status.ok()) failed = status;
    }
    return sent ? absl::OkStatus() : failed;
  }
  absl::StatusOr<Datagram> Receive(Instant deadline) override {
    return hearer_->ReceiveFrom(deadline);
  }
  void Close() override {
    hearer_->Close();
    for (const auto& speaker : speakers_) speaker->Close();
  }

 private:
  using Socket = std::unique_ptr<PosixDatagramSocket>;

  absl::Status Hear(const NetworkIps& networks);
  absl::Status SpeakOn(unsigned network, const std::string& ip);

  PosixWatch& watch_;
  PosixScratch& scratch_;
  const SocketAddress group_;
  Socket hearer_;
  std::vector<Socket> speakers_;
};

absl::Status PosixGroupSocket::Join(const NetworkIps& networks) {
  if (networks.empty()) {
    return absl::UnavailableError(
        absl::StrCat("join ", group_.ToString(), ": this host is on no network that has groups"));
  }
  REHEARSE_RETURN_IF_ERROR(Hear(networks));
  absl::Status failed;
  for (const auto& [network, ips] : networks) {
    const absl::Status status = SpeakOn(network, *ips.begin());
    if (!status.ok()) failed = status;
  }
  return speakers_.empty() ? failed : absl::OkStatus();
}

absl::Status PosixGroupSocket::Hear(const NetworkIps& networks) {
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(group_));
  REHEARSE_ASSIGN_OR_RETURN(const int fd, OpenShared(group_));
  hearer_ = std::make_unique<PosixDatagramSocket>(watch_, scratch_, fd);
  int failed = 0;
  size_t joined = 0;
  for (const auto& [network, ips] : networks) {
    if (SetIp(fd, IP_ADD_MEMBERSHIP, OnNetwork(host, network))) {
      ++joined;
    } else {
      failed = errno;
    }
  }
  if (joined > 0) return absl::OkStatus();
  return ExhaustedIsUnavailable(HostError("join", group_, failed));
}

absl::Status PosixGroupSocket::SpeakOn(unsigned network, const std::string& ip) {
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(group_));
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress own, PosixAddress::From({ip, 0}));
  ip_mreqn as = OnNetwork(host, network);
  as.imr_address = Ip4Of(own);
  REHEARSE_ASSIGN_OR_RETURN(const int fd, OpenShared(group_));
  auto speaker = std::make_unique<PosixDatagramSocket>(watch_, scratch_, fd);
  // 255 says that it was not routed (RFC 6762, section 11); members of this host hear it, too.
  if (SetIp(fd, IP_MULTICAST_IF, as) && SetIp(fd, IP_MULTICAST_TTL, 255) &&
      SetIp(fd, IP_MULTICAST_LOOP, 1)) {
    speakers_.push_back(std::move(speaker));
    return absl::OkStatus();
  }
  return ExhaustedIsUnavailable(HostError("join", group_, errno));
}

}  // namespace

PosixMulticast::PosixMulticast(Worker& home, FdPoller& poller, Reach reach)
    : watch_(home, poller), scratch_(std::make_unique<PosixScratch>()), reach_(reach) {}

PosixMulticast::~PosixMulticast() = default;

absl::StatusOr<std::unique_ptr<GroupSocket>> PosixMulticast::Join(const SocketAddress& group) {
  REHEARSE_RETURN_IF_ERROR(CheckGroup(group));
  auto socket = std::make_unique<PosixGroupSocket>(watch_, *scratch_, group);
  REHEARSE_RETURN_IF_ERROR(socket->Join(FindNetworks(reach_)));
  return socket;
}

std::vector<std::string> PosixMulticast::OwnIps() const {
  std::set<std::string> all;
  for (const auto& [network, ips] : FindNetworks(reach_)) all.insert(ips.begin(), ips.end());
  return {all.begin(), all.end()};
}

}  // namespace rehearse::net
