// Laws of texts and keys: what is written can be read, and nothing else has that meaning.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "rehearse/net/identity/base32.h"
#include "rehearse/net/identity/base58.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {
namespace {

RC_GTEST_PROP(Base58Property, ReadsWhatItWrote, ()) {
  const auto bytes = *rc::gen::resize(60, rc::gen::arbitrary<std::string>());
  RC_ASSERT(FromBase58(ToBase58(bytes)) == bytes);
}

RC_GTEST_PROP(Base32Property, ReadsWhatItWrote, (const std::string& bytes)) {
  RC_ASSERT(FromBase32(ToBase32(bytes)) == bytes);
}

RC_GTEST_PROP(Base32Property, HasOneTextForEachValue, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcdefghijklmnop234567")));
  const auto bytes = FromBase32(text);
  if (bytes.has_value()) RC_ASSERT(ToBase32(*bytes) == text);
}

RC_GTEST_PROP(PublicKeyProperty, HasOneEncodingForEachValue, (const std::string& bytes)) {
  const auto key = PublicKey::Decode("\x08\x03\x12" + bytes);
  if (key.ok()) RC_ASSERT(key->Encode() == "\x08\x03\x12" + bytes);
  RC_ASSERT(key.ok() || absl::IsDataLoss(key.status()));
}

RC_GTEST_PROP(PeerIdProperty, TextsOfAnyIdAreRead, ()) {
  const auto key = PublicKey(KeyType::kRsa, *rc::gen::nonEmpty<std::string>());
  const PeerId id = key.peer_id();
  RC_ASSERT(*PeerId::Parse(id.ToString()) == id);
  RC_ASSERT(*PeerId::Parse(id.ToCid()) == id);
  RC_ASSERT(*PeerId::FromBytes(id.bytes()) == id);
}

RC_GTEST_PROP(PeerIdProperty, HostileInputIsRefusedInWords, (const std::string& input)) {
  const auto bytes = PeerId::FromBytes(input);
  RC_ASSERT(bytes.ok() || absl::IsDataLoss(bytes.status()));
  const auto text = PeerId::Parse(input);
  RC_ASSERT(text.ok() || absl::IsInvalidArgument(text.status()));
}

}  // namespace
}  // namespace rehearse::net
