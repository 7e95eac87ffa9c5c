#include "rehearse/net/multiaddr.h"

#include <array>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net {
namespace {

using Words = std::vector<absl::string_view>;

constexpr absl::string_view kExample = "/ip4/127.0.0.1/tcp/8020";
constexpr size_t kTextBytesMax = 1024;
constexpr size_t kQuotedBytesMax = 64;

std::optional<std::string> CanonicalPort(absl::string_view text) {
  const absl::StatusOr<uint16_t> port = ParsePort(text);
  if (!port.ok()) return std::nullopt;
  return absl::StrCat(*port);
}

struct Protocol {
  absl::string_view name;
  absl::string_view value_is;                                  // for error messages
  std::optional<std::string> (*canonical)(absl::string_view);  // null: it has no value
};

constexpr std::array<Protocol, 5> kProtocols = {{
    {"ip4", "an IPv4 address such as 127.0.0.1", &CanonicalIp4},
    {"ip6", "an IPv6 address such as ::1", &CanonicalIp6},
    {"tcp", "a port, 0 to 65535", &CanonicalPort},
    {"udp", "a port, 0 to 65535", &CanonicalPort},
    {"quic-v1", "", nullptr},
}};

constexpr std::array<absl::string_view, 4> kNameProtocols = {"dns", "dns4", "dns6", "dnsaddr"};

const Protocol* FindProtocol(absl::string_view name) {
  for (const Protocol& protocol : kProtocols) {
    if (protocol.name == name) return &protocol;
  }
  return nullptr;
}

// What the user wrote, short and printable.
std::string Quoted(absl::string_view text) {
  const absl::string_view shown = text.substr(0, kQuotedBytesMax);
  return absl::StrCat("\"", absl::CHexEscape(shown), shown.size() < text.size() ? "…" : "", "\"");
}

absl::Status Wrong(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("address ", Quoted(text), ": ", what, "; write for example ", kExample));
}

absl::Status UnknownProtocol(absl::string_view text, absl::string_view name) {
  for (const absl::string_view known : kNameProtocols) {
    if (name == known) {
      return Wrong(text, absl::StrCat(name, ": names are not resolved, give the IP address"));
    }
  }
  return Wrong(text, absl::StrCat("no protocol ", Quoted(name),
                                  " is known (ip4, ip6, tcp, udp, quic-v1 are)"));
}

// Takes the next part off `words`, which is not empty.
absl::StatusOr<MultiaddrPart> TakePart(absl::string_view text, const Words& words, size_t& at) {
  const absl::string_view name = words[at++];
  const Protocol* const protocol = FindProtocol(name);
  if (protocol == nullptr) return UnknownProtocol(text, name);
  if (protocol->canonical == nullptr) return MultiaddrPart{std::string(name), ""};
  if (at == words.size()) {
    return Wrong(text, absl::StrCat("after ", name, " comes ", protocol->value_is));
  }
  const absl::string_view value = words[at++];
  std::optional<std::string> canonical = protocol->canonical(value);
  if (!canonical.has_value()) {
    return Wrong(
        text, absl::StrCat("after ", name, " comes ", protocol->value_is, ", not ", Quoted(value)));
  }
  return MultiaddrPart{std::string(name), *std::move(canonical)};
}

}  // namespace

absl::StatusOr<Multiaddr> Multiaddr::Parse(absl::string_view text) {
  if (text.size() > kTextBytesMax) return Wrong(text, "it is too long");
  if (text.empty() || text.front() != '/') return Wrong(text, "it does not begin with /");
  const Words words = absl::StrSplit(text.substr(1), '/');
  Multiaddr address;
  for (size_t at = 0; at < words.size();) {
    absl::StatusOr<MultiaddrPart> part = TakePart(text, words, at);
    if (!part.ok()) return part.status();
    address.parts.push_back(*std::move(part));
  }
  return address;
}

std::string Multiaddr::ToString() const {
  std::string text;
  for (const MultiaddrPart& part : parts) {
    absl::StrAppend(&text, "/", part.protocol);
    if (!part.value.empty()) absl::StrAppend(&text, "/", part.value);
  }
  return text;
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  constexpr size_t kDigitsMax = 5;
  uint32_t port = 0;
  bool good = !text.empty() && text.size() <= kDigitsMax;
  for (const char digit : text.substr(0, kDigitsMax)) {
    good = good && absl::ascii_isdigit(static_cast<unsigned char>(digit));
    port = port * 10 + static_cast<uint32_t>(digit - '0');
  }
  if (!good || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(text), " is no port: write a number from 0 to 65535"));
  }
  return static_cast<uint16_t>(port);
}

}  // namespace rehearse::net
