// Peers' certificates that were found good lately, by their bytes: who comes again shows the same
// one, and to check its two signatures takes a quarter of a handshake.

#ifndef REHEARSE_NET_LIBP2P_TLS_CHECKED_CERTIFICATES_H_
#define REHEARSE_NET_LIBP2P_TLS_CHECKED_CERTIFICATES_H_

#include <cstddef>
#include <deque>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/libp2p/tls/peer_certificate.h"

namespace rehearse::net {

// Any thread. Whether a certificate is valid now is looked at each time, and whoever shows one has
// to prove in the handshake that its key is his.
class CheckedCertificates {
 public:
  // Beyond it, the one that was found good first is forgotten.
  static constexpr size_t kMax = 1024;

  // As VerifyPeerCertificate.
  absl::StatusOr<PublicKey> Verify(absl::string_view der, absl::Time now);

 private:
  SpinLock lock_;                                 // over what follows
  std::map<Sha256Digest, PeerCertificate> good_;  // by the hash of their bytes
  std::deque<Sha256Digest> in_order_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_CHECKED_CERTIFICATES_H_
