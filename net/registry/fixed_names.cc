#include "rehearse/net/registry/fixed_names.h"

#include <algorithm>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/net/registry/name_text.h"

namespace rehearse::net {

bool NameBook::Add(absl::string_view name, absl::string_view node) {
  const auto [at, added] = nodes_.emplace(name, node);
  return added || at->second == node;
}

std::string NameBook::NodeOf(absl::string_view name) const {
  const auto at = nodes_.find(std::string(name));
  return at == nodes_.end() ? "" : at->second;
}

absl::Status FixedNames::CheckIsOurs(absl::string_view name) const {
  REHEARSE_RETURN_IF_ERROR(CheckName(name));
  const std::string node = book_.NodeOf(name);
  if (node.empty() || node == node_) return absl::OkStatus();
  return FrameworkError(absl::AlreadyExistsError(absl::StrCat("register ", name, " on ", node_,
                                                              ": it was said to be ", node, "'s")),
                        Effect::kNone);
}

FixedNames::Own FixedNames::OwnOf(const NameEntry& entry) {
  return {internal::WeakCell(entry.ref.cell()), entry.actor, entry.protocol};
}

absl::StatusOr<uint64_t> FixedNames::Register(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckIsOurs(entry.name));
  {
    const std::lock_guard<SpinLock> lock(lock_);
    own_[entry.name] = {OwnOf(entry)};
  }
  TellWatches(entry.name);
  return 0;
}

absl::Status FixedNames::RegisterShared(const NameEntry& entry) {
  REHEARSE_RETURN_IF_ERROR(CheckIsOurs(entry.name));
  {
    const std::lock_guard<SpinLock> lock(lock_);
    std::vector<Own>& own = own_[entry.name];
    std::erase_if(own,
                  [&entry](const Own& old) { return old.actor == entry.actor || !IsAlive(old); });
    own.push_back(OwnOf(entry));
  }
  TellWatches(entry.name);
  return absl::OkStatus();
}

void FixedNames::Unregister(absl::string_view name, absl::string_view actor) {
  std::vector<Own> gone;  // freed without the lock
  {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = own_.find(name);
    if (at == own_.end()) return;
    std::vector<Own> stay;
    for (Own& entry : at->second) {
      (actor.empty() || entry.actor == actor ? gone : stay).push_back(std::move(entry));
    }
    at->second = std::move(stay);
    if (at->second.empty()) own_.erase(at);
  }
  TellWatches(name);
}

void FixedNames::TellWatches(absl::string_view name) {
  const uint64_t look = watches_.BeginLook();
  watches_.Update(name, Known(name), look);
}

std::vector<Location> FixedNames::Known(absl::string_view name) {
  const std::string node = book_.NodeOf(name);
  if (!node.empty() && node != node_) return {{.node = node, .actor = std::string(name)}};
  std::vector<Location> known;
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = own_.find(name);
  if (at != own_.end()) {
    for (const Own& own : at->second) {
      if (!IsAlive(own)) continue;
      known.push_back({.node = node_, .actor = own.actor, .protocol = own.protocol});
    }
  }
  std::sort(known.begin(), known.end());
  return known;
}

absl::StatusOr<Location> FixedNames::Lookup(absl::string_view name) {
  REHEARSE_ASSIGN_OR_RETURN(std::vector<Location> known, LookupAll(name));
  if (!known.empty()) return std::move(known.front());
  return FrameworkError(
      absl::NotFoundError(absl::StrCat("look up ", name,
                                       ": nobody said which node has it; say so "
                                       "(--where=",
                                       name, "=NODE), or look up ", name, "@NODE")),
      Effect::kNone);
}

absl::StatusOr<std::vector<Location>> FixedNames::LookupAll(absl::string_view name) {
  REHEARSE_RETURN_IF_ERROR(CheckName(name));
  return Known(name);
}

std::unique_ptr<NameWatch> FixedNames::Watch(absl::string_view name) {
  std::unique_ptr<NameWatch> watch = watches_.Add(name);
  TellWatches(name);
  return watch;
}

}  // namespace rehearse::net
