#include "rehearse/net/multiaddr.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/multiaddr_protocol.h"

namespace rehearse::net {
namespace {

using Words = std::vector<absl::string_view>;

constexpr absl::string_view kExample = "/ip4/127.0.0.1/tcp/8020";
constexpr size_t kTextBytesMax = 4096;  // what kBytesMax of bytes may become
constexpr size_t kQuotedBytesMax = 64;

// What the user wrote, short and printable.
std::string Quoted(absl::string_view text) {
  const absl::string_view shown = text.substr(0, kQuotedBytesMax);
  return absl::StrCat("\"", absl::CHexEscape(shown), shown.size() < text.size() ? "…" : "", "\"");
}

absl::Status Wrong(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("address ", Quoted(text), ": ", what, "; write for example ", kExample));
}

absl::Status WrongBytes(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("address in bytes: ", what));
}

// Takes the next part off `words`, which is not empty.
absl::StatusOr<MultiaddrPart> TakePart(absl::string_view text, const Words& words, size_t& at) {
  const absl::string_view name = words[at++];
  const MultiaddrProtocol* const protocol = FindMultiaddrProtocol(name);
  if (protocol == nullptr) {
    return Wrong(text, absl::StrCat("no protocol ", Quoted(name),
                                    " is known (ip4, ip6, tcp, udp, quic-v1, p2p are)"));
  }
  // By its code, an old name becomes the new one.
  MultiaddrPart part{std::string(FindMultiaddrProtocol(protocol->code)->name), ""};
  if (protocol->value_bytes == MultiaddrProtocol::kNoValue) return part;
  if (at == words.size()) {
    return Wrong(text, absl::StrCat("after ", name, " comes ", protocol->value_is));
  }
  const absl::string_view value = words[at++];
  const std::optional<std::string> bytes = protocol->to_bytes(value);
  if (!bytes.has_value()) {
    return Wrong(
        text, absl::StrCat("after ", name, " comes ", protocol->value_is, ", not ", Quoted(value)));
  }
  part.value = *protocol->to_text(*bytes);
  return part;
}

absl::StatusOr<absl::string_view> TakeValue(const MultiaddrProtocol& protocol,
                                            absl::string_view& bytes) {
  if (protocol.value_bytes == MultiaddrProtocol::kCounted) return TakeCounted(bytes);
  const auto count = static_cast<size_t>(protocol.value_bytes);
  if (bytes.size() < count) {
    return WrongBytes(absl::StrCat("after ", protocol.name, " come ", count, " bytes, ",
                                   bytes.size(), " are there"));
  }
  const absl::string_view value = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return value;
}

absl::StatusOr<MultiaddrPart> TakePart(absl::string_view& bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const uint64_t code, TakeWholeUvarint(bytes));
  const MultiaddrProtocol* const protocol = FindMultiaddrProtocol(code);
  if (protocol == nullptr) return WrongBytes(absl::StrCat("no protocol ", code, " is known"));
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view value, TakeValue(*protocol, bytes));
  MultiaddrPart part{std::string(protocol->name), ""};
  if (protocol->value_bytes == MultiaddrProtocol::kNoValue) return part;
  std::optional<std::string> text = protocol->to_text(value);
  if (!text.has_value()) {
    return WrongBytes(absl::StrCat("after ", protocol->name, " comes ", protocol->value_is,
                                   ", not ", Quoted(value)));
  }
  part.value = *std::move(text);
  return part;
}

}  // namespace

absl::StatusOr<Multiaddr> Multiaddr::Parse(absl::string_view text) {
  if (text.size() > kTextBytesMax) return Wrong(text, "it is too long");
  if (text.empty() || text.front() != '/') return Wrong(text, "it does not begin with /");
  const Words words = absl::StrSplit(text.substr(1), '/');
  Multiaddr address;
  for (size_t at = 0; at < words.size();) {
    REHEARSE_ASSIGN_OR_RETURN(MultiaddrPart part, TakePart(text, words, at));
    if (address.parts.size() == kPartsMax) return Wrong(text, "it has too many parts");
    address.parts.push_back(std::move(part));
  }
  if (address.ToBytes().size() > kBytesMax) return Wrong(text, "it is too long");
  return address;
}

absl::StatusOr<Multiaddr> Multiaddr::FromBytes(absl::string_view bytes) {
  if (bytes.size() > kBytesMax) {
    return WrongBytes(absl::StrCat("its length is ", bytes.size(), ", the limit is ", kBytesMax));
  }
  if (bytes.empty()) return WrongBytes("it is empty");
  Multiaddr address;
  while (!bytes.empty()) {
    REHEARSE_ASSIGN_OR_RETURN(MultiaddrPart part, TakePart(bytes));
    if (address.parts.size() == kPartsMax) return WrongBytes("it has too many parts");
    address.parts.push_back(std::move(part));
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

std::string Multiaddr::ToBytes() const {
  std::string bytes;
  for (const MultiaddrPart& part : parts) {
    const MultiaddrProtocol* const protocol = FindMultiaddrProtocol(part.protocol);
    if (protocol == nullptr) continue;  // it came from neither of the two
    AppendUvarint(protocol->code, bytes);
    if (protocol->value_bytes == MultiaddrProtocol::kNoValue) continue;
    const std::string value = protocol->to_bytes(part.value).value_or("");
    if (protocol->value_bytes == MultiaddrProtocol::kCounted) AppendUvarint(value.size(), bytes);
    bytes += value;
  }
  return bytes;
}

std::optional<PeerId> Multiaddr::peer() const {
  if (parts.empty() || parts.back().protocol != "p2p") return std::nullopt;
  absl::StatusOr<PeerId> peer = PeerId::Parse(parts.back().value);
  if (!peer.ok()) return std::nullopt;
  return *std::move(peer);
}

Multiaddr Multiaddr::WithoutPeer() const {
  Multiaddr rest = *this;
  if (!rest.parts.empty() && rest.parts.back().protocol == "p2p") rest.parts.pop_back();
  return rest;
}

}  // namespace rehearse::net
