// Bytes with the key and the signature of whoever vouches for them, as libp2p's envelopes.
//
// The signature covers a domain, which says what such an envelope is for, and the payload's type;
// so what was signed for one purpose is good for no other.

#ifndef REHEARSE_NET_IDENTITY_SIGNED_ENVELOPE_H_
#define REHEARSE_NET_IDENTITY_SIGNED_ENVELOPE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

// What an envelope is for. Static strings.
struct EnvelopePurpose {
  absl::string_view domain;
  absl::string_view payload_type;
};

struct SignedEnvelope {
  // Seals `payload`.
  static std::string Seal(const EnvelopePurpose& purpose, absl::string_view payload,
                          const Identity& signer);

  // Reads what Seal wrote for this purpose, in that form and no other: the same payload, signer and
  // signature have the same bytes always.
  //   kInvalidArgument  it is none, for another purpose, or not signed by the key that it holds.
  static absl::StatusOr<SignedEnvelope> Open(const EnvelopePurpose& purpose,
                                             absl::string_view bytes);

  PublicKey signer;
  absl::string_view payload;  // a view into the bytes
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_SIGNED_ENVELOPE_H_
