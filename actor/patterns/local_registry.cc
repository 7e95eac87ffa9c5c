#include "rehearse/actor/patterns/local_registry.h"

namespace rehearse {

void LocalRegistry::Handle(RegisterEntry message, Reply<absl::Status> reply) {
  std::move(reply).Send(Register(std::move(message)));
}

absl::Status LocalRegistry::Register(RegisterEntry message) {
  if (message.name.empty()) return absl::InvalidArgumentError("register: the name is empty");
  const ActorRef<Actor> actor = message.entry.Upgrade();
  if (!actor.alive()) {
    return absl::NotFoundError(
        absl::StrCat("register \"", message.name, "\": the actor has ended"));
  }
  const auto at = names_.find(message.name);
  if (at != names_.end()) {
    const ActorRef<Actor> owner = at->second.entry.Upgrade();
    if (owner.alive()) {
      return absl::AlreadyExistsError(
          absl::StrCat("register \"", message.name, "\": ", owner.ToString(), " has the name"));
    }
    names_.erase(at);  // its Down is on the way
  }
  const uint64_t monitor = Monitor(Self(this), actor);
  names_.emplace(std::move(message.name), Named{std::move(message.entry), monitor});
  return absl::OkStatus();
}

void LocalRegistry::Handle(const LookUpEntry& message, Reply<absl::StatusOr<LocalEntry>> reply) {
  const auto at = names_.find(message.name);
  if (at == names_.end() || !at->second.entry.Upgrade().alive()) {
    return std::move(reply).Send(
        absl::NotFoundError(absl::StrCat("look up \"", message.name, "\": nobody has the name")));
  }
  std::move(reply).Send(at->second.entry);
}

bool LocalRegistry::Handle(const UnregisterLocal& message) {
  const auto at = names_.find(message.name);
  if (at == names_.end()) return false;
  Demonitor(Self(this), at->second.entry.Upgrade(), at->second.monitor);
  names_.erase(at);
  return true;
}

std::vector<std::string> LocalRegistry::Handle(const ListLocalNames&) {
  std::vector<std::string> names;
  for (const auto& [name, named] : names_) {
    if (named.entry.Upgrade().alive()) names.push_back(name);
  }
  return names;
}

void LocalRegistry::Handle(const Down& down) {
  std::erase_if(names_, [&](const auto& named) { return named.second.monitor == down.monitor; });
}

}  // namespace rehearse
