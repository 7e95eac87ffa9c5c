#include "rehearse/net/membership/member_proof.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/membership/member.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kP2p = "/p2p/";

// Each part with its length, so that no two words have one text.
std::string Statement(const MemberWord& word) {
  const bool has_left = word.state == static_cast<uint8_t>(MemberState::kLeft);
  return absl::StrCat("rehearse member 1\n", word.name.size(), ":", word.name, "\n",
                      word.address.size(), ":", word.address, "\n", word.life, " ",
                      word.incarnation, has_left ? " left\n" : " here\n");
}

}  // namespace

std::string ProofOf(const MemberWord& word, const Identity& subject) {
  return subject.Sign(Statement(word));
}

absl::Status CheckProof(const MemberWord& word) {
  const absl::string_view part = ProvenPart(word.address);
  if (!absl::StartsWith(part, kP2p)) {
    return absl::DataLossError(absl::StrCat("member ", word.name, ": its address has no key"));
  }
  const absl::StatusOr<PeerId> peer = PeerId::Parse(part.substr(kP2p.size()));
  if (!peer.ok()) return absl::DataLossError(peer.status().message());
  const absl::StatusOr<PublicKey> key = PublicKey::FromPeerId(*peer);
  if (!key.ok()) return absl::DataLossError(key.status().message());
  if (key->Verify(Statement(word), word.proof).ok()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("what is said of ", word.name, " is not its own word"));
}

absl::string_view ProvenPart(absl::string_view address) {
  constexpr absl::string_view kSim = "/sim/";
  if (absl::StartsWith(address, kSim)) return address.substr(0, address.find('/', kSim.size()));
  const size_t at = address.rfind(kP2p);
  return at == absl::string_view::npos ? absl::string_view() : address.substr(at);
}

}  // namespace rehearse::net
