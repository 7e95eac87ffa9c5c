// What a certificate says of libp2p: behind a signature that no fuzzer can make, so by itself.

#include "rehearse/net/libp2p/tls/certificate_extension.h"

#include <string>

#include "rehearse/net/libp2p/tls/der.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

// Each element has one form.
void ExpectOneForm(absl::string_view der, int depth) {
  while (depth < 8) {
    const absl::StatusOr<net::DerElement> element = net::TakeDer(der);
    if (!element.ok()) return;
    std::string again;
    net::AppendDer(element->tag, element->content, again);
    REHEARSE_CHECK(again == element->whole, "DER has one form");
    ExpectOneForm(element->content, depth + 1);
  }
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::PublicKey> key = net::VerifyExtension(bytes, "a certificate's key");
  // Unless the fuzzer has found a signature of its own, over these very words.
  if (key.ok()) REHEARSE_CHECK(!key->peer_id().bytes().empty(), "a key without an id");
  ExpectOneForm(bytes, 0);
}

}  // namespace rehearse
