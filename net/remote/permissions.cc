#include "rehearse/net/remote/permissions.h"

#include <stdexcept>

namespace rehearse::net {

Permissions& PermissionsOf(const Node& node) {
  Permissions* const permissions = node.Find<Permissions>();
  if (permissions == nullptr) throw std::logic_error("the node was provided with no Permissions");
  return *permissions;
}

}  // namespace rehearse::net
