#include "rehearse/net/libp2p/tls/peer_certificate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/tls/certificate_extension.h"
#include "rehearse/net/libp2p/tls/der.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"

namespace rehearse::net {
namespace {

constexpr unsigned kRsaBitsMin = 2048;
constexpr unsigned kExtensionsMax = 32;

// Critical ones that play no part here and do no harm: key usage, basic constraints, purposes.
constexpr std::array<absl::string_view, 3> kHarmless = {"2.5.29.15", "2.5.29.19", "2.5.29.37"};

absl::Status NoCertificate(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("certificate: ", what));
}

absl::Status Refused(absl::string_view what) {
  return absl::PermissionDeniedError(absl::StrCat("certificate: ", what));
}

// What is signed, and the certificate's key within it, as they are in the certificate: the library
// would write both anew.
struct Cuts {
  absl::string_view signed_part;
  absl::string_view key;
};

absl::StatusOr<Cuts> Cut(absl::string_view der) {
  constexpr int kBeforeKey = 6;  // version, serial, algorithm, issuer, validity, subject
  REHEARSE_ASSIGN_OR_RETURN(const DerElement certificate, TakeDer(kDerSequence, der));
  if (!der.empty()) return NoCertificate(absl::StrCat(der.size(), " bytes behind its end"));
  absl::string_view parts = certificate.content;
  REHEARSE_ASSIGN_OR_RETURN(const DerElement signed_part, TakeDer(kDerSequence, parts));
  absl::string_view fields = signed_part.content;
  for (int i = 0; i < kBeforeKey; ++i) REHEARSE_RETURN_IF_ERROR(TakeDer(fields).status());
  REHEARSE_ASSIGN_OR_RETURN(const DerElement key, TakeDer(kDerSequence, fields));
  return Cuts{signed_part.whole, key.whole};
}

absl::Status CheckTime(gnutls_x509_crt_t certificate, absl::Time now) {
  const absl::Time begin = absl::FromTimeT(gnutls_x509_crt_get_activation_time(certificate));
  const absl::Time end = absl::FromTimeT(gnutls_x509_crt_get_expiration_time(certificate));
  if (begin <= now && now <= end) return absl::OkStatus();
  return Refused(absl::StrCat("valid from ", absl::FormatTime(begin, absl::UTCTimeZone()), " to ",
                              absl::FormatTime(end, absl::UTCTimeZone()), ", and it is ",
                              absl::FormatTime(now, absl::UTCTimeZone())));
}

absl::Status CheckStrength(gnutls_pubkey_t key) {
  unsigned bits = 0;
  const int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);
  if ((algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS) && bits < kRsaBitsMin) {
    return Refused(absl::StrCat("an RSA key of ", bits, " bits"));
  }
  return absl::OkStatus();
}

// The library's own check takes a certificate that is its own authority without looking at its
// signature.
absl::Status CheckSelfSignature(gnutls_x509_crt_t certificate, absl::string_view signed_part) {
  const auto key = GnutlsMake<GnutlsPublicKey>(&gnutls_pubkey_init);
  if (key == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (const int error = gnutls_pubkey_import_x509(key.get(), certificate, 0); error < 0) {
    return absl::UnimplementedError(GnutlsWords("certificate: its key", error));
  }
  REHEARSE_RETURN_IF_ERROR(CheckStrength(key.get()));
  std::array<char, 1024> signature;
  size_t size = signature.size();
  if (gnutls_x509_crt_get_signature(certificate, signature.data(), &size) < 0) {
    return NoCertificate("a signature longer than any that is known");
  }
  const int algorithm = gnutls_x509_crt_get_signature_algorithm(certificate);
  if (algorithm <= 0) return absl::UnimplementedError("certificate: unknown kind of signature");
  const gnutls_datum_t data = GnutlsView(signed_part);
  const gnutls_datum_t signature_view = GnutlsView(absl::string_view(signature.data(), size));
  if (const int error = gnutls_pubkey_verify_data2(
          key.get(), static_cast<gnutls_sign_algorithm_t>(algorithm), 0, &data, &signature_view);
      error < 0) {
    return Refused(GnutlsWords("it is not signed by its own key", error));
  }
  return absl::OkStatus();
}

// Looks at extension `index`, and puts the content of ours into `found`. False: there is none.
absl::StatusOr<bool> LookAtExtension(gnutls_x509_crt_t certificate, unsigned index,
                                     std::optional<std::string>& found) {
  std::array<char, 128> oid;
  size_t size = oid.size();
  unsigned critical = 0;
  const int got =
      gnutls_x509_crt_get_extension_info(certificate, index, oid.data(), &size, &critical);
  if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return false;
  if (got < 0) return NoCertificate(GnutlsWords("an extension", got));
  const absl::string_view name(oid.data());  // the library ends it with a zero
  if (name != kExtensionOid) {
    const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end();
    if (critical == 0 || harmless) return true;
    return absl::UnimplementedError(absl::StrCat("certificate: critical extension ", name));
  }
  if (found.has_value()) return NoCertificate("two libp2p extensions");
  GnutlsDatum data;
  if (const int error = gnutls_x509_crt_get_extension_data2(certificate, index, data.get());
      error < 0) {
    return NoCertificate(GnutlsWords("the libp2p extension", error));
  }
  found = std::string(data.view());
  return true;
}

absl::StatusOr<std::string> FindExtension(gnutls_x509_crt_t certificate) {
  std::optional<std::string> found;
  for (unsigned index = 0; index < kExtensionsMax; ++index) {
    REHEARSE_ASSIGN_OR_RETURN(const bool more, LookAtExtension(certificate, index, found));
    if (more) continue;
    if (!found.has_value()) return NoCertificate("no libp2p extension");
    return *std::move(found);
  }
  return NoCertificate(absl::StrCat("more than ", kExtensionsMax, " extensions"));
}

}  // namespace

absl::StatusOr<PublicKey> VerifyPeerCertificate(absl::string_view der, absl::Time now) {
  if (der.size() > kCertificateBytesMax) {
    return NoCertificate(
        absl::StrCat(der.size(), " bytes, where up to ", kCertificateBytesMax, " may be"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const Cuts cuts, Cut(der));
  const auto certificate = GnutlsMake<GnutlsCertificate>(&gnutls_x509_crt_init);
  if (certificate == nullptr) return absl::ResourceExhaustedError("out of memory");
  const gnutls_datum_t view = GnutlsView(der);
  if (const int error = gnutls_x509_crt_import(certificate.get(), &view, GNUTLS_X509_FMT_DER);
      error < 0) {
    return NoCertificate(gnutls_strerror(error));
  }
  REHEARSE_RETURN_IF_ERROR(CheckTime(certificate.get(), now));
  REHEARSE_RETURN_IF_ERROR(CheckSelfSignature(certificate.get(), cuts.signed_part));
  REHEARSE_ASSIGN_OR_RETURN(const std::string extension, FindExtension(certificate.get()));
  return VerifyExtension(extension, cuts.key);
}

}  // namespace rehearse::net
