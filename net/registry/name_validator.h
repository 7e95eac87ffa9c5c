// Which registrations may stand in a distributed hash table, and under which keys.
//
//   /rehearse/name/<SHA-256 of the name, in hex>            of a unique name: whoever has it
//   /rehearse/shared/<SHA-256 of the name, in hex>/<peer>   of a shared one: what that peer has

#ifndef REHEARSE_NET_REGISTRY_NAME_VALIDATOR_H_
#define REHEARSE_NET_REGISTRY_NAME_VALIDATOR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/kademlia/record_validator.h"
#include "rehearse/net/registry/registration.h"

namespace rehearse::net {

inline constexpr absl::string_view kNameNamespace = "rehearse";

std::string UniqueNameKey(absl::string_view name);
std::string SharedNameKey(absl::string_view name, const PeerId& peer);
// What those who share `name` provide: a multihash, as providers' keys are.
std::string SharedNameContent(absl::string_view name);

struct NameValidatorOptions {
  absl::Duration lifetime_max = absl::Minutes(30);  // how far ahead a registration may expire
  // So long after a registration has expired it is kept, so that the next owner's token is greater.
  absl::Duration remembered = absl::Minutes(30);
  absl::Duration calendar_error_max = absl::Minutes(5);  // between an owner's calendar and ours
  size_t opened_max = 512;  // registrations whose signatures need not be checked again
};

// Any fiber of the node.
class NameValidator final : public RecordValidator {
 public:
  // `clock` outlives it. Where it has no calendar, nothing is taken.
  NameValidator(const Clock& clock, const NameValidatorOptions& options)
      : clock_(clock), options_(options) {}

  // Reads a registration that is of this key, whenever that was or is.
  //   kInvalidArgument  it is none, or was signed for another key.
  absl::StatusOr<SignedRegistration> Open(absl::string_view key, absl::string_view value) const;

  absl::Status Validate(absl::string_view key, absl::string_view value) const override;
  // Differs from other validators: of two live registrations of one unique name by two peers,
  // neither wins. The first stays where it is, and a reader asks many.
  bool Wins(absl::string_view key, absl::string_view value, absl::string_view held) const override;

 private:
  const Clock& clock_;
  const NameValidatorOptions options_;
  mutable SpinLock lock_;  // of what follows: good ones by their bytes, and in order of arrival
  mutable std::map<std::string, SignedRegistration, std::less<>> opened_;
  mutable std::deque<std::string> order_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_NAME_VALIDATOR_H_
