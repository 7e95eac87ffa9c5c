// A value that claims to be its owner's. The first byte is the length of the key.

#include "rehearse/net/kademlia/signed_record.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  FuzzInput input(bytes);
  const std::string key(input.Take(input.Byte()));
  const absl::StatusOr<net::SignedRecord> record = net::SignedRecord::Open(key, input.Rest());
  if (record.ok()) {
    REHEARSE_CHECK(record->key == key, "a record under another's key");
  } else {
    REHEARSE_CHECK(absl::IsInvalidArgument(record.status()), record.status().ToString());
  }
}

}  // namespace rehearse
