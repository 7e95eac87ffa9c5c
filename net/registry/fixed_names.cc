#include "rehearse/net/registry/fixed_names.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"

namespace rehearse::net {

bool NameBook::Add(absl::string_view name, absl::string_view node) {
  const auto [at, added] = nodes_.emplace(name, node);
  return added || at->second == node;
}

std::string NameBook::NodeOf(absl::string_view name) const {
  const auto at = nodes_.find(std::string(name));
  return at == nodes_.end() ? "" : at->second;
}

absl::Status FixedNames::Register(absl::string_view name) {
  const std::string node = book_.NodeOf(name);
  if (node.empty() || node == node_) return absl::OkStatus();
  return FrameworkError(absl::AlreadyExistsError(absl::StrCat("register ", name, " on ", node_,
                                                              ": it was said to be ", node, "'s")),
                        Effect::kNone);
}

absl::StatusOr<Location> FixedNames::Lookup(absl::string_view name) {
  std::string node = book_.NodeOf(name);
  if (!node.empty()) return Location{std::move(node), std::string(name)};
  return FrameworkError(
      absl::NotFoundError(absl::StrCat("look up ", name,
                                       ": nobody said which node has it; say so "
                                       "(--where=",
                                       name, "=NODE), or look up ", name, "@NODE")),
      Effect::kNone);
}

}  // namespace rehearse::net
