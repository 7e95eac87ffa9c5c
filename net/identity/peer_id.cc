#include "rehearse/net/identity/peer_id.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/identity/base32.h"
#include "rehearse/net/identity/base58.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kCidV1OfKey("\x01\x72", 2);
constexpr char kBase32 = 'b';  // multibase: what the text that follows is written in

absl::Status NoPeerId(absl::string_view text) {
  constexpr size_t kQuotedBytesMax = 64;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, kQuotedBytesMax)),
                   "\" is no peer id; one looks like "
                   "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq or bafz…"));
}

// The multihash in a text that begins with a multibase letter.
std::optional<std::string> BytesOfCid(absl::string_view text) {
  if (text.size() > kBase58TextMax || text.empty() || text[0] != kBase32) return std::nullopt;
  std::optional<std::string> cid = FromBase32(text.substr(1));
  if (!cid.has_value() || !absl::StartsWith(*cid, kCidV1OfKey)) return std::nullopt;
  return cid->substr(kCidV1OfKey.size());
}

}  // namespace

absl::StatusOr<PeerId> PeerId::FromBytes(absl::string_view bytes) {
  absl::string_view rest = bytes;
  const absl::StatusOr<uint64_t> code = TakeWholeUvarint(rest);
  if (!code.ok()) return absl::DataLossError(absl::StrCat("peer id: ", code.status().message()));
  const absl::StatusOr<absl::string_view> digest = TakeCounted(rest);
  if (!digest.ok()) {
    return absl::DataLossError(absl::StrCat("peer id: ", digest.status().message()));
  }
  const bool fits = *code == kInlineCode ? digest->size() - 1 < kInlineKeyBytesMax
                                         : *code == kSha256Code && digest->size() == 32;
  if (!fits || !rest.empty()) {
    return absl::DataLossError(absl::StrCat(
        "peer id: a multihash of code ", *code, " with ", digest->size(), " bytes, and ",
        rest.size(), " behind; expected a key of up to ", kInlineKeyBytesMax, ", or a SHA-256"));
  }
  return PeerId(bytes);
}

absl::StatusOr<PeerId> PeerId::Parse(absl::string_view text) {
  const bool is_base58 = absl::StartsWith(text, "1") || absl::StartsWith(text, "Qm");
  const std::optional<std::string> bytes = is_base58 ? FromBase58(text) : BytesOfCid(text);
  if (!bytes.has_value()) return NoPeerId(text);
  absl::StatusOr<PeerId> id = FromBytes(*bytes);
  if (!id.ok()) return NoPeerId(text);
  return id;
}

std::string PeerId::ToString() const { return ToBase58(bytes()); }

std::string PeerId::ToCid() const {
  return absl::StrCat(std::string(1, kBase32), ToBase32(absl::StrCat(kCidV1OfKey, bytes())));
}

}  // namespace rehearse::net
