#include "rehearse/actor/errors.h"

#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace rehearse {
namespace {

constexpr char kPayload[] = "rehearse/effect";

}  // namespace

Effect EffectOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  return payload.has_value() && *payload == "none" ? Effect::kNone : Effect::kMaybe;
}

bool IsFrameworkError(const absl::Status& status) {
  return status.GetPayload(kPayload).has_value();
}

absl::Status FrameworkError(absl::Status status, Effect effect) {
  if (!status.ok()) {
    status.SetPayload(kPayload, absl::Cord(effect == Effect::kNone ? "none" : "maybe"));
  }
  return status;
}

absl::Status HandlersError(absl::Status status) {
  if (!status.ok()) status.ErasePayload(kPayload);
  return status;
}

}  // namespace rehearse
