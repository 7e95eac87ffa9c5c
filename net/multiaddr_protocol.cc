#include "rehearse/net/multiaddr_protocol.h"

#include <algorithm>
#include <array>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/port.h"
#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net {
namespace {

constexpr char kBase64Url = 'u';  // multibase

std::optional<std::string> PortBytes(absl::string_view text) {
  const absl::StatusOr<uint16_t> port = ParsePort(text);
  if (!port.ok()) return std::nullopt;
  return std::string{static_cast<char>(*port >> 8), static_cast<char>(*port)};
}

std::optional<std::string> PortText(absl::string_view bytes) {
  return absl::StrCat(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
}

// Host names and zones: what can stand between two slashes and on a terminal.
std::optional<std::string> Name(absl::string_view name) {
  constexpr size_t kNameBytesMax = 255;
  const bool good = !name.empty() && name.size() <= kNameBytesMax &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '/';
                    });
  if (!good) return std::nullopt;
  return std::string(name);
}

std::optional<std::string> PeerBytes(absl::string_view text) {
  const absl::StatusOr<PeerId> peer = PeerId::Parse(text);
  if (!peer.ok()) return std::nullopt;
  return std::string(peer->bytes());
}

std::optional<std::string> PeerText(absl::string_view bytes) {
  const absl::StatusOr<PeerId> peer = PeerId::FromBytes(bytes);
  if (!peer.ok()) return std::nullopt;
  return peer->ToString();
}

std::optional<std::string> HashText(absl::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  return absl::StrCat(std::string(1, kBase64Url), absl::WebSafeBase64Escape(bytes));
}

std::optional<std::string> HashBytes(absl::string_view text) {
  std::string bytes;
  if (text.empty() || text[0] != kBase64Url ||
      !absl::WebSafeBase64Unescape(text.substr(1), &bytes) || HashText(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

constexpr absl::string_view kPortWords = "a port, 0 to 65535";
constexpr absl::string_view kNameWords = "a host's name";
constexpr absl::string_view kPeerWords = "a peer id such as 12D3KooW…";

constexpr MultiaddrProtocol Plain(absl::string_view name, uint64_t code) {
  return {name, code, "", MultiaddrProtocol::kNoValue, nullptr, nullptr};
}

constexpr MultiaddrProtocol Named(absl::string_view name, uint64_t code) {
  return {name, code, kNameWords, MultiaddrProtocol::kCounted, &Name, &Name};
}

constexpr std::array<MultiaddrProtocol, 24> kProtocols = {{
    {"ip4", 4, "an IPv4 address such as 127.0.0.1", 4, &Ip4Bytes, &Ip4Text},
    {"tcp", 6, kPortWords, 2, &PortBytes, &PortText},
    {"ip6", 41, "an IPv6 address such as ::1", 16, &Ip6Bytes, &Ip6Text},
    Named("ip6zone", 42),
    Named("dns", 53),
    Named("dns4", 54),
    Named("dns6", 55),
    Named("dnsaddr", 56),
    {"udp", 273, kPortWords, 2, &PortBytes, &PortText},
    Plain("webrtc-direct", 280),
    Plain("webrtc", 281),
    Plain("p2p-circuit", 290),
    {"p2p", 421, kPeerWords, MultiaddrProtocol::kCounted, &PeerBytes, &PeerText},
    // What p2p was called before; it is read and never written, since the code finds p2p first.
    {"ipfs", 421, kPeerWords, MultiaddrProtocol::kCounted, &PeerBytes, &PeerText},
    Plain("tls", 448),
    Named("sni", 449),
    Plain("noise", 454),
    Plain("quic", 460),
    Plain("quic-v1", 461),
    Plain("webtransport", 465),
    {"certhash", 466, "a hash in base64url", MultiaddrProtocol::kCounted, &HashBytes, &HashText},
    Plain("ws", 477),
    Plain("wss", 478),
    Plain("http", 480),
}};

}  // namespace

const MultiaddrProtocol* FindMultiaddrProtocol(absl::string_view name) {
  for (const MultiaddrProtocol& protocol : kProtocols) {
    if (protocol.name == name) return &protocol;
  }
  return nullptr;
}

const MultiaddrProtocol* FindMultiaddrProtocol(uint64_t code) {
  for (const MultiaddrProtocol& protocol : kProtocols) {
    if (protocol.code == code) return &protocol;
  }
  return nullptr;
}

}  // namespace rehearse::net
