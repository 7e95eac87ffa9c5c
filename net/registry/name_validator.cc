#include "rehearse/net/registry/name_validator.h"

#include <mutex>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"

namespace rehearse::net {
namespace {

std::string HexOf(absl::string_view name) {
  return absl::BytesToHexString(ViewOf(Sha256(name)));
}

absl::Status Refused(absl::string_view key, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("name record \"", absl::CHexEscape(key.substr(0, 128)), "\": ", why));
}

}  // namespace

std::string UniqueNameKey(absl::string_view name) {
  return absl::StrCat("/", kNameNamespace, "/name/", HexOf(name));
}

std::string SharedNameKey(absl::string_view name, const PeerId& peer) {
  return absl::StrCat("/", kNameNamespace, "/shared/", HexOf(name), "/", peer.ToString());
}

std::string SharedNameContent(absl::string_view name) {
  return absl::StrCat("\x12\x20", ViewOf(Sha256("/rehearse/shared/1/", name)));
}

absl::StatusOr<SignedRegistration> NameValidator::Open(absl::string_view key,
                                                       absl::string_view value) const {
  absl::StatusOr<SignedRegistration> opened = absl::NotFoundError("not seen yet");
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (const auto at = opened_.find(value); at != opened_.end()) opened = at->second;
  }
  if (!opened.ok()) {
    opened = SignedRegistration::Open(value);
    if (!opened.ok()) return Refused(key, opened.status().message());
    const std::lock_guard<SpinLock> lock(lock_);
    if (opened_.try_emplace(std::string(value), *opened).second) order_.emplace_back(value);
    if (order_.size() > options_.opened_max) {
      opened_.erase(order_.front());
      order_.pop_front();
    }
  }
  const Registration& registration = opened->registration;
  const std::string right_key = registration.shared ? SharedNameKey(registration.name, opened->peer)
                                                    : UniqueNameKey(registration.name);
  if (key != right_key) return Refused(key, "it was signed for another key");
  return opened;
}

absl::Status NameValidator::Validate(absl::string_view key, absl::string_view value) const {
  REHEARSE_ASSIGN_OR_RETURN(const SignedRegistration opened, Open(key, value));
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, clock_.WallTime());
  const Registration& registration = opened.registration;
  if (registration.expires + options_.remembered <= now) {
    return absl::FailedPreconditionError(absl::StrCat(
        "name record of ", registration.name, ": expired ",
        absl::FormatDuration(now - registration.expires), " ago; its owner signs another"));
  }
  const absl::Time latest = now + options_.calendar_error_max;
  if (registration.expires > latest + options_.lifetime_max) {
    return Refused(key, absl::StrCat("it expires in ",
                                     absl::FormatDuration(registration.expires - now)));
  }
  // Or there would be no greater one for anybody who comes later.
  if (!registration.shared && ClaimTimeOf(registration.token) > latest + options_.lifetime_max) {
    return Refused(key, "its token is of the future");
  }
  return absl::OkStatus();
}

bool NameValidator::Wins(absl::string_view key, absl::string_view value,
                         absl::string_view held) const {
  const absl::StatusOr<SignedRegistration> newer = Open(key, value);
  const absl::StatusOr<SignedRegistration> older = Open(key, held);
  const absl::StatusOr<absl::Time> now = clock_.WallTime();
  if (!newer.ok() || !older.ok() || !now.ok()) return newer.ok() && !older.ok();
  return MayReplace(*newer, *older, *now);
}

}  // namespace rehearse::net
