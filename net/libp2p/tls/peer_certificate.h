// Judging a peer's certificate.

#ifndef REHEARSE_NET_LIBP2P_TLS_PEER_CERTIFICATE_H_
#define REHEARSE_NET_LIBP2P_TLS_PEER_CERTIFICATE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

// Longer certificates are not looked at.
inline constexpr size_t kCertificateBytesMax = 16384;

// The key of the peer whose certificate this is, as DER. It is valid at `now`, signed by its own
// key, and names a peer that has signed that key. Names, purposes and authorities play no part.
//   kDataLoss          it is no certificate of a libp2p peer.
//   kPermissionDenied  it is out of date, or a signature is not its owner's.
//   kUnimplemented     it has a key, or demands something, that is not known here.
absl::StatusOr<PublicKey> VerifyPeerCertificate(absl::string_view der, absl::Time now);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_PEER_CERTIFICATE_H_
