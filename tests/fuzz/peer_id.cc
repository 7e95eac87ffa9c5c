// Ids as bytes and as text, and the keys that they are made of.

#include "rehearse/net/identity/peer_id.h"

#include "rehearse/net/identity/public_key.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

using net::PeerId;
using net::PublicKey;

void ExpectReadAgain(const PeerId& id) {
  REHEARSE_CHECK(Holds(PeerId::FromBytes(id.bytes()), id), id.ToString());
  REHEARSE_CHECK(Holds(PeerId::Parse(id.ToString()), id), id.ToString());
  REHEARSE_CHECK(Holds(PeerId::Parse(id.ToCid()), id), id.ToString());
  const absl::StatusOr<PublicKey> key = PublicKey::FromPeerId(id);
  if (key.ok()) REHEARSE_CHECK(key->peer_id() == id, id.ToString());
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  if (const auto id = PeerId::FromBytes(bytes); id.ok()) {
    REHEARSE_CHECK(id->bytes() == bytes, id->ToString());
    ExpectReadAgain(*id);
  }
  if (const auto id = PeerId::Parse(bytes); id.ok()) ExpectReadAgain(*id);
  if (const auto key = PublicKey::Decode(bytes); key.ok()) {
    // Peer ids are made of these bytes, so there is one form of them.
    REHEARSE_CHECK(key->Encode() == bytes, key->peer_id().ToString());
    ExpectReadAgain(key->peer_id());
    REHEARSE_CHECK(!key->Verify("said by nobody", bytes).ok(), key->peer_id().ToString());
  }
}

}  // namespace rehearse
