// Values that only their owner can make, and anybody can pass on.
//
// The key of a value names its owner: "/<namespace>/<name>/<peer id>". The value is an envelope,
// as libp2p's, signed by the key that the id stands for, with the key inside; so it cannot be moved
// to another name, changed, or made by another.

#ifndef REHEARSE_NET_KADEMLIA_SIGNED_RECORD_H_
#define REHEARSE_NET_KADEMLIA_SIGNED_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/record_validator.h"

namespace rehearse::net {

struct SignedRecord {
  std::string key;
  std::string data;
  uint64_t sequence = 0;  // the highest counts
  absl::Time expires;     // to the second

  // "/<name_space>/<name>/<owner>".
  static std::string KeyFor(absl::string_view name_space, absl::string_view name,
                            const PeerId& owner);

  // The value to store. `owner` is the one in `key`, or nobody will take it.
  std::string Sign(const Identity& owner) const;

  // Reads what Sign wrote for `key`, and checks that the owner did.
  //   kInvalidArgument  it is no such value, of another key, or not signed by the key's owner.
  static absl::StatusOr<SignedRecord> Open(absl::string_view key, absl::string_view value);
};

// Takes signed records that have not expired. Of two, the one with the higher sequence wins; of two
// with the same, the larger by its bytes.
class SignedRecordValidator final : public RecordValidator {
 public:
  struct Options {
    size_t value_bytes_max = 1024;
    absl::Duration lifetime_max = absl::Hours(1);  // how far ahead it may expire
  };

  // `clock` outlives it. Where it has no calendar, nothing is taken.
  SignedRecordValidator(const Clock& clock, const Options& options)
      : clock_(clock), options_(options) {}

  absl::Status Validate(absl::string_view key, absl::string_view value) const override;
  bool Wins(absl::string_view key, absl::string_view value, absl::string_view held) const override;

 private:
  const Clock& clock_;
  const Options options_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_SIGNED_RECORD_H_
