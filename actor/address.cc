#include "rehearse/actor/address.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rehearse::internal {

absl::StatusOr<ParsedAddress> ParseAddress(absl::string_view address) {
  const size_t at = address.find('@');
  const size_t slash = address.rfind('/');
  ParsedAddress parsed;
  if (at == 0 || at == absl::string_view::npos || slash == absl::string_view::npos ||
      slash <= at + 1 || !absl::SimpleAtoi(address.substr(slash + 1), &parsed.incarnation)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address.substr(0, 200), "\" is no actor's address: #NUMBER@NODE/LIFE"));
  }
  parsed.actor = std::string(address.substr(0, at));
  parsed.node = std::string(address.substr(at + 1, slash - at - 1));
  return parsed;
}

std::string AddressOfCell(Cell& cell, const Export& protocol) {
  if (const RemoteTarget* const target = cell.stands_for()) {
    return absl::StrCat(target->ToString(), "/", target->incarnation);
  }
  Node& node = cell.node();
  node.ExportNumber(cell, protocol);
  return absl::StrCat("#", cell.actor_id().value, "@", node.name(), "/", node.incarnation());
}

absl::StatusOr<ResolvedName> ResolveAddress(Node& node, absl::string_view address,
                                            const RemoteMethod* methods) {
  absl::StatusOr<ParsedAddress> parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.status();
  if (parsed->node != node.name()) {
    return ResolvedName{{}, node.StandInFor(parsed->node, parsed->actor, parsed->incarnation)};
  }
  const bool is_this_life = parsed->incarnation == 0 || parsed->incarnation == node.incarnation();
  Export found;
  if (is_this_life) found = node.FindExport(parsed->actor, methods[0].id);
  if (found.cell) return ResolvedName{std::move(found), {}};
  return FrameworkError(
      absl::NotFoundError(absl::StrCat("no actor at ", address.substr(0, 200), " any more")),
      Effect::kNone);
}

}  // namespace rehearse::internal
