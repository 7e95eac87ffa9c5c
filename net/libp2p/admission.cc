#include "rehearse/net/libp2p/admission.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

constexpr size_t kIp6HostBytes = 8;

// What one host has.
std::string AddressOf(const SocketAddress& from) {
  const std::optional<std::string> ip6 = Ip6Bytes(from.host);
  return ip6.has_value() ? ip6->substr(0, kIp6HostBytes) : from.host;
}

}  // namespace

absl::StatusOr<Admission::Place> Admission::TryEnter(const SocketAddress& from, Instant now) {
  std::string address = AddressOf(from);
  {
    const Lock lock(lock_);
    if (connections_ >= options_.connections_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(connections_, " incoming connections are open, as many as may be"));
    }
    const auto found = connections_of_.find(address);
    if (found != connections_of_.end() && found->second >= options_.connections_of_address_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(found->second, " connections of its address are open, as many as may be"));
    }
    REHEARSE_RETURN_IF_ERROR(CheckRate(address, now));
    ++connections_;
    ++connections_of_[address];
  }
  return Place(this, [self = shared_from_this(), address = std::move(address)](Admission*) {
    self->Leave(address);
  });
}

absl::Status Admission::CheckRate(const std::string& address, Instant now) {
  if (now - second_ >= absl::Seconds(1)) {
    second_ = now;
    handshakes_ = 0;
    handshakes_of_.clear();
  }
  if (handshakes_ >= options_.handshakes_per_second_max) {
    return absl::UnavailableError(
        absl::StrCat(handshakes_, " handshakes have begun in this second, as many as may"));
  }
  int& of_address = handshakes_of_[address];
  if (of_address >= options_.handshakes_of_address_per_second_max) {
    return absl::UnavailableError(absl::StrCat(
        of_address, " handshakes of its address have begun in this second, as many as may"));
  }
  ++handshakes_;
  ++of_address;
  return absl::OkStatus();
}

void Admission::Leave(const std::string& address) {
  const Lock lock(lock_);
  --connections_;
  const auto found = connections_of_.find(address);
  if (--found->second == 0) connections_of_.erase(found);
}

absl::Status Admission::CheckPeer(const PeerId& peer) const {
  if (options_.allowed == nullptr || options_.allowed->count(peer) > 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(peer.ToString(), " is not on the list of peers that are allowed here"));
}

}  // namespace rehearse::net
