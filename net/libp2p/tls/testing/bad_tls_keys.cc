#include "rehearse/net/libp2p/tls/testing/bad_tls_keys.h"

#include <array>
#include <string>
#include <utility>

#include "rehearse/actor/env/check.h"
#include "rehearse/net/libp2p/tls/certificate_extension.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

namespace rehearse::net {
namespace {

void Must(int error) { REHEARSE_CHECK(error >= 0, gnutls_strerror(error)); }

GnutlsPrivateKey MakeKey() {
  auto key = GnutlsMake<GnutlsPrivateKey>(&gnutls_privkey_init);
  Must(gnutls_privkey_generate(key.get(), GNUTLS_PK_ECDSA,
                               GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
  return key;
}

void SetExtension(BadCertificate bad, const Identity& identity, gnutls_x509_crt_t certificate,
                  gnutls_pubkey_t key) {
  if (bad == BadCertificate::kNoExtension) return;
  GnutlsDatum info;
  Must(gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, info.get()));
  const bool of_another = bad == BadCertificate::kHostSignature;
  const std::string extension =
      MakeExtension(identity, of_another ? absl::string_view("another key") : info.view());
  Must(gnutls_x509_crt_set_extension_by_oid(certificate, kExtensionOid, extension.data(),
                                            extension.size(), /*critical=*/0));
}

// As DER.
std::string MakeCertificate(BadCertificate bad, const Identity& identity, gnutls_privkey_t key,
                            absl::Time now) {
  const absl::Duration day = absl::Hours(24);
  const auto certificate = GnutlsMake<GnutlsCertificate>(&gnutls_x509_crt_init);
  const auto public_key = GnutlsMake<GnutlsPublicKey>(&gnutls_pubkey_init);
  const absl::Time begin = bad == BadCertificate::kNotYetValid ? now + day : now - 3 * day;
  const absl::Time end = bad == BadCertificate::kExpired ? now - day : now + 3 * day;
  Must(gnutls_pubkey_import_privkey(public_key.get(), key, 0, 0));
  Must(gnutls_x509_crt_set_serial(certificate.get(), "\1", 1));
  Must(gnutls_x509_crt_set_version(certificate.get(), 3));
  Must(gnutls_x509_crt_set_activation_time(certificate.get(), absl::ToTimeT(begin)));
  Must(gnutls_x509_crt_set_expiration_time(certificate.get(), absl::ToTimeT(end)));
  Must(gnutls_x509_crt_set_pubkey(certificate.get(), public_key.get()));
  SetExtension(bad, identity, certificate.get(), public_key.get());
  Must(gnutls_x509_crt_privkey_sign(certificate.get(), certificate.get(), key, GNUTLS_DIG_SHA256,
                                    0));
  GnutlsDatum der;
  Must(gnutls_x509_crt_export2(certificate.get(), GNUTLS_X509_FMT_DER, der.get()));
  std::string bytes(der.view());
  if (bad == BadCertificate::kSelfSignature) {
    bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) ^ 1);
  }
  return bytes;
}

GnutlsCredentials MakeCredentials(BadCertificate bad, const std::string& der,
                                  GnutlsPrivateKey key) {
  auto credentials = GnutlsMake<GnutlsCredentials>(&gnutls_certificate_allocate_credentials);
  if (bad == BadCertificate::kNone) return credentials;
  std::array<gnutls_pcert_st, 2> chain;
  const gnutls_datum_t bytes = GnutlsView(der);
  const int count = bad == BadCertificate::kTwo ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    Must(gnutls_pcert_import_x509_raw(&chain[static_cast<size_t>(i)], &bytes, GNUTLS_X509_FMT_DER,
                                      0));
  }
  Must(gnutls_certificate_set_key(credentials.get(), nullptr, 0, chain.data(), count, key.get()));
  key.release();  // theirs by now
  return credentials;
}

}  // namespace

std::unique_ptr<TlsKeys> MakeBadTlsKeys(BadCertificate bad, const Identity& identity,
                                        absl::Time now) {
  GnutlsPrivateKey key = MakeKey();
  const std::string der = MakeCertificate(bad, identity, key.get(), now);
  auto gnutls = std::make_unique<TlsKeys::Gnutls>();
  gnutls->credentials = MakeCredentials(bad, der, std::move(key));
  gnutls_priority_t priorities = nullptr;
  Must(gnutls_priority_init(&priorities, "NORMAL:-VERS-ALL:+VERS-TLS1.3", nullptr));
  gnutls->priorities.reset(priorities);
  return std::make_unique<TlsKeys>(std::move(gnutls), der);
}

}  // namespace rehearse::net
