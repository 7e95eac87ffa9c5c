#include "rehearse/net/libp2p/tls/checked_certificates.h"

#include <mutex>
#include <optional>

#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {

absl::StatusOr<PublicKey> CheckedCertificates::Verify(absl::string_view der, absl::Time now) {
  if (der.size() > kCertificateBytesMax)
    return VerifyPeerCertificate(der, now);  // which refuses it
  const Sha256Digest hash = Sha256(der);
  std::optional<PeerCertificate> known;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (const auto at = good_.find(hash); at != good_.end()) known = at->second;
  }
  if (known.has_value()) {
    REHEARSE_RETURN_IF_ERROR(CheckTime(*known, now));
    return known->key;
  }
  REHEARSE_ASSIGN_OR_RETURN(PeerCertificate good, CheckPeerCertificate(der, now));
  const std::lock_guard<SpinLock> lock(lock_);
  if (good_.emplace(hash, good).second) in_order_.push_back(hash);
  if (in_order_.size() > kMax) {
    good_.erase(in_order_.front());
    in_order_.pop_front();
  }
  return good.key;
}

}  // namespace rehearse::net
