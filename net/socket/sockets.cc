#include "rehearse/net/socket/sockets.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/ip_address.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

enum class Kind : uint8_t { kIp4, kIp6, kUnix };

Kind KindOf(const SocketAddress& address) {
  if (UnixName(address.host).has_value()) return Kind::kUnix;
  return address.host.find(':') == std::string::npos ? Kind::kIp4 : Kind::kIp6;
}

const char* WhyNothingIsSentTo(const SocketAddress& to) {
  if (const auto name = UnixName(to.host)) return WhyNoUnixName(*name);
  const bool is_ip = CanonicalIp4(to.host).has_value() || CanonicalIp6(to.host).has_value();
  if (!is_ip) return "give an IP such as 127.0.0.1";
  return to.port == 0 ? "nobody has port 0" : nullptr;
}

}  // namespace

std::string SocketAddress::ToString() const {
  switch (KindOf(*this)) {
    case Kind::kIp4: return absl::StrCat(host, ":", port);
    case Kind::kIp6: return absl::StrCat("[", host, "]:", port);
    case Kind::kUnix: break;
  }
  return host;
}

bool DatagramBatch::TryAppend(const Datagram& next) {
  const bool fits = next.from == from && !next.bytes.empty() && next.bytes.size() <= each &&
                    bytes.size() % each == 0 && size() < kDatagramsMax &&
                    bytes.size() + next.bytes.size() <= kDatagramBytesMax;
  if (fits) bytes += next.bytes;
  return fits;
}

Datagram DatagramBatch::TakeFirst() {
  Datagram first{from, bytes.substr(0, each)};
  bytes.erase(0, each);
  return first;
}

absl::Status CheckDatagram(const SocketAddress& own, const SocketAddress& to, size_t bytes) {
  const char* wrong = WhyNothingIsSentTo(to);
  if (KindOf(own) != KindOf(to)) wrong = "the socket is for another kind of address";
  if (bytes > kDatagramBytesMax) wrong = "the datagram is too large";
  if (wrong == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("send ", bytes, " bytes to ", to.ToString(), ": ", wrong));
}

absl::Status CheckBatch(const SocketAddress& own, const SocketAddress& to, size_t bytes,
                        size_t each) {
  REHEARSE_RETURN_IF_ERROR(CheckDatagram(own, to, bytes));
  const bool fits = bytes > 0 && each > 0 && (bytes - 1) / each < DatagramBatch::kDatagramsMax;
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("send ", bytes, " bytes to ", to.ToString(),
                                                 " by ", each, ": no batch, or a too large one"));
}

absl::Status CheckUnixAddress(absl::string_view what, const SocketAddress& address) {
  const auto name = UnixName(address.host);
  if (!name.has_value()) return absl::OkStatus();
  const char* const wrong = address.port != 0 ? "a Unix socket has no port" : WhyNoUnixName(*name);
  if (wrong == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " ", address.ToString(), ": ", wrong));
}

}  // namespace rehearse::net
